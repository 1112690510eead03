import { useQuery } from "@tanstack/react-query";

import { get } from "../../api/client";
import type { Usage } from "../../api/usage";
import { addDays, dayOf } from "../../format";

export interface DayPoint {
  day: string;
  /** Calls that packages met. */
  lot: number;
  /** Calls charged at a price. */
  paid: number;
  amount: number;
}

/** One point for each day from the first to the last, both with, also for those on which nothing happened. */
export function useUsageDays(first: string, last: string) {
  return useQuery({
    queryKey: ["account", "usage", first, last],
    queryFn: async () => {
      const usage = await get<Usage>(`/v1/usage?from=${first}&to=${last}&by=day`);
      const days = new Map<string, DayPoint>();
      for (let day = first; day <= last; day = addDays(day, 1))
        days.set(day, { day, lot: 0, paid: 0, amount: 0 });
      for (const row of usage.rows) {
        const point = days.get(dayOf(row.from));
        if (point === undefined) continue;
        point[row.pocket === "lot" ? "lot" : "paid"] += row.units;
        point.amount += Number(row.amount);
      }
      return [...days.values()];
    },
  });
}
