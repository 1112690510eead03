import { Button, Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import type { Diagnosis, Finding } from "../api/features";
import { useGet } from "../api/queries";
import { Badge, Empty, Figure, InnerLink, Loaded, Money, Note, Page, Section } from "../components/basics";
import { useWord } from "../components/names";
import { useFormat } from "../format";

/** "Arrears Reason", found from the account's own records, with evidence and cure. */
export function Why() {
  const { t } = useTranslation();
  const diagnosis = useGet<Diagnosis>("/v1/diagnosis", ["account", "diagnosis"]);
  return (
    <Page title={t("why.title")} lead={t("why.lead")}>
      <Loaded query={diagnosis} height={240}>
        {(data) => <Found data={data} />}
      </Loaded>
    </Page>
  );
}

function Found({ data }: { data: Diagnosis }) {
  const { t } = useTranslation();
  const word = useWord();
  const format = useFormat();
  return (
    <>
      <Section
        title={t("why.summary")}
        lead={t("why.looking", { from: format.instant(data.from), to: format.instant(data.to) })}
      >
        <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }}>
          <Figure
            label={t("why.charged")}
            value={<Money value={data.amount} currency={data.currency} />}
            note={t("common.calls", { count: data.calls })}
          />
          <Figure
            small
            label={t("why.packagesBought")}
            value={<Money value={data.packages_bought} currency={data.currency} />}
          />
          <Figure
            small
            label={t("overview.outstanding")}
            value={<Money value={data.debt} currency={data.currency} />}
          />
        </SimpleGrid>
      </Section>
      {data.findings.length === 0 ? (
        <Section title={t("why.findings")}>
          <Empty title={t("why.none")} action={<InnerLink to="/charges">{t("why.seeCharges")}</InnerLink>}>
            {t("why.noneWhy")}
          </Empty>
        </Section>
      ) : (
        data.findings.map((finding) => (
          <FindingCard
            key={`${finding.reason} ${finding.api} ${finding.region}`}
            finding={finding}
            currency={data.currency}
          />
        ))
      )}
      {data.warnings.map((warning) => (
        <Note
          key={`${warning.kind} ${warning.lots[0]?.lot ?? ""}`}
          tone="watch"
          title={word("warning", warning.kind)}
        >
          <ul className="plain-list">
            {warning.lots.map((lot) => (
              <li key={lot.lot}>
                {t("overview.warningLot", {
                  api: lot.api,
                  region: lot.region,
                  left: format.count(lot.remaining),
                  at: format.instant(lot.expires_at),
                })}
              </li>
            ))}
          </ul>
        </Note>
      ))}
    </>
  );
}

function FindingCard({ finding, currency }: { finding: Finding; currency: string }) {
  const { t, i18n } = useTranslation();
  const word = useWord();
  const format = useFormat();
  const { evidence, remedy } = finding;
  const isEnglish = !i18n.language.startsWith("zh");
  return (
    <Section
      title={word("finding", finding.reason)}
      lead={`${finding.api} · ${finding.region}`}
      actions={<Badge tone="watch">{format.money(evidence.amount, currency)}</Badge>}
    >
      <Stack gap="md">
        <div>
          <Text fw={600}>{t("why.evidence")}</Text>
          <ul className="plain-list">
            {isEnglish ? (
              evidence.sentences.map((sentence) => <li key={sentence}>{sentence}</li>)
            ) : (
              <>
                <li>
                  {t("why.evidenceCalls", {
                    calls: format.count(evidence.calls),
                    amount: format.money(evidence.amount, currency),
                    from: format.instant(evidence.from),
                    to: format.instant(evidence.to),
                  })}
                </li>
                {evidence.lots.map((lot) => (
                  <li key={lot.lot}>
                    {t("overview.warningLot", {
                      api: lot.api,
                      region: lot.region,
                      left: format.count(lot.remaining),
                      at: format.instant(lot.expires_at),
                    })}
                  </li>
                ))}
              </>
            )}
          </ul>
        </div>
        <div>
          <Text fw={600}>{t("why.cure")}</Text>
          <ul className="plain-list">
            {isEnglish
              ? finding.steps.map((step) => <li key={step}>{step}</li>)
              : [<li key="cure">{word("findingCure", finding.reason)}</li>]}
          </ul>
        </div>
        <Group gap="sm">
          {remedy.package !== null && (
            <Button component={Link} to="/packages" size="sm" variant="default">
              {t("why.buy", { saved: format.money(remedy.package.saved, currency) })}
            </Button>
          )}
          {remedy.top_up !== null && (
            <Button component={Link} to="/top-up" size="sm" variant="default">
              {t("why.topUp", { amount: format.money(remedy.top_up, currency) })}
            </Button>
          )}
          <Button component={Link} to="/services" size="sm" variant="subtle">
            {t("why.services")}
          </Button>
        </Group>
      </Stack>
    </Section>
  );
}
