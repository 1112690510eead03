/** How fast quota is used. */
import type { Lot } from "../../api/types";

const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** Calls a millisecond over the life of a package; `null` if nothing can be said of it yet. */
export function paceOf(lot: Lot, now: number): number | null {
  const since = now - new Date(lot.effective_at).getTime();
  if (lot.state !== "in_effect" || lot.drawn === 0 || since < HOUR_MS) return null;
  return lot.drawn / since;
}
