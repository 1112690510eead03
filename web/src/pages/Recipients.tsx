import { useTranslation } from "react-i18next";

import { Page } from "../components/basics";
import { RecipientSections } from "./recipients/RecipientSections";

/** Who is told, how, and of what. */
export function Recipients() {
  const { t } = useTranslation();
  return (
    <Page title={t("recipients.title")} lead={t("recipients.lead")}>
      <RecipientSections path="/v1/recipients" isOwn />
    </Page>
  );
}
