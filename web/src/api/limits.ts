/** What may be spent, what is planned, and what is paid by itself. */
import type { Amount, Instant } from "./types";

export interface Budget {
  name: string;
  amount: Amount;
  api: string | null;
  region: string | null;
  enterprise_project: string | null;
  percents: number[];
  forecast: boolean;
  spent: Amount;
  forecast_amount: Amount | null;
}

export interface Cap {
  api: string;
  monthly: Amount;
  spent: Amount;
  held: Amount;
  left: Amount;
}

export interface Caps {
  month: string;
  spent: Amount;
  caps: Cap[];
}

export interface Coupon {
  coupon: number;
  kind: string;
  amount: Amount | null;
  left: Amount | null;
  percent_off: number | null;
  apis: string[];
  regions: string[];
  state: "usable" | "not_yet_valid" | "used_up" | "expired";
  valid_from: Instant;
  valid_to: Instant;
}

export interface TopUpRule {
  below: Amount;
  amount: Amount;
  monthly_limit: Amount | null;
}

export interface AutoTopUp {
  provider: "none" | "sandbox" | "webhook";
  rule: TopUpRule | null;
}
