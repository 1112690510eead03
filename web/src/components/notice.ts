import type { Notice } from "../api/notices";
import { useFormat } from "../format";
import { useFigures } from "./figures";
import { useText } from "./names";

/** A notice as a sentence or two: its kind says which, its figures fill them. */
export function useNoticeText(currency: string): (notice: Pick<Notice, "kind" | "figures">) => string {
  const text = useText();
  const format = useFormat();
  const figures = useFigures(currency);
  return ({ kind, figures: raw }) => {
    const named = figures(raw);
    // A package's threshold is a number of calls; the other thresholds are money.
    const { threshold, then, pace, next_attempt_at: again } = raw;
    if (kind === "package_low" && typeof threshold === "number") named.threshold = threshold;
    // What comes after a package that is used up comes now; after one that ends, then.
    const isUsedUp = kind === "package_used_up";
    const after =
      typeof then === "string"
        ? text(`${isUsedUp ? "noticeThen" : "noticeEnd"}.${then}`)
        : typeof pace === "string"
          ? text(`noticePace.${pace}`, named)
          : undefined;
    // Out of a release the debt was paid before: what restores it is that something is enabled again.
    const isOwed = kind === "bill_ready" && Number(raw.outstanding) > 0;
    const key =
      kind === "restored" && raw.from === "released"
        ? "restored_after_release"
        : isOwed
          ? "bill_ready_owed"
          : kind;
    const next = typeof again === "string" ? text("noticeEnd.again", named) : undefined;
    return format.text([text(`noticeText.${key}`, named), after, next]);
  };
}
