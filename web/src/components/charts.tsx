/** Charts, each with its numbers as a table beside it for those who cannot see it. */
import { AreaChart, BarChart } from "@mantine/charts";
import { Button } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useTranslation } from "react-i18next";

import { useFormat } from "../format";
import { type Column, DataTable } from "./DataTable";

/** The values of one day, like `2026-11-25`, by the names of their series. */
export type Point = { day: string } & Record<string, number | string | undefined>;

interface Series {
  name: string;
  label: string;
  color: string;
}

interface Props {
  title: string;
  kind: "bar" | "area";
  points: Point[];
  series: Series[];
  format: (value: number) => string;
  /** True for what is counted: there is no half a call. */
  isCount?: boolean;
}

export function Chart(props: Props) {
  const { t } = useTranslation();
  const days = useFormat();
  const [asTable, { toggle }] = useDisclosure(false);
  const { points, series, format } = props;
  const columns: Column<Point>[] = [
    { label: t("common.day"), cell: (point) => days.day(point.day) },
    ...series.map((one) => ({
      label: one.label,
      isNumber: true,
      cell: (point: Point) => (point[one.name] === undefined ? "–" : format(Number(point[one.name]))),
    })),
  ];
  const shared = {
    h: 220,
    data: points,
    dataKey: "day",
    series: series.map(({ name, label, color }) => ({ name, label, color })),
    valueFormatter: format,
    withLegend: series.length > 1,
    gridAxis: "x" as const,
    tickLine: "none" as const,
    yAxisProps: { width: 72, allowDecimals: props.isCount !== true },
    xAxisProps: { minTickGap: 24, tickFormatter: (day: string) => days.shortDay(day) },
    tooltipProps: {
      labelFormatter: (day: React.ReactNode) => (typeof day === "string" ? days.day(day) : day),
    },
    accessibilityLayer: false,
  };
  return (
    <figure style={{ margin: 0 }} aria-label={props.title}>
      {asTable ? (
        <DataTable caption={props.title} columns={columns} rows={points} id={(point) => point.day} />
      ) : (
        <div aria-hidden>
          {props.kind === "bar" ? (
            <BarChart {...shared} type="stacked" maxBarWidth={36} barProps={{ isAnimationActive: false }} />
          ) : (
            <AreaChart
              {...shared}
              curveType="stepAfter"
              withDots={false}
              areaProps={{ isAnimationActive: false }}
            />
          )}
        </div>
      )}
      <Button variant="subtle" size="compact-xs" mt="xs" onClick={toggle}>
        {asTable ? t("common.asChart") : t("common.asTable")}
      </Button>
    </figure>
  );
}
