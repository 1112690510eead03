import { useTranslation } from "react-i18next";

import type { Coupon } from "../../api/limits";
import { useGet } from "../../api/queries";
import type { Account } from "../../api/types";
import { InnerLink } from "../../components/basics";
import { useScope } from "../../components/coupons";
import { isPositive, useFormat } from "../../format";

/** What the available credit can be spent on, and what coupons pay besides, for each thing they are for. */
export function AvailableNote({ account }: { account: Account }) {
  const { t } = useTranslation();
  if (isPositive(account.coupons)) return <WithCoupons account={account} />;
  return Number(account.available) < 0 ? t("overview.availableNone") : t("overview.availableNote");
}

function WithCoupons({ account }: { account: Account }) {
  const { t } = useTranslation();
  const format = useFormat();
  const scope = useScope();
  const coupons = useGet<Coupon[]>("/v1/coupons", ["account", "coupons"]);
  const sums = new Map<string, number>();
  for (const one of coupons.data ?? []) {
    if (one.kind !== "cash" || one.state !== "usable") continue;
    sums.set(scope(one), (sums.get(scope(one)) ?? 0) + Number(one.left ?? 0));
  }
  const said = Array.from(sums, ([of, sum]) =>
    t("overview.couponsFor", { amount: format.money(sum, account.currency), scope: of }),
  );
  return (
    <>
      {t("overview.availableBeside")} {t("overview.couponsFirst")}
      {said.length > 0 && (
        <ul className="plain-list">
          {said.map((one) => (
            <li key={one}>{one}</li>
          ))}
        </ul>
      )}
      <InnerLink to="/top-up">{t("coupons.title")}</InnerLink>
    </>
  );
}
