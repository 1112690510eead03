import { useTranslation } from "react-i18next";

import { useCatalog } from "../api/queries";
import { AccountPage } from "../components/AccountPage";
import { Loaded } from "../components/basics";
import { Budgets } from "./limits/Budgets";
import { Caps } from "./limits/Caps";

/** What may be spent at most, and what one wants to be told of. */
export function Limits() {
  const { t } = useTranslation();
  const catalog = useCatalog();
  return (
    <AccountPage title={t("limits.title")} lead={t("limits.lead")}>
      {({ currency }) => (
        <Loaded query={catalog}>
          {({ apis, regions }) => {
            const names = apis.map(({ api }) => api);
            return (
              <>
                <Caps apis={names} currency={currency} />
                <Budgets apis={names} regions={regions} currency={currency} />
              </>
            );
          }}
        </Loaded>
      )}
    </AccountPage>
  );
}
