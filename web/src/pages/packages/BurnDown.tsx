import { Select, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useGet } from "../../api/queries";
import type { Account, Lot } from "../../api/types";
import type { Usage } from "../../api/usage";
import { Loaded, Section } from "../../components/basics";
import { Chart, type Point } from "../../components/charts";
import { addDays, dayOf, useFormat } from "../../format";
import { DAY_MS, isTooEarly, paceOf } from "./rate";

/** How many days are shown before today, and after it. */
const DAYS = 30;

const placeOf = (one: { api: string; region: string }) => `${one.api} · ${one.region}`;

/** What was left of the packages of one API and region, day by day, and what will be left at their pace. */
export function BurnDown({ account }: { account: Account }) {
  const { t } = useTranslation();
  const format = useFormat();
  const today = dayOf(account.now);
  const first = addDays(today, -DAYS);
  const path = `/v1/usage?from=${first}&to=${today}&by=day`;
  const usage = useGet<Usage>(path, ["account", path]);
  const places = [...new Set(account.lots.filter((lot) => lot.state === "in_effect").map(placeOf))];
  const [chosen, choose] = useState<string | null>(null);
  const place = places.find((one) => one === chosen) ?? places[0];
  if (place === undefined) return null;
  return (
    <Section
      title={t("packages.burnDown")}
      lead={t("packages.burnDownLead")}
      actions={
        <Select aria-label={t("packages.burnDownOf")} data={places} value={place} onChange={choose} w={260} />
      }
    >
      <Loaded query={usage} height={220}>
        {({ rows }) => {
          const used = new Map<string, number>();
          for (const row of rows) {
            if (row.pocket === "lot" && placeOf(row) === place) {
              used.set(dayOf(row.from), (used.get(dayOf(row.from)) ?? 0) + row.units);
            }
          }
          const lots = account.lots.filter((lot) => placeOf(lot) === place);
          const isEarly = lots.some((lot) => isTooEarly(lot, new Date(account.now).getTime()));
          const left = { name: "left", label: t("packages.leftLabel"), color: "ink.6" };
          const expected = { name: "expected", label: t("packages.expected"), color: "gray.5" };
          return (
            <Stack gap="xs">
              <Chart
                title={t("packages.burnDown")}
                kind="area"
                points={[...past(lots, used, first, today), ...(isEarly ? [] : ahead(lots, account.now))]}
                series={isEarly ? [left] : [left, expected]}
                format={(value) => format.count(Math.round(value))}
                isCount
              />
              {isEarly && (
                <Text size="sm" c="dimmed">
                  {t("packages.tooEarly")}
                </Text>
              )}
            </Stack>
          );
        }}
      </Loaded>
    </Section>
  );
}

/** From today's rest backwards: what a day used was there before it, what it brought was not. */
function past(lots: Lot[], used: Map<string, number>, first: string, today: string): Point[] {
  const points: Point[] = [];
  let left = lots.filter((lot) => lot.state === "in_effect").reduce((sum, lot) => sum + lot.remaining, 0);
  for (let day = today; day >= first; day = addDays(day, -1)) {
    points.unshift({ day, left });
    const begun = lots.filter((lot) => lot.state !== "not_yet_effective" && dayOf(lot.effective_at) === day);
    const ended = lots.filter((lot) => lot.state === "expired" && dayOf(lot.expires_at) === day);
    left += used.get(day) ?? 0;
    left -= begun.reduce((sum, lot) => sum + lot.granted, 0);
    left += ended.reduce((sum, lot) => sum + lot.expired, 0);
  }
  const last = points.at(-1);
  if (last !== undefined) last.expected = last.left;
  const opened = points.findIndex((point) => Number(point.left) > 0);
  return points.slice(Math.max(0, opened - 1));
}

/** What is left of each package at its own pace, until it ends. */
function ahead(lots: Lot[], now: string): Point[] {
  const at = new Date(now).getTime();
  const today = dayOf(now);
  return Array.from({ length: DAYS }, (_, index) => {
    const day = addDays(today, index + 1);
    const alive = lots.filter((lot) => lot.state === "in_effect" && dayOf(lot.expires_at) >= day);
    const expected = alive.reduce((sum, lot) => {
      const used = (paceOf(lot, at) ?? 0) * DAY_MS * (index + 1);
      return sum + Math.max(0, lot.remaining - used);
    }, 0);
    return { day, expected };
  });
}
