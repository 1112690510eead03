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
    const { threshold, then, pace } = raw;
    if (kind === "package_low" && typeof threshold === "number") named.threshold = threshold;
    const after =
      typeof then === "string"
        ? text(`noticeThen.${then}`)
        : typeof pace === "string"
          ? text(`noticePace.${pace}`, named)
          : undefined;
    // Out of a release the debt was paid before: what restores it is that something is enabled again.
    const key = kind === "restored" && raw.from === "released" ? "restored_after_release" : kind;
    return format.text([text(`noticeText.${key}`, named), after]);
  };
}
