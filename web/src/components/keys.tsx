/** Access keys: those there are, and a new one with the secret that is shown once. */
import { Button, Card, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { get, post, remove } from "../api/client";
import type { Credential } from "../api/people";
import { useChange, useGet } from "../api/queries";
import type { AccessKeys } from "../api/types";
import { useFormat } from "../format";
import { Copyable, Empty, Failed, Loaded, Note, Section } from "./basics";
import { DataTable } from "./DataTable";
import { DeleteButton, Dialog } from "./Dialog";

interface NewKey {
  access_key: string;
  secret_key: string;
}

/** Where keys are asked for, made and deleted. */
interface KeySource {
  path: string;
  list: () => Promise<AccessKeys>;
  make: () => Promise<NewKey>;
  drop: (key: string) => Promise<unknown>;
}

/** The keys under one path of the API: one's own or, for the operator, those of an account's first user. */
const keysAt = (path: string): KeySource => ({
  path,
  list: () => get(path),
  make: () => post(path, undefined),
  drop: (key) => remove(`${path}/${key}`),
});

/** How many keys IAM lets a user have. */
const IAM_LIMIT = 2;

/** The keys of any user of the account: IAM has them. */
const keysOf = (user: string, userId: string): KeySource => {
  const path = "/v3.0/OS-CREDENTIAL/credentials";
  return {
    path: `${path}?user_id=${userId}`,
    list: async () => {
      const { credentials } = await get<{ credentials: Credential[] }>(`${path}?user_id=${userId}`);
      const keys = credentials.map(({ access, status, create_time: at }) => ({
        access_key: access,
        enabled: status === "active",
        created_at: at === "" ? null : at,
      }));
      return { user, limit: IAM_LIMIT, keys };
    },
    make: async () => {
      const body = { credential: { user_id: userId } };
      const { credential } = await post<{ credential: { access: string; secret: string } }>(path, body);
      return { access_key: credential.access, secret_key: credential.secret };
    },
    drop: (key) => remove(`${path}/${key}`),
  };
};

export function KeySection({ path, isOwn = false }: { path: string; isOwn?: boolean }) {
  const { t } = useTranslation();
  return (
    <Keys source={keysAt(path)}>
      {({ user, limit }, make, shown) => (
        <Section
          title={isOwn ? t("keys.list") : t("keys.listOf", { user })}
          lead={t("keys.limit", { count: limit })}
          actions={make}
        >
          {shown}
        </Section>
      )}
    </Keys>
  );
}

/** The keys of a user, in a dialog. */
export function UserKeys({ user, userId }: { user: string; userId: string }) {
  const { t } = useTranslation();
  return (
    <Keys source={keysOf(user, userId)}>
      {({ limit }, make, shown) => (
        <Stack>
          <Text c="dimmed" size="sm">
            {t("keys.limit", { count: limit })}
          </Text>
          {shown}
          {make}
        </Stack>
      )}
    </Keys>
  );
}

interface KeysProps {
  source: KeySource;
  children: (keys: AccessKeys, make: React.ReactNode, shown: React.ReactNode) => React.ReactNode;
}

function Keys({ source, children }: KeysProps) {
  const { t } = useTranslation();
  const keys = useGet<AccessKeys>(source.path, [source.path], source.list);
  const make = useChange(source.make);
  const button = ({ keys: all, limit }: AccessKeys) => (
    <Button onClick={() => make.mutate(undefined)} loading={make.isPending} disabled={all.length >= limit}>
      {t("keys.make")}
    </Button>
  );
  const shown = ({ keys: all }: AccessKeys) => (
    <Stack>
      {make.error !== null && <Failed error={make.error} />}
      {all.length === 0 ? (
        <Empty title={t("keys.none")}>{t("keys.noneWhy")}</Empty>
      ) : (
        <KeyTable keys={all} drop={source.drop} />
      )}
      <Dialog isOpen={make.data !== undefined} close={make.reset} title={t("keys.madeTitle")}>
        {make.data !== undefined && <ShownOnce made={make.data} close={make.reset} />}
      </Dialog>
    </Stack>
  );
  return <Loaded query={keys}>{(data) => children(data, button(data), shown(data))}</Loaded>;
}

function KeyTable(props: { keys: AccessKeys["keys"]; drop: (key: string) => Promise<unknown> }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <DataTable
      caption={t("keys.title")}
      rows={props.keys}
      id={(row) => row.access_key}
      columns={[
        { label: t("keys.key"), cell: (row) => <code className="mono">{row.access_key}</code> },
        {
          label: t("keys.made"),
          cell: (row) => (row.created_at === null ? "–" : format.instant(row.created_at)),
        },
        {
          label: t("common.delete"),
          isAction: true,
          cell: (row) => (
            <DeleteButton
              name={row.access_key}
              what={t("keys.goneWhat")}
              gone={t("keys.gone")}
              drop={() => props.drop(row.access_key)}
            />
          ),
        },
      ]}
    />
  );
}

function ShownOnce({ made, close }: { made: NewKey; close: () => void }) {
  const { t } = useTranslation();
  return (
    <Stack>
      <Note tone="watch" title={t("keys.once")} />
      <Secrets
        rows={[
          [t("keys.key"), made.access_key],
          [t("keys.secret"), made.secret_key],
        ]}
      />
      <Button onClick={close}>{t("keys.kept")}</Button>
    </Stack>
  );
}

/** Texts to be taken along, each with a button that copies it. */
export function Secrets({ rows }: { rows: [label: string, text: string][] }) {
  return (
    <Card padding="sm">
      <Stack gap="sm">
        {rows.map(([label, text]) => (
          <div key={label}>
            <Text size="sm" c="dimmed">
              {label}
            </Text>
            <Copyable text={text} label={label} />
          </div>
        ))}
      </Stack>
    </Card>
  );
}
