/** A step of the forecast in sentences. */
import { useTranslation } from "react-i18next";

import type { Forecast, Step } from "../../api/foresight";
import type { Amount } from "../../api/types";
import { useFigures } from "../../components/figures";
import { useText, useWord } from "../../components/names";
import { useNoticeText } from "../../components/notice";
import { isPositive, useFormat } from "../../format";

/** What a forecast takes for granted about payments; empty where none matters. */
export function useSupposed(): (forecast: Forecast) => string {
  const { t } = useTranslation();
  const format = useFormat();
  return (forecast) =>
    forecast.if_no_payment
      ? ""
      : format.text([
          forecast.counts_on_payment ? t("ahead.countsOnPayment") : undefined,
          ...forecast.unanswered_top_ups.map(({ amount, requested_at }) =>
            t("ahead.unanswered", {
              amount: format.money(amount, forecast.currency),
              at: format.instant(requested_at),
            }),
          ),
        ]);
}

/** How a change of standing is called: where no grace applies, arrears begin without any. */
function standingKey({ at, standing, figures }: Step) {
  const isGraceless = standing === "grace" && Date.parse(String(figures.until)) <= Date.parse(at);
  return isGraceless ? "arrears" : standing;
}

/** The name of a step, as it stands in a short list. */
export function useStepName(): (step: Step) => string {
  const { t } = useTranslation();
  const text = useText();
  const word = useWord();
  const format = useFormat();
  return (step) => {
    const { kind, at, figures } = step;
    if (kind === "standing_changed") return t(`ahead.becomes.${standingKey(step)}`);
    if (kind === "subscribed" && figures.mode === "package_only") {
      return t("stepText.payPerUseEnds", { api: String(figures.api), region: String(figures.region) });
    }
    const begins = kind === "lot_granted" ? String(figures.effective_at) : "";
    if (begins !== "" && new Date(begins) > new Date(at)) {
      return t("ahead.boughtAhead", { at: format.instant(begins) });
    }
    return text(`step.${kind}`) ?? word("event", kind);
  };
}

export function useStepText(currency: string): (step: Step) => string {
  const { t } = useTranslation();
  const word = useWord();
  const text = useText();
  const format = useFormat();
  const figures = useFigures(currency);
  const notice = useNoticeText(currency);
  const isThere = (amount: unknown) =>
    amount !== undefined && amount !== null && isPositive(amount as Amount);
  const isThereAt = (instant: unknown) => typeof instant === "string";
  return (step) => {
    const { kind, figures: raw } = step;
    if (step.notice !== null) return `${word("notice", step.notice.kind)}: ${notice(step.notice)}`;
    const named = {
      ...figures({ debt: step.debt, ...raw }),
      ...(step.amount === null ? {} : { amount: format.money(step.amount, currency) }),
      name: typeof raw.api === "string" ? t("stepText.name", packageFigures(raw)) : t("pocket.lot"),
    };
    const said = (key: string) => text(`stepText.${key}`, named);
    const sentences = {
      hour_settled: () => [
        said("hour"),
        isThere(raw.coupons) ? said("hourCoupons") : undefined,
        isThere(raw.paid) ? said("hourPaid") : undefined,
        isThere(raw.debt) ? said("hourOwed") : undefined,
      ],
      standing_changed: () => [said(standingKey(step))],
      subscribed: () => [raw.mode === "package_only" ? said("payPerUseEnds") : undefined],
      lot_expired: () => [said("lotExpired"), isThere(raw.left) ? said("lotLost") : undefined],
      lot_granted: () => [isThere(step.amount) ? said("lotBought") : said("lotGiven")],
      coupon_expired: () => [said("couponExpired"), isThere(step.amount) ? said("couponLost") : undefined],
      renewal_set: () => [isThereAt(raw.next_attempt_at) ? said("renewalSet") : said("renewalEnds")],
      alert_rearmed: () => [said(`rearmed_${String(raw.alert)}`)],
      top_up_resolved: () => [raw.is_paid === true ? said("topUpPaid") : said("topUpDeclined")],
    };
    const parts =
      kind in sentences ? sentences[kind as keyof typeof sentences]() : [text(`stepText.${kind}`, named)];
    const whole = format.text(parts);
    return whole === "" ? (text(`step.${kind}`) ?? word("event", kind)) : whole;
  };

  function packageFigures(raw: Record<string, unknown>) {
    const { api, region } = raw as { api: string; region: string };
    return {
      source: word("source", String(raw.source)),
      granted: t("common.calls", { count: Number(raw.granted) }),
      api,
      region,
    };
  }
}
