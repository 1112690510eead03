import { Group, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { Outbox as OutboxView } from "../api/features";
import { useGet } from "../api/queries";
import { Badge, Empty, Figure, Loaded, Page, Section } from "../components/basics";
import { DataTable } from "../components/DataTable";
import { useWord } from "../components/names";
import { useFormat } from "../format";

export function Outbox() {
  const { t } = useTranslation();
  const word = useWord();
  const format = useFormat();
  const outbox = useGet<OutboxView>("/v1/admin/outbox?limit=200");
  return (
    <Page title={t("outbox.title")} lead={t("outbox.lead")}>
      <Loaded query={outbox} height={240}>
        {(data) => (
          <>
            <Section title={t("outbox.counts")}>
              {Object.keys(data.counts).length === 0 ? (
                <Empty title={t("outbox.none")} />
              ) : (
                <Group gap="xl">
                  {Object.entries(data.counts).map(([state, count]) => (
                    <Figure key={state} small label={word("delivery", state)} value={format.count(count)} />
                  ))}
                </Group>
              )}
            </Section>
            <Section title={t("outbox.list")}>
              {data.deliveries.length === 0 ? (
                <Empty title={t("outbox.none")}>{t("outbox.noneWhy")}</Empty>
              ) : (
                <DataTable
                  caption={t("outbox.list")}
                  rows={data.deliveries}
                  id={(row) => String(row.number)}
                  columns={[
                    { label: t("notices.at"), cell: (row) => format.instant(row.at) },
                    { label: t("notices.what"), cell: (row) => word("notice", row.kind) },
                    {
                      label: t("notices.to"),
                      cell: (row) => `${word("channel", row.channel)} · ${row.address}`,
                    },
                    {
                      label: t("outbox.attempts"),
                      isNumber: true,
                      cell: (row) => format.count(row.attempts),
                    },
                    {
                      label: t("notices.state"),
                      cell: (row) => (
                        <Stack gap={2}>
                          <Badge tone={row.state === "sent" ? "good" : "plain"}>
                            {word("delivery", row.state)}
                          </Badge>
                          {row.detail !== null && (
                            <Text size="sm" c="dimmed">
                              {row.detail}
                            </Text>
                          )}
                        </Stack>
                      ),
                    },
                  ]}
                />
              )}
            </Section>
          </>
        )}
      </Loaded>
    </Page>
  );
}
