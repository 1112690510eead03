import { Group, Stack, Switch, Text, TextInput } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { get } from "../api/client";
import type { Forecast } from "../api/foresight";
import type { Account } from "../api/types";
import { AccountPage } from "../components/AccountPage";
import { Empty, Loaded, Section } from "../components/basics";
import { Chart, type Point } from "../components/charts";
import { addDays, dayOf, daysBetween, useFormat } from "../format";
import { useStepText, useSupposed } from "./ahead/sentences";

/** The farthest day that can be looked to, in days from now. */
const FARTHEST_DAYS = 1_800;
/** About how many points the chart has at most. */
const POINTS = 120;

/** What follows by itself: the same rules run forward on a copy. */
export function Ahead() {
  const { t } = useTranslation();
  return (
    <AccountPage title={t("ahead.title")} lead={t("ahead.lead")}>
      {(account) => <Content account={account} />}
    </AccountPage>
  );
}

function Content({ account }: { account: Account }) {
  const { t } = useTranslation();
  const format = useFormat();
  const today = dayOf(account.now);
  // Until a day is chosen, the server says how far is worth looking: in arrears, to the day after the release.
  const [until, setUntil] = useState<string | null>(null);
  const [unpaid, setUnpaid] = useState(false);
  const isDay = until !== null && until > today && until <= addDays(today, FARTHEST_DAYS);
  const path = `/v1/forecast?if_no_payment=${unpaid}${isDay ? `&until=${until}` : ""}`;
  const forecast = useQuery({
    queryKey: ["account", path],
    queryFn: () => get<Forecast>(path),
    placeholderData: keepPreviousData,
  });
  return (
    <>
      <Group align="flex-end" gap="lg">
        <TextInput
          type="date"
          label={t("ahead.until")}
          value={until ?? dayOf(forecast.data?.until ?? "")}
          min={addDays(today, 1)}
          max={addDays(today, FARTHEST_DAYS)}
          onChange={(event) => setUntil(event.currentTarget.value)}
          {...(until === null || isDay ? {} : { error: t("ahead.noDay") })}
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
                  points={pointsOf(account, data)}
                  series={[
                    { name: "cash", label: t("overview.balance"), color: "ink.6" },
                    { name: "debt", label: t("overview.outstanding"), color: "red.7" },
                  ]}
                  format={(value) => format.about(value, data.currency)}
                />
              </Section>
              <Section title={t("ahead.steps")}>
                <Steps forecast={data} />
              </Section>
            </>
          )
        }
      </Loaded>
    </>
  );
}

/** Cash and debt at the end of each day, or of every few days if there are many. */
function pointsOf(account: Account, forecast: Forecast): Point[] {
  const [first, last] = [dayOf(forecast.from), dayOf(forecast.until)];
  const stride = Math.max(1, Math.ceil(daysBetween(first, last) / POINTS));
  const points: Point[] = [];
  let now = { cash: Number(account.cash), debt: Number(account.debt) };
  let next = 0;
  for (let day = first; day <= last; day = addDays(day, stride)) {
    for (
      let step = forecast.steps[next];
      step !== undefined && dayOf(step.at) <= day;
      step = forecast.steps[next]
    ) {
      now = { cash: Number(step.cash), debt: Number(step.debt) };
      next += 1;
    }
    points.push({ day, ...now });
  }
  return points;
}

function Steps({ forecast }: { forecast: Forecast }) {
  const { t } = useTranslation();
  const format = useFormat();
  const text = useStepText(forecast.currency);
  const supposed = useSupposed()(forecast);
  return (
    <Stack>
      {supposed !== "" && <Text c="dimmed">{supposed}</Text>}
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
