/** Why money was spent, and what happens by itself. */
import type { Notice } from "./notices";
import type { Amount, Instant, Lot, Standing } from "./types";

export interface FoundLot {
  lot: number;
  api: string;
  region: string;
  source: Lot["source"];
  granted: number;
  remaining: number;
  expired: number;
  given_back: number;
  effective_at: Instant;
  expires_at: Instant;
  ended_at: Instant | null;
  price: Amount;
  enterprise_project: string | null;
}

/** The cheapest way to cover the calls with packages on offer; or, if none is cheaper, what pays off soonest. */
export interface Suggestion {
  calls: number;
  count: number;
  price: Amount;
  cost: Amount;
  saved: Amount;
  pays_off_from_calls: number | null;
}

export interface Finding {
  reason: string;
  api: string;
  region: string;
  evidence: {
    calls: number;
    amount: Amount;
    unit_price: string | null;
    from: Instant;
    to: Instant;
    debt: Amount;
    lots: FoundLot[];
    /** Coupons that can be used and did not pay for these calls, because their hours had begun before. */
    late_coupons: { coupon: number; left: Amount; valid_from: Instant }[];
  };
  remedy: {
    top_up: Amount | null;
    lots: FoundLot[];
    saved_by_lots: Amount;
    left_here: number;
    package: Suggestion | null;
  };
}

/** What the operator took out of the balance, and what of the debt it would have paid. */
export interface Correction {
  reason: string;
  evidence: { at: Instant; amount: Amount; reason: string; debt: Amount };
  remedy: { top_up: Amount };
}

export interface Warning {
  kind: string;
  /** What is charged at a price meanwhile, if it is about that. */
  api: string | null;
  region: string | null;
  lots: FoundLot[];
}

export interface Diagnosis {
  currency: string;
  from: Instant;
  to: Instant;
  standing: Standing;
  debt: Amount;
  calls: number;
  amount: Amount;
  packages_bought: Amount;
  findings: Finding[];
  corrections: Correction[];
  warnings: Warning[];
}

export interface Step {
  at: Instant;
  kind: string;
  amount: Amount | null;
  cash: Amount;
  debt: Amount;
  standing: Standing;
  figures: Record<string, unknown>;
  notice: Pick<Notice, "kind" | "figures"> | null;
}

export interface Forecast {
  currency: string;
  from: Instant;
  until: Instant;
  if_no_payment: boolean;
  /** True if a payment is supposed to arrive that the provider was or will be asked for. */
  counts_on_payment: boolean;
  /** Requests that were told to have no answer: they are not counted on. */
  unanswered_top_ups: { no: number; amount: Amount; requested_at: Instant }[];
  steps: Step[];
  is_cut_short: boolean;
}
