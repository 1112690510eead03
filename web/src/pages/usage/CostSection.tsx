import { Group, SegmentedControl, SimpleGrid, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useGet } from "../../api/queries";
import type { Costs } from "../../api/usage";
import { Empty, Figure, Loaded, Money, Section } from "../../components/basics";
import { DataTable } from "../../components/DataTable";
import { useProjectName } from "../../components/projects";
import { useFormat } from "../../format";

const BY = ["api", "region", "enterprise_project"] as const;

/** What was spent from one day to another, split as one likes. */
export function CostSection(props: { first: string; last: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [by, setBy] = useState<(typeof BY)[number]>("api");
  const [kind, setKind] = useState("original");
  const path = `/v1/costs?from=${props.first}&to=${props.last}&by=${by}&kind=${kind}`;
  const project = useProjectName();
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
                  value={format.about(data.running_month.forecast, data.currency)}
                />
              )}
            </SimpleGrid>
            {data.rows.length === 0 ? (
              <Empty title={t("cost.none")} />
            ) : (
              <>
                <DataTable
                  caption={t("cost.title")}
                  rows={data.rows}
                  id={(row) => row.of ?? "-"}
                  columns={[
                    {
                      label: t(`cost.by.${by}`),
                      cell: (row) =>
                        (by === "enterprise_project" ? project(row.of) : row.of) ?? t("cost.noProject"),
                    },
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
                <Text size="sm" c="dimmed">
                  {t("cost.callsNote")}
                </Text>
              </>
            )}
          </Stack>
        )}
      </Loaded>
    </Section>
  );
}
