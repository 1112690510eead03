import { Select, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Delivery, Notice } from "../api/features";
import { useAccount, useGet } from "../api/queries";
import { Badge, Empty, InnerLink, Loaded, Page, Section } from "../components/basics";
import { DataTable } from "../components/DataTable";
import { useWord } from "../components/names";
import { useNoticeText } from "../components/notice";
import { useFormat } from "../format";

const CATEGORIES = ["arrears", "balance", "package", "bill", "budget", "renewal", "protection"] as const;

export function Notices() {
  const { t } = useTranslation();
  const account = useAccount();
  const notices = useGet<Notice[]>("/v1/notices?limit=1000", ["account", "notices"]);
  return (
    <Page title={t("notices.title")} lead={t("notices.lead")}>
      <Loaded query={account}>
        {(data) => (
          <Loaded query={notices}>{(all) => <Inbox notices={all} currency={data.currency} />}</Loaded>
        )}
      </Loaded>
      <Sent />
    </Page>
  );
}

function Inbox({ notices, currency }: { notices: Notice[]; currency: string }) {
  const { t } = useTranslation();
  const word = useWord();
  const text = useNoticeText(currency);
  const format = useFormat();
  const [category, setCategory] = useState<string | null>(null);
  const shown = notices
    .filter((notice) => category === null || notice.category === category)
    .sort((one, other) => other.no - one.no);
  return (
    <Section
      title={t("notices.inbox")}
      actions={
        <Select
          aria-label={t("notices.category")}
          placeholder={t("notices.every")}
          data={CATEGORIES.map((value) => ({ value, label: word("category", value) }))}
          value={category}
          onChange={setCategory}
          clearable
          clearButtonProps={{ "aria-label": t("notices.every") }}
          size="sm"
          w={170}
        />
      }
    >
      {shown.length === 0 ? (
        <Empty title={t("notices.none")} action={<InnerLink to="/recipients">{t("notices.who")}</InnerLink>}>
          {t("notices.noneWhy")}
        </Empty>
      ) : (
        <ol className="timeline">
          {shown.map((notice) => (
            <li key={notice.no} data-when="past" data-tone={notice.urgent ? "bad" : undefined}>
              <Text fw={600}>{word("notice", notice.kind)}</Text>
              <Text size="sm">{text(notice)}</Text>
              <Text size="sm" c="dimmed">
                {format.instant(notice.at)} · {word("category", notice.category)}
              </Text>
            </li>
          ))}
        </ol>
      )}
    </Section>
  );
}

function Sent() {
  const { t } = useTranslation();
  const word = useWord();
  const format = useFormat();
  const sent = useGet<Delivery[]>("/v1/deliveries?limit=50", ["account", "deliveries"]);
  return (
    <Section title={t("notices.sent")} lead={t("notices.sentLead")}>
      <Loaded query={sent}>
        {(data) =>
          data.length === 0 ? (
            <Empty
              title={t("notices.noneSent")}
              action={<InnerLink to="/recipients">{t("notices.who")}</InnerLink>}
            />
          ) : (
            <DataTable
              caption={t("notices.sent")}
              rows={data}
              id={(row) => String(row.number)}
              columns={[
                { label: t("notices.at"), cell: (row) => format.instant(row.at) },
                { label: t("notices.what"), cell: (row) => word("notice", row.kind) },
                { label: t("notices.to"), cell: (row) => row.address },
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
          )
        }
      </Loaded>
    </Section>
  );
}
