import { Button, Group, NumberInput, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";

import { newKey, post } from "../api/client";
import type { Diagnosis, Forecast, Notice } from "../api/features";
import { useChange, useGet } from "../api/queries";
import type { Account } from "../api/types";
import {
  Badge,
  Empty,
  Failed,
  Figure,
  InnerLink,
  Loaded,
  Money,
  Page,
  Section,
  StandingBadge,
} from "../components/basics";
import { DataTable } from "../components/DataTable";
import { useWord } from "../components/names";
import { useNoticeText } from "../components/notice";
import { useFormat } from "../format";

export function AccountDetail() {
  const { t } = useTranslation();
  const { name = "" } = useParams();
  const base = `/v1/admin/accounts/${encodeURIComponent(name)}`;
  const account = useGet<Account>(base);
  return (
    <Page title={name} lead={<InnerLink to="/operator/accounts">{t("accounts.back")}</InnerLink>}>
      <Loaded query={account} height={240}>
        {(data) => <Content account={data} base={base} />}
      </Loaded>
    </Page>
  );
}

function Content({ account, base }: { account: Account; base: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const money = (value: Account["cash"]) => <Money value={value} currency={account.currency} />;
  return (
    <>
      <Section
        title={t("accounts.state")}
        lead={t("accounts.rules", {
          tier: account.tier,
          policy: account.policy,
          at: format.instant(account.opened_at),
        })}
        actions={<StandingBadge standing={account.standing} />}
      >
        <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }} spacing="lg">
          <Figure label={t("overview.available")} value={money(account.available)} />
          <Figure label={t("overview.outstanding")} value={money(account.debt)} />
          <Figure small label={t("overview.balance")} value={money(account.cash)} />
          <Figure small label={t("overview.unsettled")} value={money(account.unsettled)} />
        </SimpleGrid>
        <Group gap="xl" mt="md">
          {account.grace_until !== null && (
            <Text size="sm">{t("accounts.graceUntil", { at: format.instant(account.grace_until) })}</Text>
          )}
          {account.release_at !== null && (
            <Text size="sm">{t("accounts.releaseAt", { at: format.instant(account.release_at) })}</Text>
          )}
        </Group>
      </Section>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
        <TopUp account={account} base={base} />
        <Adjustment account={account} base={base} />
      </SimpleGrid>
      <Section title={t("packages.title")}>
        {account.lots.length === 0 ? (
          <Empty title={t("packages.none")} />
        ) : (
          <DataTable
            caption={t("packages.title")}
            rows={account.lots}
            id={(lot) => String(lot.lot)}
            columns={[
              { label: t("common.service"), cell: (lot) => `${lot.api} · ${lot.region}` },
              { label: t("accounts.source"), cell: (lot) => t(`source.${lot.source}`) },
              {
                label: t("packages.leftLabel"),
                isNumber: true,
                cell: (lot) => `${format.count(lot.remaining)} / ${format.count(lot.granted)}`,
              },
              {
                label: t("services.state"),
                cell: (lot) => (
                  <Badge tone={lot.state === "in_effect" ? "good" : "plain"}>
                    {t(`lotState.${lot.state}`)}
                  </Badge>
                ),
              },
              { label: t("coupons.ends"), cell: (lot) => format.instant(lot.expires_at) },
            ]}
          />
        )}
      </Section>
      <Section title={t("services.title")}>
        {account.subscriptions.length === 0 ? (
          <Empty title={t("accounts.nothingOn")} />
        ) : (
          <DataTable
            caption={t("services.title")}
            rows={account.subscriptions}
            id={(one) => `${one.api} ${one.region}`}
            columns={[
              { label: t("common.service"), cell: (one) => `${one.api} · ${one.region}` },
              { label: t("services.state"), cell: (one) => t(`mode.${one.mode}`) },
              { label: t("accounts.since"), cell: (one) => format.instant(one.since) },
            ]}
          />
        )}
      </Section>
      <Reasons base={base} currency={account.currency} />
      <Told base={base} currency={account.currency} />
    </>
  );
}

function TopUp({ account, base }: { account: Account; base: string }) {
  const { t } = useTranslation();
  const [amount, setAmount] = useState("100");
  const key = useRef(newKey());
  const pay = useChange(
    () => post(`${base}/top-ups`, { amount, key: key.current }),
    t("topUp.done"),
    () => {
      key.current = newKey();
    },
  );
  return (
    <Section title={t("accounts.topUp")} lead={t("accounts.topUpLead")}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          pay.mutate(undefined);
        }}
      >
        <Stack>
          <NumberInput
            label={t("topUp.amount", { currency: account.currency })}
            value={amount}
            onChange={(value) => setAmount(String(value))}
            min={0.01}
            decimalScale={8}
            hideControls
            required
            withAsterisk={false}
          />
          {pay.error !== null && <Failed error={pay.error} />}
          <Group>
            <Button type="submit" loading={pay.isPending}>
              {t("accounts.topUp")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  );
}

function Adjustment({ account, base }: { account: Account; base: string }) {
  const { t } = useTranslation();
  const [amount, setAmount] = useState("");
  const [reason, setReason] = useState("");
  const key = useRef(newKey());
  const adjust = useChange(
    () => post(`${base}/adjustments`, { amount, reason, key: key.current }),
    t("accounts.adjusted"),
    () => {
      key.current = newKey();
      setAmount("");
      setReason("");
    },
  );
  return (
    <Section title={t("accounts.adjust")} lead={t("accounts.adjustLead")}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          adjust.mutate(undefined);
        }}
      >
        <Stack>
          <NumberInput
            label={t("accounts.adjustAmount", { currency: account.currency })}
            description={t("accounts.adjustNote")}
            value={amount}
            onChange={(value) => setAmount(String(value))}
            decimalScale={8}
            hideControls
            required
            withAsterisk={false}
          />
          <TextInput
            label={t("accounts.reason")}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            maxLength={200}
            required
            withAsterisk={false}
          />
          {adjust.error !== null && <Failed error={adjust.error} />}
          <Group>
            <Button type="submit" variant="default" loading={adjust.isPending}>
              {t("accounts.adjust")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  );
}

function Reasons({ base, currency }: { base: string; currency: string }) {
  const { t } = useTranslation();
  const word = useWord();
  const format = useFormat();
  const diagnosis = useGet<Diagnosis>(`${base}/diagnosis`);
  const forecast = useGet<Forecast>(`${base}/forecast`);
  const coming = (forecast.data?.steps ?? []).filter((step) => step.kind === "standing_changed");
  return (
    <Section title={t("accounts.why")} lead={t("accounts.whyLead")}>
      <Loaded query={diagnosis}>
        {(data) =>
          data.findings.length === 0 && coming.length === 0 ? (
            <Empty title={t("accounts.noReasons")} />
          ) : (
            <ul className="plain-list">
              {data.findings.map((finding) => (
                <li key={`${finding.reason} ${finding.region} ${finding.api}`}>
                  {word("finding", finding.reason)} · {finding.api} · {finding.region} ·{" "}
                  {format.money(finding.evidence.amount, currency)}
                </li>
              ))}
              {coming.map((step) => (
                <li key={step.at}>
                  {format.instant(step.at)}: {t(`ahead.becomes.${step.standing}`)}
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Section>
  );
}

function Told({ base, currency }: { base: string; currency: string }) {
  const { t } = useTranslation();
  const word = useWord();
  const text = useNoticeText(currency);
  const format = useFormat();
  const notices = useGet<Notice[]>(`${base}/notices?limit=1000`);
  return (
    <Section title={t("notices.title")}>
      <Loaded query={notices}>
        {(data) =>
          data.length === 0 ? (
            <Empty title={t("notices.none")} />
          ) : (
            <ol className="timeline">
              {[...data]
                .reverse()
                .slice(0, 20)
                .map((notice) => (
                  <li key={notice.no} data-when="past">
                    <Text fw={600}>{word("notice", notice.kind)}</Text>
                    <Text size="sm">{text(notice)}</Text>
                    <Text size="sm" c="dimmed">
                      {format.instant(notice.at)}
                    </Text>
                  </li>
                ))}
            </ol>
          )
        }
      </Loaded>
    </Section>
  );
}
