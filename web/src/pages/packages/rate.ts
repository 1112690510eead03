/** How fast quota is used. */
import type { Lot } from "../../api/types";

export const DAY_MS = 86_400_000;

/** True while a package is used, but not yet for a whole day: some hours say nothing of a month. */
export function isTooEarly(lot: Lot, now: number): boolean {
  return lot.state === "in_effect" && lot.drawn > 0 && now - new Date(lot.effective_at).getTime() < DAY_MS;
}

/** Calls a millisecond over the life of a package; `null` if nothing can be said of it yet. */
export function paceOf(lot: Lot, now: number): number | null {
  if (lot.state !== "in_effect" || lot.drawn === 0 || isTooEarly(lot, now)) return null;
  return lot.drawn / (now - new Date(lot.effective_at).getTime());
}
