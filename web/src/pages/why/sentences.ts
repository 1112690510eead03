/** A finding in sentences: what it rests on, and what to do about it. Every figure is the server's. */
import { useTranslation } from "react-i18next";

import type { Diagnosis, Finding, FoundLot } from "../../api/foresight";
import type { Account } from "../../api/types";
import { useProjectName } from "../../components/projects";
import { isPositive, useFormat } from "../../format";

/** The reasons for which a package that is there meets no call, but would if the calls were other ones. */
const MISMATCHES = ["package_in_other_region", "free_trial_in_other_region"];

/** Whether what a finding is about is switched on and charged call by call: only then it can be switched off. */
export const isEnabled = (account: Account, { api, region }: Pick<Finding, "api" | "region">): boolean =>
  account.subscriptions.some((one) => one.api === api && one.region === region && one.mode === "pay_per_use");

/** The figures a finding rests on, a sentence each: the calls, the packages, the debt. */
export function useEvidence(diagnosis: Diagnosis): (finding: Finding) => string[] {
  const { t } = useTranslation();
  const format = useFormat();
  const money = (value: string | number) => format.money(value, diagnosis.currency);
  const calls = (count: number) => t("common.calls", { count });
  const projectName = useProjectName();
  const name = (lot: FoundLot) => {
    const figures = { source: t(`source.${lot.source}`), api: lot.api, region: lot.region };
    const project = projectName(lot.enterprise_project);
    return project === null ? t("evidence.name", figures) : t("evidence.nameFor", { ...figures, project });
  };
  const lot = (of: FoundLot) => {
    const figures = { name: name(of), granted: calls(of.granted) };
    const cost = isPositive(of.price) ? t("evidence.cost", { price: money(of.price) }) : undefined;
    if (of.ended_at !== null) {
      const at = format.instant(of.ended_at);
      if (of.given_back > 0) {
        return format.text([t("evidence.givenBack", { ...figures, at, left: calls(of.given_back) }), cost]);
      }
      if (of.expired === 0) return format.text([t("evidence.usedUp", { ...figures, at }), cost]);
      return format.text([t("evidence.expired", { ...figures, at, left: calls(of.expired) }), cost]);
    }
    const left = calls(of.remaining);
    const until = format.instant(of.expires_at);
    if (new Date(of.effective_at) > new Date(diagnosis.to)) {
      return format.text([
        t("evidence.begins", { ...figures, from: format.instant(of.effective_at), until }),
        cost,
      ]);
    }
    return format.text([t("evidence.left", { ...figures, left, until }), cost]);
  };
  return ({ api, region, evidence }) => {
    const { debt, unit_price } = evidence;
    const [from, to] = [format.instant(evidence.from), format.instant(evidence.to)];
    const figures = {
      calls: calls(evidence.calls),
      api,
      region,
      amount: money(evidence.amount),
      period: from === to ? t("evidence.periodAt", { at: from }) : t("evidence.period", { from, to }),
    };
    const charged =
      unit_price === null
        ? t("evidence.charged", figures)
        : t("evidence.chargedEach", { ...figures, price: format.unitPrice(unit_price, diagnosis.currency) });
    const late = evidence.late_coupons.map(({ coupon, left, valid_from }) =>
      t("evidence.lateCoupon", { coupon, left: money(left), from: format.instant(valid_from) }),
    );
    const said = [charged, ...evidence.lots.map(lot), ...late];
    if (!isPositive(diagnosis.debt)) return said;
    const all = money(diagnosis.debt);
    if (!isPositive(debt)) return [...said, t("evidence.debtNone")];
    if (Number(debt) === Number(diagnosis.debt)) return [...said, t("evidence.debtAll", { all })];
    return [...said, t("evidence.debtPart", { all, part: money(debt) })];
  };
}

/** What to do about a finding, a sentence each. */
export function useCure(diagnosis: Diagnosis, account: Account): (finding: Finding) => string[] {
  const { t } = useTranslation();
  const format = useFormat();
  const money = (value: string | number) => format.money(value, diagnosis.currency);
  const calls = (count: number) => t("common.calls", { count });
  const projectName = useProjectName();
  const isLater = (at: string) => new Date(at) > new Date(diagnosis.to);

  const fromLots = ({ reason, remedy }: Finding): string[] => {
    const [first] = remedy.lots;
    if (first === undefined) return [];
    const left = calls(remedy.lots.reduce((sum, lot) => sum + lot.remaining, 0));
    const saved = isPositive(remedy.saved_by_lots)
      ? [t("cureBy.saved", { saved: money(remedy.saved_by_lots) })]
      : [];
    if (reason === "package_for_other_project") {
      const projects = remedy.lots.flatMap((lot) => projectName(lot.enterprise_project) ?? []);
      return [t("cureBy.project", { projects: format.list([...new Set(projects)]), left }), ...saved];
    }
    if (reason === "package_not_yet_effective") {
      const at = format.instant(first.effective_at);
      return [isLater(first.effective_at) ? t("cureBy.wait", { at }) : t("cureBy.since", { at })];
    }
    const regions = format.list([...new Set(remedy.lots.map((lot) => lot.region))], "disjunction");
    return [t("cureBy.region", { regions, left }), ...(MISMATCHES.includes(reason) ? saved : [])];
  };

  const purchase = ({ api, region, evidence, remedy }: Finding): string => {
    const way = remedy.package;
    if (way === null) return t("cureBy.noOffer", { api });
    const figures = { size: calls(way.calls), api, region, price: money(way.price) };
    if (isPositive(way.saved)) {
      const count = format.count(way.count);
      const [cost, amount, saved] = [money(way.cost), money(evidence.amount), money(way.saved)];
      return t("cureBy.buy", { ...figures, number: count, cost, amount, saved });
    }
    const from = way.pays_off_from_calls;
    return from === null
      ? t("cureBy.neverPays", { api })
      : t("cureBy.paysFrom", { ...figures, from: calls(from) });
  };

  return (finding) => {
    const { api, region, evidence, remedy } = finding;
    const here = calls(remedy.left_here);
    return [
      ...(remedy.top_up !== null && isPositive(evidence.debt)
        ? [t("cureBy.topUp", { debt: money(remedy.top_up) })]
        : []),
      ...(account.standing === "released" &&
      !account.subscriptions.some((one) => one.api === api && one.region === region)
        ? [t("cureBy.again", { api, region })]
        : []),
      ...[format.text(fromLots(finding))].filter((text) => text !== ""),
      ...(remedy.left_here === 0
        ? [purchase(finding)]
        : finding.reason === "package_not_yet_effective"
          ? []
          : [t("cureBy.here", { left: here })]),
      ...(isEnabled(account, finding) ? [t("cureBy.off", { api, region })] : []),
    ];
  };
}
