import type { Notice } from "../api/features";
import { useFormat } from "../format";
import { useText } from "./names";

const MONEY = new Set([
  "debt",
  "debt_paid",
  "available",
  "threshold",
  "burn_per_day",
  "total",
  "paid",
  "spent",
  "amount",
  "forecast",
  "price",
  "cash",
  "cap",
]);
const INSTANTS = new Set([
  "until",
  "release_at",
  "since",
  "empty_at",
  "expires_at",
  "next_attempt_at",
  "from_since",
]);

/** A notice as a sentence: its kind says which, its figures fill it. */
export function useNoticeText(currency: string): (notice: Notice) => string {
  const text = useText();
  const format = useFormat();
  return (notice) => {
    const figures: Record<string, string | number> = {};
    for (const [name, value] of Object.entries(notice.figures)) {
      if (typeof value !== "string" && typeof value !== "number") continue;
      const isCalls = name === "threshold" && notice.category === "package";
      if (MONEY.has(name) && !isCalls) figures[name] = format.money(value, currency);
      else if (INSTANTS.has(name)) figures[name] = format.instant(String(value));
      else figures[name] = typeof value === "number" ? format.count(value) : value;
    }
    const { elsewhere } = notice.figures;
    if (Array.isArray(elsewhere)) {
      const places = elsewhere as { api: string; region: string; left: number }[];
      figures.elsewhere = places
        .map((one) => `${one.api} · ${one.region} (${format.count(one.left)})`)
        .join(", ");
    }
    return text(`noticeText.${notice.kind}`, figures) ?? "";
  };
}
