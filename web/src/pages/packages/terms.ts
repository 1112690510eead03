import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { post } from "../../api/client";
import type { Quote } from "../../api/types";

/** What is to be ordered: a package of the catalog, or another period of one that is there. */
export type Wanted = { api: string; region: string; calls: number } | { renews: number };

/** What an order would cost, as the server works it out, and whether coupons are to be used for it. */
export function useTerms(wanted: Wanted | null) {
  const [withCoupons, setWithCoupons] = useState(true);
  const asked = { ...wanted, coupons: withCoupons ? "automatic" : "none" };
  const quoted = useQuery({
    queryKey: ["quote", asked],
    queryFn: () => post<Quote>("/v1/quotes", asked),
    enabled: wanted !== null,
    placeholderData: keepPreviousData,
    // The price on the button must be that of now.
    staleTime: 0,
    retry: false,
  });
  const isCurrent = quoted.data !== undefined && !quoted.isPlaceholderData && !quoted.isFetching;
  const quote = quoted.data;
  return {
    quote,
    error: quoted.error,
    /** True while what is shown is of another choice. */
    isLoading: wanted !== null && quoted.error === null && !isCurrent,
    withCoupons,
    setWithCoupons,
    /** The coupons that were quoted, and no others: what is paid is what was said. */
    coupons: { discount: quote?.discount?.coupon ?? null, cash: quote?.cash_coupon?.coupon ?? null },
  };
}

export type Terms = ReturnType<typeof useTerms>;
