import { Stack, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { get } from "../api/client";
import type { Action } from "../api/operator";
import { Badge, Empty, InnerLink, Loaded, Page, Section } from "../components/basics";
import { DataTable } from "../components/DataTable";
import { Form } from "../components/Form";
import { MoreButton } from "../components/MoreButton";
import { useWord } from "../components/names";
import { useFormat } from "../format";

const PAGE = 100;

/** What operators did, newest first. */
export function Audit() {
  const { t } = useTranslation();
  const [account, setAccount] = useState("");
  const [about, setAbout] = useState("");
  const of = about === "" ? "" : `&account=${encodeURIComponent(about)}`;
  const actions = useInfiniteQuery({
    queryKey: ["audit", about],
    queryFn: ({ pageParam }) =>
      get<{ actions: Action[] }>(
        `/v1/admin/audit?limit=${PAGE}${of}${pageParam === 0 ? "" : `&before=${pageParam}`}`,
      ),
    initialPageParam: 0,
    // Lists that nodes put together have no second page.
    getNextPageParam: ({ actions: rows }) => {
      const last = rows.at(-1);
      return rows.length < PAGE || last?.shard !== undefined ? undefined : last?.number;
    },
  });
  return (
    <Page title={t("audit.title")} lead={t("audit.lead")}>
      <Section title={t("audit.list")}>
        <Stack gap="lg">
          {" "}
          <Form
            submit={() => setAbout(account.trim())}
            change={{ isPending: false, error: null }}
            label={t("audit.show")}
            isQuiet
          >
            <TextInput
              label={t("audit.account")}
              leftSection={<IconSearch size={16} aria-hidden />}
              value={account}
              onChange={(event) => setAccount(event.currentTarget.value)}
              type="search"
              maw={320}
            />
          </Form>
          <Loaded query={actions} height={240}>
            {({ pages }) => <List actions={pages.flatMap((page) => page.actions)} />}
          </Loaded>
          <MoreButton of={actions} />
        </Stack>{" "}
      </Section>
    </Page>
  );
}

function List({ actions }: { actions: Action[] }) {
  const { t } = useTranslation();
  const word = useWord();
  const format = useFormat();
  if (actions.length === 0) return <Empty title={t("audit.none")}>{t("audit.noneWhy")}</Empty>;
  return (
    <DataTable
      caption={t("audit.list")}
      rows={actions}
      id={(row) => `${row.shard ?? 0} ${row.number}`}
      columns={[
        { label: t("notices.at"), cell: (row) => format.instant(row.at) },
        {
          label: t("audit.request"),
          cell: (row) => (
            <code className="mono wrap">
              {row.method} {row.path}
            </code>
          ),
        },
        {
          label: t("accounts.name"),
          cell: (row) =>
            row.account === null ? (
              "–"
            ) : (
              <InnerLink to={`/operator/accounts/${row.account}`}>{row.account}</InnerLink>
            ),
        },
        {
          label: t("audit.by"),
          cell: (row) => (
            <span className="wrap">
              {word("proof", row.proof)} <code className="mono">{row.proof_id}</code>
              {row.address !== null && ` · ${row.address}`}
            </span>
          ),
        },
        {
          label: t("audit.answer"),
          cell: (row) => <Badge tone={row.status < 400 ? "good" : "watch"}>{row.status}</Badge>,
        },
      ]}
    />
  );
}
