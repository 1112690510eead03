import { Group, Stack, Switch, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Forecast, Step } from "../api/features";
import { useAccount, useGet } from "../api/queries";
import type { Account } from "../api/types";
import { Empty, Loaded, Page, Section } from "../components/basics";
import { Chart } from "../components/charts";
import { useWord } from "../components/names";
import { addDays, dayOf, useFormat } from "../format";

/** What follows by itself: the same rules run forward on a copy. */
export function Ahead() {
  const { t } = useTranslation();
  const account = useAccount();
  return (
    <Page title={t("ahead.title")} lead={t("ahead.lead")}>
      <Loaded query={account}>{(data) => <Content account={data} />}</Loaded>
    </Page>
  );
}

function Content({ account }: { account: Account }) {
  const { t } = useTranslation();
  const format = useFormat();
  const today = dayOf(account.now);
  const [until, setUntil] = useState(addDays(today, 60));
  const [unpaid, setUnpaid] = useState(false);
  const isDay = /^\d{4}-\d\d-\d\d$/.test(until) && until > today;
  const path = `/v1/forecast?until=${isDay ? until : addDays(today, 60)}&if_no_payment=${unpaid}`;
  const forecast = useGet<Forecast>(path, ["account", path]);
  return (
    <>
      <Group align="flex-end" gap="lg">
        <TextInput
          type="date"
          label={t("ahead.until")}
          value={until}
          min={addDays(today, 1)}
          max={addDays(today, 1_800)}
          onChange={(event) => setUntil(event.currentTarget.value)}
        />
        <Switch
          label={t("ahead.unpaid")}
          checked={unpaid}
          onChange={(event) => setUnpaid(event.currentTarget.checked)}
          mb={8}
        />
      </Group>
      <Loaded query={forecast} height={240}>
        {(data) =>
          data.steps.length === 0 ? (
            <Section title={t("ahead.steps")}>
              <Empty title={t("ahead.none")}>{t("ahead.noneWhy")}</Empty>
            </Section>
          ) : (
            <>
              <Section title={t("ahead.money")} lead={t("ahead.moneyLead")}>
                <Chart
                  title={t("ahead.money")}
                  kind="area"
                  points={[
                    { day: format.day(data.from), cash: Number(account.cash), debt: Number(account.debt) },
                    ...data.steps.map((step) => ({
                      day: format.day(step.at),
                      cash: Number(step.cash),
                      debt: Number(step.debt),
                    })),
                    ...lastPoint(data, (at) => format.day(at)),
                  ]}
                  series={[
                    { name: "cash", label: t("overview.balance"), color: "ink.6" },
                    { name: "debt", label: t("overview.outstanding"), color: "red.7" },
                  ]}
                  format={(value) => format.money(value.toFixed(2), data.currency)}
                />
              </Section>
              <Section title={t("ahead.steps")} lead={t("common.zone", { zone: format.zone(data.from) })}>
                <Steps forecast={data} />
              </Section>
            </>
          )
        }
      </Loaded>
    </>
  );
}

function lastPoint(forecast: Forecast, day: (at: string) => string) {
  const last = forecast.steps.at(-1);
  return last === undefined
    ? []
    : [{ day: day(forecast.until), cash: Number(last.cash), debt: Number(last.debt) }];
}

function Steps({ forecast }: { forecast: Forecast }) {
  const { t, i18n } = useTranslation();
  const word = useWord();
  const format = useFormat();
  const text = (step: Step) => {
    if (!i18n.language.startsWith("zh")) return step.text;
    if (step.kind === "standing_changed") return t(`ahead.becomes.${step.standing}`);
    const name = word("step", step.kind);
    return step.amount === null ? name : `${name}：${format.money(step.amount, forecast.currency)}`;
  };
  return (
    <Stack>
      <ol className="timeline">
        {forecast.steps.map((step, index) => (
          <li
            key={index}
            data-when="future"
            data-tone={step.kind === "standing_changed" && step.standing !== "good" ? "bad" : undefined}
          >
            <Text>{text(step)}</Text>
            <Text size="sm" c="dimmed">
              {format.exact(step.at)} ·{" "}
              {t("ahead.after", {
                cash: format.money(step.cash, forecast.currency),
                debt: format.money(step.debt, forecast.currency),
              })}
            </Text>
          </li>
        ))}
      </ol>
      {forecast.is_cut_short && <Text c="dimmed">{t("ahead.cut")}</Text>}
    </Stack>
  );
}
