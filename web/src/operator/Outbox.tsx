import { Button, Group, Select, Stack } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { get, post } from "../api/client";
import type { Outbox as OutboxView } from "../api/notices";
import { useChange } from "../api/queries";
import { Empty, Failed, Figure, InnerLink, Loaded, Page, Section } from "../components/basics";
import { DataTable } from "../components/DataTable";
import { Delivered } from "../components/Delivered";
import { useWord } from "../components/names";
import { useFormat } from "../format";

const SHOWN = 200;
const STATES = ["pending", "held", "sending", "sent", "failed", "given_up", "capped"] as const;
/** What can be tried again at once. */
const RETRIED = ["failed", "given_up"];

/** Every message of every account, and what became of it. */
export function Outbox() {
  const { t } = useTranslation();
  const [state, setState] = useState<string | null>(null);
  const path = `/v1/admin/outbox?limit=${SHOWN}${state === null ? "" : `&state=${state}`}`;
  const outbox = useQuery({
    queryKey: [path],
    queryFn: () => get<OutboxView>(path),
    placeholderData: keepPreviousData,
  });
  return (
    <Page title={t("outbox.title")} lead={t("outbox.lead")}>
      <Loaded query={outbox} height={240}>
        {(data) => (
          <>
            <Counts counts={data.counts} />
            <Section
              title={t("outbox.list")}
              actions={
                <Select
                  aria-label={t("notices.state")}
                  placeholder={t("common.all")}
                  data={STATES.map((value) => ({ value, label: t(`delivery.${value}`) }))}
                  value={state}
                  onChange={setState}
                  clearable
                  clearButtonProps={{ "aria-label": t("common.all") }}
                />
              }
            >
              <List outbox={data} />
            </Section>
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Counts({ counts }: { counts: OutboxView["counts"] }) {
  const { t } = useTranslation();
  const word = useWord();
  const format = useFormat();
  const retry = useChange(() => post("/v1/admin/outbox/retry", {}), t("outbox.retried"));
  const canRetry = RETRIED.some((state) => (counts[state] ?? 0) > 0);
  return (
    <Section
      title={t("outbox.counts")}
      actions={
        canRetry && (
          <Button variant="default" onClick={() => retry.mutate(undefined)} loading={retry.isPending}>
            {t("outbox.retry")}
          </Button>
        )
      }
    >
      <Stack>
        {Object.keys(counts).length === 0 ? (
          <Empty title={t("outbox.none")} />
        ) : (
          <Group gap="xl">
            {Object.entries(counts).map(([state, count]) => (
              <Figure key={state} small label={word("delivery", state)} value={format.count(count)} />
            ))}
          </Group>
        )}
        {retry.error !== null && <Failed error={retry.error} />}
      </Stack>
    </Section>
  );
}

function List({ outbox }: { outbox: OutboxView }) {
  const { t } = useTranslation();
  const word = useWord();
  const format = useFormat();
  if (outbox.deliveries.length === 0) return <Empty title={t("outbox.none")}>{t("outbox.noneWhy")}</Empty>;
  return (
    <DataTable
      caption={t("outbox.list")}
      rows={outbox.deliveries}
      id={(row) => String(row.number)}
      columns={[
        { label: t("notices.at"), cell: (row) => format.instant(row.at) },
        {
          label: t("accounts.name"),
          cell: (row) =>
            row.account === null ? (
              "–"
            ) : (
              <InnerLink to={`/operator/accounts/${row.account}`}>{row.account}</InnerLink>
            ),
        },
        { label: t("notices.what"), cell: (row) => word("notice", row.kind) },
        {
          label: t("notices.to"),
          cell: (row) => (
            <span className="wrap">
              {word("channel", row.channel)} · {row.address}
            </span>
          ),
        },
        { label: t("outbox.attempts"), isNumber: true, cell: (row) => format.count(row.attempts) },
        { label: t("notices.state"), cell: (row) => <Delivered delivery={row} /> },
      ]}
    />
  );
}
