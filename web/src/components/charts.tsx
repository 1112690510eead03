/** Charts, each with its numbers as a table beside it for those who cannot see it. */
import { AreaChart, BarChart } from "@mantine/charts";
import { Button } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useTranslation } from "react-i18next";

import { type Column, DataTable } from "./DataTable";

export type Point = { day: string } & Record<string, number | string>;

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
  height?: number;
}

export function Chart(props: Props) {
  const { t } = useTranslation();
  const [asTable, { toggle }] = useDisclosure(false);
  const { points, series, format } = props;
  const columns: Column<Point>[] = [
    { label: t("common.day"), cell: (point) => point.day },
    ...series.map((one) => ({
      label: one.label,
      isNumber: true,
      cell: (point: Point) => format(Number(point[one.name] ?? 0)),
    })),
  ];
  const shared = {
    h: props.height ?? 220,
    data: points,
    dataKey: "day",
    series: series.map(({ name, label, color }) => ({ name, label, color })),
    valueFormatter: format,
    withLegend: series.length > 1,
    gridAxis: "y" as const,
    tickLine: "none" as const,
    yAxisProps: { width: 64 },
    xAxisProps: { minTickGap: 24 },
  };
  return (
    <figure style={{ margin: 0 }} aria-label={props.title}>
      {asTable ? (
        <DataTable caption={props.title} columns={columns} rows={points} id={(point) => point.day} />
      ) : (
        <div aria-hidden>
          {props.kind === "bar" ? (
            <BarChart
              {...shared}
              type="stacked"
              maxBarWidth={36}
              barProps={{ isAnimationActive: false, accessibilityLayer: false } as never}
              barChartProps={{ accessibilityLayer: false }}
            />
          ) : (
            <AreaChart
              {...shared}
              curveType="stepAfter"
              withDots={false}
              areaProps={{ isAnimationActive: false }}
              areaChartProps={{ accessibilityLayer: false }}
            />
          )}
        </div>
      )}
      <Button variant="subtle" size="compact-xs" mt="xs" onClick={toggle} aria-pressed={asTable}>
        {asTable ? t("common.asChart") : t("common.asTable")}
      </Button>
    </figure>
  );
}
