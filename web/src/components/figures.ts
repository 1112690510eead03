/** The figures of notices and of steps ahead, as they stand in a sentence. */
import { useTranslation } from "react-i18next";

import { useFormat } from "../format";

/** What was paid, is owed or is planned: exact. */
const MONEY = [
  "amount",
  "available",
  "cap",
  "cash",
  "coupons",
  "debt",
  "debt_paid",
  "limit",
  "outstanding",
  "paid",
  "price",
  "spent",
  "threshold",
  "total",
];
/** What is only expected. */
const ESTIMATES = ["burn_per_day", "forecast"];
const INSTANTS = [
  "effective_at",
  "empty_at",
  "expires_at",
  "from_since",
  "hour",
  "next_attempt_at",
  "pay_per_use_until",
  "release_at",
  "requested_at",
  "retry_at",
  "since",
  "until",
];
/** The cap of the whole account is about no API of its own. */
export const ALL_APIS = "all";
const CALLS = ["calls", "granted", "left"];

interface Place {
  api: string;
  region: string;
  left?: number;
}

export type Figures = Record<string, string | number>;

export function useFigures(currency: string): (raw: Record<string, unknown>) => Figures {
  const { t } = useTranslation();
  const format = useFormat();
  const place = ({ api, region, left }: Place) =>
    left === undefined ? `${api} · ${region}` : `${api} · ${region} (${t("common.calls", { count: left })})`;
  const figure = (name: string, value: unknown): string | number | undefined => {
    if (Array.isArray(value)) return (value as Place[]).map(place).join(", ");
    if (typeof value !== "string" && typeof value !== "number") return undefined;
    if (MONEY.includes(name)) return format.money(value, currency);
    if (ESTIMATES.includes(name)) return format.about(value, currency);
    if (INSTANTS.includes(name)) return format.instant(String(value));
    if (CALLS.includes(name)) return t("common.calls", { count: Number(value) });
    if (name === "api" && value === ALL_APIS) return t("common.allApis");
    if (name === "month") return format.month(String(value));
    return typeof value === "number" ? format.count(value) : value;
  };
  return (raw) => {
    const named = Object.entries(raw).map(([name, value]) => [name, figure(name, value)]);
    return Object.fromEntries(named.filter(([, value]) => value !== undefined)) as Figures;
  };
}
