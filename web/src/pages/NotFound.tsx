import { useTranslation } from "react-i18next";

import { Empty, InnerLink, Page } from "../components/basics";

export function NotFound() {
  const { t } = useTranslation();
  return (
    <Page title={t("notFound.title")}>
      <Empty title={t("notFound.text")} action={<InnerLink to="/">{t("notFound.back")}</InnerLink>} />
    </Page>
  );
}
