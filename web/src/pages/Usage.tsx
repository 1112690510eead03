import { Group, SegmentedControl, SimpleGrid, Stack } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useAccount, useGet } from "../api/queries";
import type { Account } from "../api/types";
import type { Costs } from "../api/usage";
import { Empty, Figure, InnerLink, Loaded, Money, Page, Section } from "../components/basics";
import { Chart } from "../components/charts";
import { DataTable } from "../components/DataTable";
import { addDays, dayOf, useFormat } from "../format";
import { useUsageDays } from "./usage/days";

export function Usage() {
  const { t } = useTranslation();
  const account = useAccount();
  return (
    <Page title={t("usage.title")} lead={t("usage.lead")}>
      <Loaded query={account}>{(data) => <Content account={data} />}</Loaded>
    </Page>
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
        {(points) =>
          points.every((point) => point.lot + point.paid === 0) ? (
            <Section title={t("usage.calls")}>
              <Empty
                title={t("usage.none")}
                action={<InnerLink to="/playground">{t("overview.tryIt")}</InnerLink>}
              />
            </Section>
          ) : (
            <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="lg">
              <Section title={t("usage.calls")} lead={t("usage.callsLead")}>
                <Chart
                  title={t("usage.calls")}
                  kind="bar"
                  points={points.map((point) => ({
                    day: format.day(point.day),
                    lot: point.lot,
                    paid: point.paid,
                  }))}
                  series={[
                    { name: "lot", label: t("usage.byPackage"), color: "ink.6" },
                    { name: "paid", label: t("usage.byPrice"), color: "orange.6" },
                  ]}
                  format={(value) => format.count(value)}
                />
              </Section>
              <Section title={t("usage.spent")} lead={t("usage.spentLead")}>
                <Chart
                  title={t("usage.spent")}
                  kind="bar"
                  points={points.map((point) => ({ day: format.day(point.day), amount: point.amount }))}
                  series={[{ name: "amount", label: t("usage.amount"), color: "orange.6" }]}
                  format={(value) => format.money(value.toFixed(2), account.currency)}
                />
              </Section>
            </SimpleGrid>
          )
        }
      </Loaded>
      <CostSection first={first} last={today} />
    </>
  );
}

const BY = ["api", "region", "enterprise_project"] as const;

function CostSection(props: { first: string; last: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [by, setBy] = useState<(typeof BY)[number]>("api");
  const [kind, setKind] = useState("original");
  const path = `/v1/costs?from=${props.first}&to=${props.last}&by=${by}&kind=${kind}`;
  const costs = useGet<Costs>(path, ["account", path]);
  return (
    <Section
      title={t("cost.title")}
      lead={kind === "original" ? t("cost.originalLead") : t("cost.amortisedLead")}
    >
      <Group mb="md" gap="sm">
        <SegmentedControl
          size="xs"
          value={by}
          onChange={(value) => setBy(value)}
          data={BY.map((value) => ({ value, label: t(`cost.by.${value}`) }))}
          aria-label={t("cost.byLabel")}
        />
        <SegmentedControl
          size="xs"
          value={kind}
          onChange={setKind}
          data={[
            { value: "original", label: t("cost.original") },
            { value: "amortised", label: t("cost.amortised") },
          ]}
          aria-label={t("cost.kindLabel")}
        />
      </Group>
      <Loaded query={costs}>
        {(data) => (
          <Stack>
            <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }}>
              <Figure
                small
                label={t("cost.total")}
                value={<Money value={data.amount} currency={data.currency} />}
              />
              <Figure
                small
                label={t("cost.usage")}
                value={<Money value={data.usage} currency={data.currency} />}
              />
              <Figure
                small
                label={t("cost.packages")}
                value={<Money value={data.packages} currency={data.currency} />}
              />
              {data.running_month.forecast !== null && (
                <Figure
                  small
                  label={t("cost.forecast", { month: format.month(data.running_month.month) })}
                  value={<Money value={data.running_month.forecast} currency={data.currency} />}
                />
              )}
            </SimpleGrid>
            {data.rows.length === 0 ? (
              <Empty title={t("cost.none")} />
            ) : (
              <DataTable
                caption={t("cost.title")}
                rows={data.rows}
                id={(row) => row.of ?? "-"}
                columns={[
                  { label: t(`cost.by.${by}`), cell: (row) => row.of ?? t("cost.noProject") },
                  { label: t("cost.calls"), isNumber: true, cell: (row) => format.count(row.calls) },
                  {
                    label: t("cost.usage"),
                    isNumber: true,
                    cell: (row) => format.money(row.usage, data.currency),
                  },
                  {
                    label: t("cost.packages"),
                    isNumber: true,
                    cell: (row) => format.money(row.packages, data.currency),
                  },
                  {
                    label: t("cost.total"),
                    isNumber: true,
                    cell: (row) => format.money(row.amount, data.currency),
                  },
                ]}
              />
            )}
          </Stack>
        )}
      </Loaded>
    </Section>
  );
}
