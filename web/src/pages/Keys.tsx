import { Button, Stack } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { post, remove } from "../api/client";
import { useAccessKeys, useChange } from "../api/queries";
import type { SessionView } from "../api/types";
import { Copyable, Empty, Failed, Loaded, Page, Section } from "../components/basics";
import { DataTable } from "../components/DataTable";
import { Dialog } from "../components/Dialog";
import { KeyTable, type NewKey, ShownOnce } from "../components/keys";

/** What programs sign with, and where they call. */
export function Keys() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const session = client.getQueryData<SessionView>(["session", "customer"])?.session ?? null;
  const keys = useAccessKeys();
  const make = useChange(() => post<NewKey>("/v1/access-keys", undefined));
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
                <KeyTable keys={data.keys} drop={(key) => remove(`/v1/access-keys/${key}`)} />
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
      <Dialog isOpen={make.data !== undefined} close={make.reset} title={t("keys.madeTitle")}>
        {make.data !== undefined && <ShownOnce made={make.data} close={make.reset} />}
      </Dialog>
    </Page>
  );
}
