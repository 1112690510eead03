import { useTranslation } from "react-i18next";

import type { Diagnosis, Forecast } from "../../api/foresight";
import { useGet } from "../../api/queries";
import { Empty, Loaded, Section } from "../../components/basics";
import { useWord } from "../../components/names";
import { useFormat } from "../../format";

/** Why the account is charged beyond its packages, and how its standing will change by itself. */
export function Outlook({ base, currency }: { base: string; currency: string }) {
  const { t } = useTranslation();
  const word = useWord();
  const format = useFormat();
  const diagnosis = useGet<Diagnosis>(`${base}/diagnosis`);
  const forecast = useGet<Forecast>(`${base}/forecast`);
  const reasons = (data: Diagnosis) =>
    data.findings.map(({ reason, api, region, evidence }) =>
      [word("finding", reason), api, region, format.money(evidence.amount, currency)].join(" · "),
    );
  const corrections = (data: Diagnosis) =>
    data.corrections.map(({ reason, evidence }) =>
      [word("finding", reason), format.instant(evidence.at), format.money(evidence.amount, currency)].join(
        " · ",
      ),
    );
  const changes = (data: Forecast) =>
    data.steps
      .filter((step) => step.kind === "standing_changed")
      .map((step) => `${format.instant(step.at)}: ${t(`ahead.becomes.${step.standing}`)}`);
  return (
    <Section title={t("accounts.why")} lead={t("accounts.whyLead")}>
      <Loaded query={diagnosis}>
        {(found) => (
          <Loaded query={forecast}>
            {(ahead) => {
              const lines = [...reasons(found), ...corrections(found), ...changes(ahead)];
              if (lines.length === 0) return <Empty title={t("accounts.noReasons")} />;
              return (
                <ul className="plain-list">
                  {lines.map((line) => (
                    <li key={line}>{line}</li>
                  ))}
                </ul>
              );
            }}
          </Loaded>
        )}
      </Loaded>
    </Section>
  );
}
