import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import type { SessionView } from "../api/types";
import { Copyable, Page, Section } from "../components/basics";
import { DataTable } from "../components/DataTable";
import { KeySection } from "../components/keys";

/** What programs sign with, and where they call. */
export function Keys() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const session = client.getQueryData<SessionView>(["session", "customer"])?.session ?? null;
  return (
    <Page title={t("keys.title")} lead={t("keys.lead")}>
      <KeySection path="/v1/access-keys" isOwn />
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
    </Page>
  );
}
