import type { Notice } from "../api/notices";
import { useFormat } from "../format";
import { useFigures } from "./figures";
import { useText } from "./names";

/** Which sentence a notice has, where its kind has more than one. */
function keyOf(kind: string, raw: Record<string, unknown>): string {
  // Out of a release the debt was paid before: what restores it is that something is enabled again.
  if (kind === "restored" && raw.from === "released") return "restored_after_release";
  if (kind === "bill_ready" && Number(raw.outstanding) > 0) return "bill_ready_owed";
  if (kind === "renewal_failed" && raw.obstacle === "not_on_offer") return "renewal_failed_not_on_offer";
  if (kind === "top_up_failed" && raw.failure !== "declined") return `top_up_failed_${String(raw.failure)}`;
  return kind;
}

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
      typeof raw.pay_per_use_until === "string"
        ? text("noticeThen.pay_per_use_until", named)
        : typeof then === "string"
          ? text(`${isUsedUp ? "noticeThen" : "noticeEnd"}.${then}`)
          : typeof pace === "string"
            ? text(`noticePace.${pace}`, named)
            : undefined;
    const key = keyOf(kind, raw);
    const next =
      raw.is_renewable === false || kind === "renewed" || typeof again !== "string"
        ? undefined
        : text("noticeEnd.again", named);
    const asked = typeof raw.retry_at === "string" ? text("noticeEnd.asked_again", named) : undefined;
    return format.text([text(`noticeText.${key}`, named), after, next, asked]);
  };
}
