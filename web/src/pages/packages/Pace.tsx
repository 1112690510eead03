import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { Account, Lot } from "../../api/types";
import { addDays, dayOf, useFormat } from "../../format";
import { DAY_MS, paceOf } from "./rate";

/** When it will be empty at the pace so far, against when it ends anyway. */
export function Pace({ lot, account }: { lot: Lot; account: Account }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = new Date(account.now).getTime();
  const pace = paceOf(lot, now);
  if (pace === null) return null;
  const left_ms = new Date(lot.expires_at).getTime() - now;
  const empty_ms = lot.remaining / pace;
  const perDay = format.pace(pace * DAY_MS);
  const text =
    empty_ms < left_ms
      ? t("packages.paceEmpty", {
          perDay,
          at: format.day(addDays(dayOf(account.now), Math.floor(empty_ms / DAY_MS))),
        })
      : t("packages.paceLeft", {
          perDay,
          left: format.count(Math.max(0, Math.round(lot.remaining - pace * left_ms))),
        });
  return (
    <Text size="sm" c="dimmed">
      {text}
    </Text>
  );
}
