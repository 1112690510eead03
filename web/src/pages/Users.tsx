import { useTranslation } from "react-i18next";

import { Page } from "../components/basics";
import { useSession } from "../components/session";
import { Groups } from "./users/Groups";
import { LoginRules } from "./users/LoginRules";
import { UserSection } from "./users/UserSection";

/** Who may use the account: users, their groups, and how they sign in. */
export function Users() {
  const { t } = useTranslation();
  const session = useSession();
  if (session === null) return null;
  return (
    <Page title={t("users.title")} lead={t("users.lead")}>
      <UserSection path="/v1/users" account={session.account} self={session.user_id} />
      <Groups account={session.account_id} />
      <LoginRules account={session.account_id} />
    </Page>
  );
}
