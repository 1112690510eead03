import { useTranslation } from "react-i18next";

import type { Account } from "../../api/types";
import { InnerLink, Loaded, Section } from "../../components/basics";
import { addDays, dayOf } from "../../format";
import { CallsChart } from "../usage/CallsChart";
import { useUsageDays } from "../usage/days";

/** The last fortnight's calls. */
export function UsageGlance({ account }: { account: Account }) {
  const { t } = useTranslation();
  const today = dayOf(account.now);
  const days = useUsageDays(addDays(today, -13), today);
  return (
    <Section
      title={t("overview.usage")}
      lead={t("overview.usageLead")}
      actions={<InnerLink to="/usage">{t("overview.usageMore")}</InnerLink>}
    >
      <Loaded query={days} height={220}>
        {(points) => <CallsChart points={points} title={t("overview.usage")} none={t("overview.noUsage")} />}
      </Loaded>
    </Section>
  );
}
