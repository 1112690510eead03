import { useTranslation } from "react-i18next";

import type { Account } from "../../api/types";
import { Empty, InnerLink, Loaded, Section } from "../../components/basics";
import { Chart } from "../../components/charts";
import { addDays, dayOf, useFormat } from "../../format";
import { useUsageDays } from "../usage/days";

/** The last fortnight's calls. */
export function UsageGlance({ account }: { account: Account }) {
  const { t } = useTranslation();
  const format = useFormat();
  const today = dayOf(account.now);
  const days = useUsageDays(addDays(today, -13), today);
  return (
    <Section
      title={t("overview.usage")}
      lead={t("overview.usageLead")}
      actions={<InnerLink to="/usage">{t("overview.usageMore")}</InnerLink>}
    >
      <Loaded query={days} height={220}>
        {(points) =>
          points.every((point) => point.lot === 0 && point.paid === 0) ? (
            <Empty
              title={t("overview.noUsage")}
              action={<InnerLink to="/playground">{t("overview.tryIt")}</InnerLink>}
            />
          ) : (
            <Chart
              title={t("overview.usage")}
              kind="bar"
              points={points.map((point) => ({
                day: format.day(point.day),
                lot: point.lot,
                paid: point.paid,
              }))}
              series={[
                { name: "lot", label: t("usage.byPackage"), color: "ink.6" },
                { name: "paid", label: t("usage.byPrice"), color: "orange.6" },
              ]}
              format={(value) => format.count(value)}
            />
          )
        }
      </Loaded>
    </Section>
  );
}
