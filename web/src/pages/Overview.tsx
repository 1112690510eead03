import { Button, Card, Grid, Group, SimpleGrid, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import { IconCheck, IconCircle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import type { Diagnosis } from "../api/foresight";
import { useCatalog, useGet } from "../api/queries";
import type { Account } from "../api/types";
import { AccountPage } from "../components/AccountPage";
import { Figure, Money, Note, Section } from "../components/basics";
import { ReachedCaps } from "../components/ReachedCaps";
import { Warnings } from "../components/Warnings";
import { useFormat, isPositive } from "../format";
import { PaidBy, useMembership } from "./members/PaidBy";
import { AvailableNote } from "./overview/AvailableNote";
import { BalanceAlert } from "./overview/BalanceAlert";
import { StandingTimeline } from "./overview/StandingTimeline";
import { UsageGlance } from "./overview/UsageGlance";

export function Overview() {
  const { t } = useTranslation();
  return (
    <AccountPage
      title={t("overview.title")}
      lead={t("overview.lead")}
      actions={
        <Button component={Link} to="/top-up">
          {t("overview.topUp")}
        </Button>
      }
    >
      {(account) => <Content account={account} />}
    </AccountPage>
  );
}

function Content({ account }: { account: Account }) {
  const { t } = useTranslation();
  const membership = useMembership();
  // A member buys and enables nothing itself.
  const isNew = account.charges === 0 && membership.data?.master === null;
  return (
    <>
      <StandingNote account={account} />
      <PaidBy currency={account.currency} />
      <ReachedCaps account={account} />
      {isNew && <FirstSteps account={account} />}
      <Card component="section" aria-label={t("overview.money")}>
        <SimpleGrid cols={{ base: 1, xs: 2, lg: 4 }} spacing="lg">
          <Figure
            label={t("overview.available")}
            value={<Money value={account.available} currency={account.currency} />}
            note={<AvailableNote account={account} />}
          />
          <Figure
            label={t("overview.outstanding")}
            value={<Money value={account.debt} currency={account.currency} />}
            note={isPositive(account.debt) ? t("overview.outstandingSome") : t("overview.outstandingNone")}
          />
          <Figure
            small
            label={t("overview.balance")}
            value={<Money value={account.cash} currency={account.currency} />}
          />
          <Figure
            small
            label={t("overview.unsettled")}
            value={<Money value={account.unsettled} currency={account.currency} />}
            note={t("overview.unsettledNote")}
          />
        </SimpleGrid>
      </Card>
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, lg: 7 }}>
          <Stack gap="lg">
            <UsageGlance account={account} />
            <StandingTimeline account={account} />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 5 }}>
          <Stack gap="lg">
            <BalanceAlert account={account} />
            <WorthALook />
          </Stack>
        </Grid.Col>
      </Grid>
    </>
  );
}

function StandingNote({ account }: { account: Account }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (account.standing === "good") return null;
  // Who has paid after a release owes nothing, and is in good standing with the next API.
  const isPaid = account.standing === "released" && !isPositive(account.debt);
  const state = isPaid ? "releasedPaid" : account.standing;
  const at = account.standing === "grace" ? account.grace_until : account.release_at;
  const figures = {
    debt: format.money(account.debt, account.currency),
    at: at === null ? "" : format.instant(at),
    in: at === null ? "" : format.away(at, account.now),
  };
  return (
    <Note
      tone={account.standing === "grace" ? "watch" : "bad"}
      title={t(`overview.standing.${state}`, figures)}
      action={
        <Button component={Link} to={isPaid ? "/services" : "/top-up"} size="sm">
          {isPaid ? t("overview.enableNow") : t("overview.payNow")}
        </Button>
      }
    >
      <Text size="sm">{t(`overview.standingWhat.${state}`)}</Text>
    </Note>
  );
}

function FirstSteps({ account }: { account: Account }) {
  const { t } = useTranslation();
  const catalog = useCatalog();
  const steps = [
    { done: account.subscriptions.length > 0, to: "/services", text: t("overview.first.enable") },
    {
      done: isPositive(account.cash) || account.lots.length > 0,
      to: "/top-up",
      text: t("overview.first.topUp"),
    },
    { done: account.lots.length > 0, to: "/packages", text: t("overview.first.buy") },
    { done: account.charges > 0, to: "/playground", text: t("overview.first.read") },
  ];
  const general = catalog.data?.apis.find((one) => one.api === "general-text") ?? catalog.data?.apis[0];
  const price = general?.prices.find((version) => version.in_force)?.tiers[0]?.unit_price;
  return (
    <Section
      title={t("overview.first.title")}
      lead={price === undefined ? undefined : t("overview.first.lead", { price, currency: account.currency })}
    >
      <Stack component="ol" gap="xs" m={0} p={0} style={{ listStyle: "none" }}>
        {steps.map((step) => (
          <Group key={step.to} component="li" justify="space-between" wrap="nowrap" gap="sm">
            <Group gap="sm" wrap="nowrap">
              <ThemeIcon variant="transparent" color={step.done ? "teal" : "gray"} size="sm">
                {step.done ? <IconCheck aria-label={t("common.done")} /> : <IconCircle aria-hidden />}
              </ThemeIcon>
              <Text>{step.text}</Text>
            </Group>
            {!step.done && (
              <Button
                component={Link}
                to={step.to}
                size="compact-sm"
                variant="default"
                aria-label={`${t("overview.first.go")}: ${step.text}`}
              >
                {t("overview.first.go")}
              </Button>
            )}
          </Group>
        ))}
      </Stack>
    </Section>
  );
}

function WorthALook() {
  const { t } = useTranslation();
  const diagnosis = useGet<Diagnosis>("/v1/diagnosis", ["account", "diagnosis"]);
  const warnings = diagnosis.data?.warnings ?? [];
  if (warnings.length === 0) return null;
  return (
    <section>
      <Title order={2} fz="1.1rem" mb="sm">
        {t("overview.warnings")}
      </Title>
      <Stack gap="sm">
        <Warnings warnings={warnings} />
      </Stack>
    </section>
  );
}
