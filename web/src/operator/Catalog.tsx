import { Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useGet } from "../api/queries";
import type { AdminCatalog } from "../api/types";
import { Badge, Loaded, Note, Page, Section } from "../components/basics";
import { DataTable } from "../components/DataTable";
import { useFormat } from "../format";

/** The configuration in force; it is changed in its file, so that every change has an author and a date. */
export function Catalog() {
  const { t } = useTranslation();
  const catalog = useGet<AdminCatalog>("/v1/admin/catalog");
  return (
    <Page title={t("catalog.title")} lead={t("catalog.lead")}>
      <Loaded query={catalog} height={260}>
        {(data) => <Content catalog={data} />}
      </Loaded>
    </Page>
  );
}

function Content({ catalog }: { catalog: AdminCatalog }) {
  const { t } = useTranslation();
  const format = useFormat();
  const prices = catalog.apis.flatMap(({ api, prices: versions }) =>
    versions.flatMap((version) => version.tiers.map((tier) => ({ api, version, tier }))),
  );
  return (
    <>
      <Section title={t("catalog.prices")} lead={t("catalog.pricesLead")}>
        <DataTable
          caption={t("catalog.prices")}
          rows={prices}
          id={(row) => `${row.api} ${row.version.version} ${row.tier.from_units}`}
          columns={[
            { label: t("common.service"), cell: (row) => row.api },
            { label: t("catalog.version"), cell: (row) => row.version.version },
            { label: t("catalog.from"), cell: (row) => format.instant(row.version.effective_from) },
            { label: t("catalog.tier"), isNumber: true, cell: (row) => format.count(row.tier.from_units) },
            {
              label: t("catalog.price"),
              isNumber: true,
              cell: (row) => format.unitPrice(row.tier.unit_price, catalog.currency),
            },
            {
              label: t("services.state"),
              cell: (row) =>
                row.version.in_force ? (
                  <Badge tone="good">{t("catalog.inForce")}</Badge>
                ) : (
                  <Badge tone="plain">{t("catalog.notInForce")}</Badge>
                ),
            },
          ]}
        />
      </Section>
      <Section title={t("catalog.packages")}>
        <DataTable
          caption={t("catalog.packages")}
          rows={catalog.packages}
          id={(row) => `${row.api} ${row.calls} ${row.on_sale_from ?? ""}`}
          columns={[
            { label: t("common.service"), cell: (row) => row.api },
            { label: t("bills.calls"), isNumber: true, cell: (row) => format.count(row.calls) },
            {
              label: t("catalog.price"),
              isNumber: true,
              cell: (row) => format.money(row.price, catalog.currency),
            },
            {
              label: t("catalog.validity"),
              cell: (row) => t("catalog.months", { count: row.validity_months }),
            },
            {
              label: t("catalog.onSaleFrom"),
              cell: (row) =>
                row.on_sale_from === null ? t("catalog.always") : format.instant(row.on_sale_from),
            },
            {
              label: t("catalog.onSaleUntil"),
              cell: (row) =>
                row.on_sale_until === null ? t("catalog.always") : format.instant(row.on_sale_until),
            },
            {
              label: t("services.state"),
              cell: (row) =>
                row.on_sale ? (
                  <Badge tone="good">{t("catalog.onSale")}</Badge>
                ) : (
                  <Badge tone="plain">{t("catalog.notOnSale")}</Badge>
                ),
            },
          ]}
        />
      </Section>
      <Section title={t("catalog.policies")} lead={t("catalog.policiesLead", catalog.defaults)}>
        <Stack gap="xl">
          {catalog.policies.map((policy) => (
            <div key={policy.policy}>
              <Text fw={600} mb={4}>
                {policy.policy}
              </Text>
              <Text size="sm" c="dimmed" mb="xs">
                {t(`catalog.order.${policy.draw_order}`)}{" "}
                {t("catalog.delay", { count: policy.settlement_delay_minutes })}
              </Text>
              <DataTable
                caption={policy.policy}
                rows={policy.terms}
                id={(term) => term.tier}
                columns={[
                  { label: t("accounts.tier"), cell: (term) => term.tier },
                  {
                    label: t("catalog.grace"),
                    isNumber: true,
                    cell: (term) => t("catalog.days", { count: term.grace_days }),
                  },
                  {
                    label: t("catalog.retention"),
                    isNumber: true,
                    cell: (term) => t("catalog.days", { count: term.retention_days }),
                  },
                ]}
              />
            </div>
          ))}
        </Stack>
      </Section>
      <Note tone="accent" title={t("catalog.how")}>
        <Text size="sm">{t("catalog.howText")}</Text>
      </Note>
    </>
  );
}
