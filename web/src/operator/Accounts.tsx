import { Button, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { post } from "../api/client";
import { useChange, useGet } from "../api/queries";
import type { AccountRow, AdminCatalog, CreatedAccount, Standing, Tier } from "../api/types";
import { Empty, InnerLink, Loaded, Note, Page, Section, StandingBadge } from "../components/basics";
import { DataTable } from "../components/DataTable";
import { Dialog } from "../components/Dialog";
import { Form } from "../components/Form";
import { Secrets } from "../components/keys";
import { useFormat } from "../format";

const STANDINGS: Standing[] = ["good", "grace", "frozen", "released"];
const TIERS: Tier[] = ["V0", "V1", "V2", "V3", "V4", "V5"];
const SHOWN = 200;

export function Accounts() {
  const { t } = useTranslation();
  const accounts = useGet<AccountRow[]>("/v1/admin/accounts");
  const [isMaking, setMaking] = useState(false);
  const [made, setMade] = useState<CreatedAccount | null>(null);
  return (
    <Page
      title={t("accounts.title")}
      lead={t("accounts.lead")}
      actions={<Button onClick={() => setMaking(true)}>{t("accounts.make")}</Button>}
    >
      <Loaded query={accounts}>{(data) => <List accounts={data} />}</Loaded>
      <Dialog
        isOpen={isMaking || made !== null}
        close={() => {
          setMaking(false);
          setMade(null);
        }}
        title={made === null ? t("accounts.make") : t("accounts.madeTitle", { name: made.name })}
      >
        {made === null ? <Make done={setMade} /> : <Made account={made} />}
      </Dialog>
    </Page>
  );
}

function List({ accounts }: { accounts: AccountRow[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [search, setSearch] = useState("");
  const [standing, setStanding] = useState<string | null>(null);
  const found = accounts.filter(
    (row) =>
      (standing === null || row.standing === standing) &&
      row.name.toLowerCase().includes(search.trim().toLowerCase()),
  );
  return (
    <Section
      title={t("accounts.found", { count: found.length })}
      actions={
        <Group gap="sm">
          <TextInput
            aria-label={t("accounts.search")}
            placeholder={t("accounts.search")}
            leftSection={<IconSearch size={16} aria-hidden />}
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
            type="search"
          />
          <Select
            aria-label={t("accounts.standing")}
            placeholder={t("accounts.everyStanding")}
            data={STANDINGS.map((value) => ({ value, label: t(`standing.${value}`) }))}
            value={standing}
            onChange={setStanding}
            clearable
            clearButtonProps={{ "aria-label": t("accounts.everyStanding") }}
            w={170}
          />
        </Group>
      }
    >
      {found.length === 0 ? (
        <Empty title={t("accounts.none")}>{t("accounts.noneWhy")}</Empty>
      ) : (
        <>
          <DataTable
            caption={t("accounts.title")}
            rows={found.slice(0, SHOWN)}
            id={(row) => row.account_id}
            columns={[
              {
                label: t("accounts.name"),
                cell: (row) => <InnerLink to={`/operator/accounts/${row.name}`}>{row.name}</InnerLink>,
              },
              { label: t("accounts.standing"), cell: (row) => <StandingBadge standing={row.standing} /> },
              { label: t("accounts.calls"), isNumber: true, cell: (row) => format.count(row.charges) },
            ]}
          />
          {found.length > SHOWN && (
            <Text size="sm" c="dimmed" mt="md">
              {t("accounts.cut", { shown: SHOWN, all: format.count(found.length) })}
            </Text>
          )}
        </>
      )}
    </Section>
  );
}

function Make({ done }: { done: (made: CreatedAccount) => void }) {
  const { t } = useTranslation();
  const catalog = useGet<AdminCatalog>("/v1/admin/catalog");
  const [name, setName] = useState("");
  const [tier, setTier] = useState<string | null>(null);
  const [policy, setPolicy] = useState<string | null>(null);
  const make = useChange(
    () =>
      post<CreatedAccount>("/v1/admin/accounts", {
        name,
        ...(tier === null ? {} : { tier }),
        ...(policy === null ? {} : { policy }),
      }),
    undefined,
    done,
  );
  return (
    <Form submit={() => make.mutate(undefined)} change={make} label={t("accounts.make")}>
      <TextInput
        label={t("accounts.name")}
        description={t("signIn.accountRule")}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        required
        data-autofocus
      />
      <Select
        label={t("accounts.tier")}
        data={TIERS}
        value={tier ?? catalog.data?.defaults.tier ?? null}
        onChange={setTier}
      />
      <Select
        label={t("accounts.policy")}
        data={catalog.data?.policies.map((one) => one.policy) ?? []}
        value={policy ?? catalog.data?.defaults.policy ?? null}
        onChange={setPolicy}
      />
    </Form>
  );
}

function Made({ account }: { account: CreatedAccount }) {
  const { t } = useTranslation();
  return (
    <Stack>
      <Note tone="watch" title={t("accounts.once")} />
      <Secrets
        rows={[
          [t("signIn.account"), account.name],
          [t("signIn.user"), account.user],
          [t("signIn.password"), account.password],
          [t("keys.key"), account.access_key],
          [t("keys.secret"), account.secret_key],
        ]}
      />
      <InnerLink to={`/operator/accounts/${account.name}`}>{t("accounts.open")}</InnerLink>
    </Stack>
  );
}
