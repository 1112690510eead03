import { useTranslation } from "react-i18next";

import type { Notice, NoticeReason } from "../api/notices";
import { isPositive, useFormat } from "../format";
import { useWord } from "./names";

/** Why something is owed, a sentence for each reason that a notice of arrears carries. */
export function useNoticeReasons(currency: string): (notice: Pick<Notice, "figures">) => string[] {
  const { t } = useTranslation();
  const word = useWord();
  const format = useFormat();
  const cause = (of: NoticeReason) =>
    t("noticeWhy.cause", {
      reason: word("finding", of.reason),
      calls: t("common.calls", { count: of.calls }),
      api: of.api,
      region: of.region,
      amount: format.money(of.amount, currency),
    });
  return ({ figures: { reasons, corrected } }) => {
    const causes = Array.isArray(reasons) ? (reasons as NoticeReason[]).map(cause) : [];
    if (typeof corrected !== "string" && typeof corrected !== "number") return causes;
    if (!isPositive(corrected)) return causes;
    return [...causes, t("noticeWhy.corrected", { amount: format.money(corrected, currency) })];
  };
}
