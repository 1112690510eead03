/** Access keys: those there are, and a new one with the secret that is shown once. */
import { Button, Card, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { AccessKeys } from "../api/types";
import { useFormat } from "../format";
import { Copyable, Note } from "./basics";
import { DataTable } from "./DataTable";
import { DeleteButton } from "./Dialog";

export interface NewKey {
  access_key: string;
  secret_key: string;
}

export function KeyTable(props: { keys: AccessKeys["keys"]; drop: (key: string) => Promise<unknown> }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <DataTable
      caption={t("keys.list")}
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

export function ShownOnce({ made, close }: { made: NewKey; close: () => void }) {
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
