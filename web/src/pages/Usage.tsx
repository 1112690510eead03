import { SegmentedControl, SimpleGrid } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Account } from "../api/types";
import { AccountPage } from "../components/AccountPage";
import { Loaded, Section } from "../components/basics";
import { Chart } from "../components/charts";
import { addDays, dayOf, useFormat } from "../format";
import { CallsChart } from "./usage/CallsChart";
import { CostSection } from "./usage/CostSection";
import { useUsageDays } from "./usage/days";

export function Usage() {
  const { t } = useTranslation();
  return (
    <AccountPage title={t("usage.title")} lead={t("usage.lead")}>
      {(account) => <Content account={account} />}
    </AccountPage>
  );
}

const RANGES = ["7", "30", "90"] as const;

function Content({ account }: { account: Account }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [range, setRange] = useState<string>("30");
  const today = dayOf(account.now);
  const first = addDays(today, 1 - Number(range));
  const days = useUsageDays(first, today);
  return (
    <>
      <SegmentedControl
        value={range}
        onChange={setRange}
        data={RANGES.map((value) => ({ value, label: t("usage.days", { count: Number(value) }) }))}
        aria-label={t("usage.range")}
        style={{ alignSelf: "flex-start" }}
      />
      <Loaded query={days} height={280}>
        {(points) => (
          <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="lg">
            <Section title={t("usage.calls")} lead={t("usage.callsLead")}>
              <CallsChart points={points} title={t("usage.calls")} none={t("usage.none")} />
            </Section>
            <Section title={t("usage.spent")} lead={t("usage.spentLead")}>
              <Chart
                title={t("usage.spent")}
                kind="bar"
                points={points.map(({ day, amount }) => ({ day, amount }))}
                series={[{ name: "amount", label: t("usage.amount"), color: "orange.6" }]}
                format={(value) => format.money(value, account.currency)}
              />
            </Section>
          </SimpleGrid>
        )}
      </Loaded>
      <CostSection first={first} last={today} />
    </>
  );
}
