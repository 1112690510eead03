/** Usage, costs and bills, as far as the console reads them. */
import type { Amount, Instant } from "./types";

export interface UsageRow {
  from: Instant;
  api: string;
  region: string;
  pocket: "lot" | "pay_per_use";
  calls: number;
  units: number;
  amount: Amount;
}

export interface Usage {
  from: string;
  to: string;
  rows: UsageRow[];
}

export interface Costs {
  currency: string;
  rows: { of: string | null; calls: number; usage: Amount; packages: Amount; amount: Amount }[];
  usage: Amount;
  packages: Amount;
  amount: Amount;
  unsettled: Amount;
  running_month: { month: string; usage: Amount; packages: Amount; forecast: Amount | null };
}

/** Only a final bill does not change any more. */
export type BillState = "running" | "over" | "final";

export interface BillMonth {
  month: string;
  state: BillState;
  currency: string;
  total: Amount;
  stated: Amount;
  paid: Amount;
  debt: Amount;
  outstanding: Amount;
}

export interface BillLine {
  kind: "pay_per_use" | "package" | "package_refund";
  /** Billing Center's code; of a package: 1 new, 2 a renewal, 8 an automatic renewal. */
  bill_type: number;
  hour?: Instant;
  at?: Instant;
  lot?: number;
  /** The package it renews. */
  renews?: number | null;
  api: string;
  region: string;
  enterprise_project: string | null;
  units: number;
  unit_price?: string | null;
  amount: Amount;
  outstanding?: Amount;
}

/** A correction of the balance by the operator; no part of the total. */
export interface BillAdjustment {
  transaction: number;
  at: Instant;
  amount: Amount;
  reason: string;
}

export interface Bill {
  month: string;
  state: BillState;
  /** When it was looked at. */
  as_of: Instant;
  from: Instant;
  to: Instant;
  currency: string;
  lines: BillLine[];
  adjustments: BillAdjustment[];
  usage_total: Amount;
  packages_total: Amount;
  total: Amount;
  stated: Amount;
  rounding: Amount;
  paid: Amount;
  debt: Amount;
  cash_amount?: Amount;
  coupon_amount?: Amount;
  debt_paid: Amount;
  outstanding?: Amount;
  unsettled_total: Amount;
}
