import { useTranslation } from "react-i18next";

import type { Account } from "../../api/types";
import type { Costs } from "../../api/usage";
import { useGet } from "../../api/queries";
import { InnerLink, Loaded, Section } from "../../components/basics";
import { addDays, dayOf, useFormat } from "../../format";
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
      lead={<Spent today={today} />}
      actions={<InnerLink to="/usage">{t("overview.usageMore")}</InnerLink>}
    >
      <Loaded query={days} height={220}>
        {(points) => <CallsChart points={points} title={t("overview.usage")} none={t("overview.noUsage")} />}
      </Loaded>
    </Section>
  );
}

/** What the running month has cost so far ("you can view the expenditures on the Overview page"). */
function Spent({ today }: { today: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const costs = useGet<Costs>(`/v1/costs?from=${today}&to=${today}&by=day&kind=original`, [
    "account",
    "costs",
    today,
  ]);
  if (costs.data === undefined) return <>{t("overview.usageLead")}</>;
  const { currency, running_month: month } = costs.data;
  const figures = {
    usage: format.money(month.usage, currency),
    packages: format.money(month.packages, currency),
  };
  return (
    <>
      {t("overview.usageLead")} {t("overview.spent", figures)}
    </>
  );
}
