import { Button, Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import type { Correction, Diagnosis, Finding } from "../api/foresight";
import { useGet } from "../api/queries";
import type { Account } from "../api/types";
import { AccountPage } from "../components/AccountPage";
import { Badge, Empty, Figure, InnerLink, Loaded, Money, Section } from "../components/basics";
import { useWord } from "../components/names";
import { ReachedCaps } from "../components/ReachedCaps";
import { Warnings } from "../components/Warnings";
import { isPositive, useFormat } from "../format";
import { isEnabled, useCure, useEvidence } from "./why/sentences";

/** "Arrears Reason", found from the account's own records, with evidence and cure. */
export function Why() {
  const { t } = useTranslation();
  const diagnosis = useGet<Diagnosis>("/v1/diagnosis", ["account", "diagnosis"]);
  return (
    <AccountPage title={t("why.title")} lead={t("why.lead")}>
      {(account) => (
        <Loaded query={diagnosis} height={240}>
          {(data) => <Found diagnosis={data} account={account} />}
        </Loaded>
      )}
    </AccountPage>
  );
}

function Found({ diagnosis, account }: { diagnosis: Diagnosis; account: Account }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { findings, currency } = diagnosis;
  const lead = t("why.looking", { from: format.instant(diagnosis.from), to: format.instant(diagnosis.to) });
  return (
    <>
      <Section title={t("why.summary")} lead={lead}>
        <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }}>
          <Figure
            label={t("why.charged")}
            value={<Money value={diagnosis.amount} currency={currency} />}
            note={t("common.calls", { count: diagnosis.calls })}
          />
          <Figure
            small
            label={t("why.packagesBought")}
            value={<Money value={diagnosis.packages_bought} currency={currency} />}
          />
          <Figure
            small
            label={t("overview.outstanding")}
            value={<Money value={diagnosis.debt} currency={currency} />}
          />
        </SimpleGrid>
      </Section>
      {findings.length === 0 ? (
        <Section title={t("why.findings")}>
          <Empty title={t("why.none")} action={<InnerLink to="/charges">{t("why.seeCharges")}</InnerLink>}>
            {t("why.noneWhy")}
          </Empty>
        </Section>
      ) : (
        findings.map((finding) => (
          <FindingCard
            key={`${finding.reason} ${finding.api} ${finding.region}`}
            finding={finding}
            diagnosis={diagnosis}
            account={account}
          />
        ))
      )}
      {diagnosis.corrections.map((found) => (
        <CorrectionCard key={found.evidence.at} found={found} diagnosis={diagnosis} />
      ))}
      <ReachedCaps account={account} />
      <Warnings warnings={diagnosis.warnings} />
    </>
  );
}

function FindingCard(props: { finding: Finding; diagnosis: Diagnosis; account: Account }) {
  const { t } = useTranslation();
  const word = useWord();
  const format = useFormat();
  const evidence = useEvidence(props.diagnosis);
  const cure = useCure(props.diagnosis, props.account);
  const { finding } = props;
  const { currency } = props.diagnosis;
  const { remedy } = finding;
  // Only what can be done is offered: nothing is bought while something is owed, and what is off cannot be switched off.
  const canBuy =
    props.account.standing === "good" && remedy.package !== null && isPositive(remedy.package.saved);
  const isOn = isEnabled(props.account, finding);
  const money = (value: string | number) => format.money(value, currency);
  return (
    <Section
      title={word("finding", finding.reason)}
      lead={`${finding.api} · ${finding.region}`}
      actions={<Badge tone="watch">{money(finding.evidence.amount)}</Badge>}
    >
      <Stack gap="md">
        <Sentences title={t("why.evidence")} sentences={evidence(finding)} />
        <Sentences title={t("why.cure")} sentences={cure(finding)} />
        <Group gap="sm">
          {canBuy && (
            <Button component={Link} to="/packages" size="sm" variant="default">
              {t("why.buy", { saved: money(remedy.package?.saved ?? 0) })}
            </Button>
          )}
          {remedy.top_up !== null && (
            <Button component={Link} to="/top-up" size="sm" variant="default">
              {t("why.topUp", { amount: money(remedy.top_up) })}
            </Button>
          )}
          {isOn && (
            <Button component={Link} to="/services" size="sm" variant="default">
              {t("why.services")}
            </Button>
          )}
        </Group>
      </Stack>
    </Section>
  );
}

function CorrectionCard({ found, diagnosis }: { found: Correction; diagnosis: Diagnosis }) {
  const { t } = useTranslation();
  const word = useWord();
  const format = useFormat();
  const money = (value: string | number) => format.money(value, diagnosis.currency);
  const { evidence, remedy } = found;
  const [all, part] = [money(diagnosis.debt), money(evidence.debt)];
  const isAll = Number(evidence.debt) === Number(diagnosis.debt);
  return (
    <Section
      title={word("finding", found.reason)}
      lead={format.instant(evidence.at)}
      actions={<Badge tone="watch">{money(evidence.amount)}</Badge>}
    >
      <Stack gap="md">
        <Sentences
          title={t("why.evidence")}
          sentences={[
            t("evidence.corrected", { amount: money(evidence.amount), reason: evidence.reason }),
            isAll ? t("evidence.correctedAll", { all }) : t("evidence.correctedPart", { all, part }),
          ]}
        />
        <Sentences
          title={t("why.cure")}
          sentences={[t("cureBy.pay", { debt: money(remedy.top_up) }), t("cureBy.askBack")]}
        />
        <Group gap="sm">
          <Button component={Link} to="/top-up" size="sm" variant="default">
            {t("why.topUp", { amount: money(remedy.top_up) })}
          </Button>
        </Group>
      </Stack>
    </Section>
  );
}

function Sentences({ title, sentences }: { title: string; sentences: string[] }) {
  return (
    <div>
      <Text fw={600}>{title}</Text>
      <ul className="plain-list">
        {sentences.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
    </div>
  );
}
