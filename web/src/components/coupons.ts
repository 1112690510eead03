import { useTranslation } from "react-i18next";

import type { Coupon } from "../api/limits";

/** What a coupon is for, in words: for anything, or for some APIs, regions or both. */
export function useScope(): (of: Pick<Coupon, "apis" | "regions">) => string {
  const { t } = useTranslation();
  return ({ apis, regions }) => {
    if (apis.length === 0 && regions.length === 0) return t("coupons.all");
    const api = apis.length === 0 ? t("common.allApis") : apis.join(", ");
    const region = regions.length === 0 ? t("coupons.allRegions") : regions.join(", ");
    return `${api} · ${region}`;
  };
}
