import { Button, Card, Group, Modal, Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { post, remove } from "../api/client";
import { useAccessKeys, useChange } from "../api/queries";
import type { SessionView } from "../api/types";
import { Copyable, Empty, Failed, Loaded, Note, Page, Section } from "../components/basics";
import { DataTable } from "../components/DataTable";
import { useFormat } from "../format";

interface NewKey {
  access_key: string;
  secret_key: string;
}

export function Keys() {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const session = client.getQueryData<SessionView>(["session", "customer"])?.session ?? null;
  const keys = useAccessKeys();
  const [made, setMade] = useState<NewKey | null>(null);
  const [doomed, setDoomed] = useState<string | null>(null);
  const make = useChange(() => post<NewKey>("/v1/access-keys", undefined), undefined, setMade);
  const drop = useChange(
    (key: string) => remove(`/v1/access-keys/${key}`),
    t("keys.gone"),
    () => setDoomed(null),
  );
  return (
    <Page title={t("keys.title")} lead={t("keys.lead")}>
      <Loaded query={keys}>
        {(data) => (
          <Section
            title={t("keys.list")}
            lead={t("keys.limit", { count: data.limit })}
            actions={
              <Button
                onClick={() => make.mutate(undefined)}
                loading={make.isPending}
                disabled={data.keys.length >= data.limit}
              >
                {t("keys.make")}
              </Button>
            }
          >
            <Stack>
              {make.error !== null && <Failed error={make.error} />}
              {data.keys.length === 0 ? (
                <Empty title={t("keys.none")}>{t("keys.noneWhy")}</Empty>
              ) : (
                <DataTable
                  caption={t("keys.list")}
                  rows={data.keys}
                  id={(row) => row.access_key}
                  columns={[
                    { label: t("keys.key"), cell: (row) => <code className="mono">{row.access_key}</code> },
                    {
                      label: t("keys.made"),
                      cell: (row) => (row.created_at === null ? "–" : format.instant(row.created_at)),
                    },
                    {
                      label: t("keys.delete"),
                      isAction: true,
                      cell: (row) => (
                        <Button
                          size="compact-sm"
                          variant="default"
                          onClick={() => setDoomed(row.access_key)}
                          aria-label={t("limits.drop", { name: row.access_key })}
                        >
                          {t("keys.delete")}
                        </Button>
                      ),
                    },
                  ]}
                />
              )}
            </Stack>
          </Section>
        )}
      </Loaded>
      {session !== null && (
        <Section title={t("keys.projects")} lead={t("keys.projectsLead")}>
          <DataTable
            caption={t("keys.projects")}
            rows={Object.entries(session.projects)}
            id={([region]) => region}
            columns={[
              { label: t("common.region"), cell: ([region]) => region },
              { label: t("keys.project"), cell: ([region, id]) => <Copyable text={id} label={region} /> },
            ]}
          />
        </Section>
      )}
      <Modal
        opened={made !== null}
        onClose={() => setMade(null)}
        title={t("keys.madeTitle")}
        closeButtonProps={{ "aria-label": t("common.close") }}
      >
        {made !== null && (
          <Stack>
            <Note tone="watch" title={t("keys.once")} />
            <Card padding="sm">
              <Text size="sm" c="dimmed">
                {t("keys.key")}
              </Text>
              <Copyable text={made.access_key} label={t("keys.key")} />
              <Text size="sm" c="dimmed" mt="sm">
                {t("keys.secret")}
              </Text>
              <Copyable text={made.secret_key} label={t("keys.secret")} />
            </Card>
            <Button onClick={() => setMade(null)}>{t("keys.kept")}</Button>
          </Stack>
        )}
      </Modal>
      <Modal
        opened={doomed !== null}
        onClose={() => setDoomed(null)}
        title={t("keys.deleteTitle")}
        closeButtonProps={{ "aria-label": t("common.close") }}
      >
        <Stack>
          <Text>{t("keys.deleteWhat", { key: doomed ?? "" })}</Text>
          {drop.error !== null && <Failed error={drop.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setDoomed(null)}>
              {t("common.cancel")}
            </Button>
            <Button
              color="red.9"
              onClick={() => doomed !== null && drop.mutate(doomed)}
              loading={drop.isPending}
            >
              {t("keys.delete")}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </Page>
  );
}
