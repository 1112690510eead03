import { useTranslation } from "react-i18next";

import { Empty, InnerLink } from "../../components/basics";
import { Chart } from "../../components/charts";
import { useFormat } from "../../format";
import type { DayPoint } from "./days";

/** Calls a day: those that packages met, and those charged at a price. */
export function CallsChart({ points, title, none }: { points: DayPoint[]; title: string; none: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (points.every((point) => point.lot + point.paid === 0)) {
    return <Empty title={none} action={<InnerLink to="/playground">{t("overview.tryIt")}</InnerLink>} />;
  }
  return (
    <Chart
      title={title}
      kind="bar"
      points={points.map(({ day, lot, paid }) => ({ day, lot, paid }))}
      series={[
        { name: "lot", label: t("usage.byPackage"), color: "ink.6" },
        { name: "paid", label: t("usage.byPrice"), color: "orange.6" },
      ]}
      format={(value) => format.count(value)}
      isCount
    />
  );
}
