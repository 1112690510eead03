/** Access keys: those there are, and a new one with the secret that is shown once. */
import { Button, Card, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { post, remove } from "../api/client";
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

/** The keys under one path of the API: one's own or, for the operator, those of an account's first user. */
export function KeySection({ path, isOwn = false }: { path: string; isOwn?: boolean }) {
  const { t } = useTranslation();
  const keys = useGet<AccessKeys>(path);
  const make = useChange(() => post<NewKey>(path, undefined));
  return (
    <Loaded query={keys}>
      {({ user, limit, keys: all }) => (
        <Section
          title={isOwn ? t("keys.list") : t("keys.listOf", { user })}
          lead={t("keys.limit", { count: limit })}
          actions={
            <Button
              onClick={() => make.mutate(undefined)}
              loading={make.isPending}
              disabled={all.length >= limit}
            >
              {t("keys.make")}
            </Button>
          }
        >
          <Stack>
            {make.error !== null && <Failed error={make.error} />}
            {all.length === 0 ? (
              <Empty title={t("keys.none")}>{t("keys.noneWhy")}</Empty>
            ) : (
              <KeyTable keys={all} drop={(key) => remove(`${path}/${key}`)} />
            )}
          </Stack>
          <Dialog isOpen={make.data !== undefined} close={make.reset} title={t("keys.madeTitle")}>
            {make.data !== undefined && <ShownOnce made={make.data} close={make.reset} />}
          </Dialog>
        </Section>
      )}
    </Loaded>
  );
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
