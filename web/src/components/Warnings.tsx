import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { FoundLot, Warning } from "../api/foresight";
import { useFormat } from "../format";
import { Note } from "./basics";
import { useWord } from "./names";

/** What costs nothing yet, but may: quota that lies unused where nobody calls, and what ends soon. */
export function Warnings({ warnings }: { warnings: Warning[] }) {
  const { t } = useTranslation();
  const word = useWord();
  const format = useFormat();
  const line = (lot: FoundLot) =>
    t("warning.lot", {
      api: lot.api,
      region: lot.region,
      left: t("common.calls", { count: lot.remaining }),
      at: format.instant(lot.expires_at),
    });
  return warnings.map((warning) => (
    <Note
      key={[warning.kind, warning.api, warning.region, warning.lots[0]?.lot].join(" ")}
      tone="watch"
      title={word("warning", warning.kind)}
    >
      {warning.api !== null && warning.region !== null && (
        <Text size="sm">{t("warning.paying", { api: warning.api, region: warning.region })}</Text>
      )}
      <ul className="plain-list">
        {warning.lots.map((lot) => (
          <li key={lot.lot}>{line(lot)}</li>
        ))}
      </ul>
    </Note>
  ));
}
