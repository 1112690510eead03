import { useTranslation } from "react-i18next";

import { AccountPage } from "../components/AccountPage";
import { MemberSection } from "./members/MemberSection";
import { PaidBy } from "./members/PaidBy";

/** The accounts that this one pays for, and who pays for this one. */
export function Members() {
  const { t } = useTranslation();
  return (
    <AccountPage title={t("members.title")} lead={t("members.lead")}>
      {({ currency }) => (
        <>
          <PaidBy currency={currency} />
          <MemberSection path="/v1/members" currency={currency} />
        </>
      )}
    </AccountPage>
  );
}
