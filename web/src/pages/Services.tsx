import { Switch, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { put, remove } from "../api/client";
import { useCatalog, useChange } from "../api/queries";
import type { Account, Catalog, Mode } from "../api/types";
import { AccountPage } from "../components/AccountPage";
import { Badge, Failed, InnerLink, Loaded, Note, Section } from "../components/basics";
import { DataTable } from "../components/DataTable";
import { useFormat } from "../format";

interface Row {
  api: string;
  region: string;
  mode: Mode | null;
  left: number;
}

/** Everything that is on, in all regions in one list, each off with one click. */
export function Services() {
  const { t } = useTranslation();
  const catalog = useCatalog();
  return (
    <AccountPage title={t("services.title")} lead={t("services.lead")}>
      {(account) => (
        <Loaded query={catalog}>{(prices) => <Content account={account} catalog={prices} />}</Loaded>
      )}
    </AccountPage>
  );
}

function Content({ account, catalog }: { account: Account; catalog: Catalog }) {
  const { t } = useTranslation();
  const format = useFormat();
  const set = useChange((row: { api: string; region: string; mode: Mode | null }) => {
    const path = `/v1/subscriptions/${row.region}/${row.api}`;
    return row.mode === null ? remove(path) : put(path, { package_only: row.mode === "package_only" });
  }, t("services.saved"));
  const rows: Row[] = catalog.regions.flatMap((region) =>
    catalog.apis.map(({ api }) => ({
      api,
      region,
      mode: account.subscriptions.find((one) => one.api === api && one.region === region)?.mode ?? null,
      left: account.lots
        .filter((lot) => lot.api === api && lot.region === region && lot.state === "in_effect")
        .reduce((sum, lot) => sum + lot.remaining, 0),
    })),
  );
  const name = (row: Row) => `${row.api} · ${row.region}`;
  return (
    <>
      {set.error !== null && <Failed error={set.error} />}
      <Section title={t("services.list")} lead={t("services.listLead")}>
        <DataTable
          caption={t("services.list")}
          rows={rows}
          id={name}
          columns={[
            {
              label: t("common.service"),
              cell: (row) => (
                <div>
                  <Text fw={600}>{row.api}</Text>
                  <Text size="sm" c="dimmed">
                    {row.region}
                  </Text>
                </div>
              ),
            },
            {
              label: t("services.state"),
              cell: (row) =>
                row.mode === null ? (
                  <Badge tone="plain">{t("services.off")}</Badge>
                ) : (
                  <Badge tone="good">{t(`mode.${row.mode}`)}</Badge>
                ),
            },
            { label: t("services.left"), isNumber: true, cell: (row) => format.count(row.left) },
            {
              label: t("services.enabled"),
              cell: (row) => (
                <Switch
                  checked={row.mode !== null}
                  disabled={set.isPending}
                  onChange={(event) =>
                    set.mutate({ ...row, mode: event.currentTarget.checked ? "pay_per_use" : null })
                  }
                  aria-label={t("services.switch", { name: name(row) })}
                />
              ),
            },
            {
              label: t("services.packageOnly"),
              cell: (row) => (
                <Switch
                  checked={row.mode === "package_only"}
                  disabled={row.mode === null || set.isPending}
                  onChange={(event) =>
                    set.mutate({ ...row, mode: event.currentTarget.checked ? "package_only" : "pay_per_use" })
                  }
                  aria-label={t("services.onlySwitch", { name: name(row) })}
                />
              ),
            },
          ]}
        />
      </Section>
      <Note tone="accent" title={t("services.noteTitle")}>
        <Text size="sm">
          {t("services.note")} <InnerLink to="/packages">{t("services.noteLink")}</InnerLink>
        </Text>
      </Note>
    </>
  );
}
