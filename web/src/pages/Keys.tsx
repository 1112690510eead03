import { useTranslation } from "react-i18next";

import { Copyable, Page, Section } from "../components/basics";
import { DataTable } from "../components/DataTable";
import { KeySection } from "../components/keys";
import { useSession } from "../components/session";
import { EnterpriseProjectSection } from "./keys/EnterpriseProjectSection";
import { OwnPassword } from "./keys/OwnPassword";

/** What programs sign with, where they call, and what they call for. */
export function Keys() {
  const { t } = useTranslation();
  const session = useSession();
  if (session === null) return null;
  return (
    <Page title={t("keys.title")} lead={t("keys.lead")}>
      <KeySection path="/v1/access-keys" isOwn />
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
      {session.administrator && <EnterpriseProjectSection />}
      <OwnPassword userId={session.user_id} />
    </Page>
  );
}
