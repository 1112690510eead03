import { Button, Group, Select, Stack } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Delivery, Notice } from "../api/notices";
import { useGet, useNotices } from "../api/queries";
import { AccountPage } from "../components/AccountPage";
import { Empty, InnerLink, Loaded, Section } from "../components/basics";
import { DataTable } from "../components/DataTable";
import { Delivered } from "../components/Delivered";
import { useWord } from "../components/names";
import { NoticeList } from "../components/NoticeList";
import { useFormat } from "../format";
import { CATEGORIES } from "./notices/categories";

/** How many notices are shown at once, and how many more each time. */
const STEP = 30;

/** What the account was told, and what became of every message about it. */
export function Notices() {
  const { t } = useTranslation();
  const notices = useNotices();
  const deliveries = useGet<Delivery[]>("/v1/deliveries?limit=1000", ["account", "deliveries"]);
  return (
    <AccountPage title={t("notices.title")} lead={t("notices.lead")}>
      {({ currency }) => (
        <Loaded query={notices}>
          {(all) => (
            <Loaded query={deliveries}>
              {(sent) => (
                <>
                  <Inbox notices={all} deliveries={sent} currency={currency} />
                  <Others deliveries={sent.filter((one) => one.notice === null)} />
                </>
              )}
            </Loaded>
          )}
        </Loaded>
      )}
    </AccountPage>
  );
}

function Inbox(props: { notices: Notice[]; deliveries: Delivery[]; currency: string }) {
  const { t } = useTranslation();
  const [category, setCategory] = useState<string | null>(null);
  const [most, setMost] = useState(STEP);
  const found = props.notices.filter((notice) => category === null || notice.category === category);
  return (
    <Section
      title={t("notices.inbox")}
      actions={
        <Select
          aria-label={t("notices.category")}
          placeholder={t("common.all")}
          data={CATEGORIES.map((value) => ({ value, label: t(`category.${value}`) }))}
          value={category}
          onChange={setCategory}
          clearable
          clearButtonProps={{ "aria-label": t("common.all") }}
          w={170}
        />
      }
    >
      {found.length === 0 ? (
        <Empty title={t("notices.none")} action={<InnerLink to="/recipients">{t("notices.who")}</InnerLink>}>
          {t("notices.noneWhy")}
        </Empty>
      ) : (
        <Stack>
          <NoticeList
            notices={found.toReversed().slice(0, most)}
            deliveries={props.deliveries}
            currency={props.currency}
            isOwn
          />
          {found.length > most && (
            <Group justify="center">
              <Button variant="default" onClick={() => setMost(most + STEP)}>
                {t("common.more")}
              </Button>
            </Group>
          )}
        </Stack>
      )}
    </Section>
  );
}

/** Messages that are about no notice: tests, and summaries of what the daily cap held back. */
function Others({ deliveries }: { deliveries: Delivery[] }) {
  const { t } = useTranslation();
  const word = useWord();
  const format = useFormat();
  if (deliveries.length === 0) return null;
  return (
    <Section title={t("notices.others")} lead={t("notices.othersLead")}>
      <DataTable
        caption={t("notices.others")}
        rows={deliveries.slice(0, STEP)}
        id={(row) => String(row.number)}
        columns={[
          { label: t("notices.at"), cell: (row) => format.instant(row.at) },
          { label: t("notices.what"), cell: (row) => word("notice", row.kind) },
          { label: t("notices.to"), cell: (row) => <span className="wrap">{row.address}</span> },
          { label: t("notices.state"), cell: (row) => <Delivered delivery={row} /> },
        ]}
      />
    </Section>
  );
}
