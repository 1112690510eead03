/** Shapes of what other parts of the service answer: notices, protection, foresight, delivery, bills. */
import type { Amount, Instant, Standing } from "./types";

export interface Alerts {
  balance: { threshold: Amount | null };
  time_to_empty: { hours: number | null };
  packages: { percent: number | null; calls: number | null };
  expiry_days: number;
}

export interface Notice {
  no: number;
  at: Instant;
  kind: string;
  category: string;
  urgent: boolean;
  figures: Record<string, unknown>;
}

export interface Budget {
  name: string;
  amount: Amount;
  api: string | null;
  region: string | null;
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
  state: string;
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

export interface FoundLot {
  lot: number;
  api: string;
  region: string;
  source: string;
  granted: number;
  remaining: number;
  expired: number;
  expires_at: Instant;
  enterprise_project: string | null;
}

export interface Finding {
  reason: string;
  headline: string;
  api: string;
  region: string;
  evidence: {
    sentences: string[];
    calls: number;
    amount: Amount;
    unit_price: string | null;
    from: Instant;
    to: Instant;
    debt: Amount;
    lots: FoundLot[];
  };
  cure: string;
  steps: string[];
  remedy: {
    top_up: Amount | null;
    left_here: number;
    package: { calls: number; count: number; price: Amount; cost: Amount; saved: Amount } | null;
  };
}

export interface Diagnosis {
  currency: string;
  from: Instant;
  to: Instant;
  standing: Standing;
  summary: string;
  debt: Amount;
  calls: number;
  amount: Amount;
  packages_bought: Amount;
  findings: Finding[];
  warnings: { kind: string; text: string; lots: FoundLot[] }[];
}

export interface Step {
  at: Instant;
  kind: string;
  text: string;
  amount: Amount | null;
  cash: Amount;
  debt: Amount;
  standing: Standing;
}

export interface Forecast {
  currency: string;
  from: Instant;
  until: Instant;
  steps: Step[];
  is_cut_short: boolean;
}

export interface Recipient {
  id: string;
  kind: "email" | "sms" | "webhook";
  address: string;
  language: string;
  categories: string[];
  quiet_hours: { from: string; to: string } | null;
  daily_cap: number | null;
  enabled: boolean;
  secret?: string;
}

export interface Delivery {
  number: number;
  account_id: string | null;
  kind: string;
  channel: string;
  address: string;
  at: Instant;
  state: string;
  attempts: number;
  next_attempt_at: Instant | null;
  done_at: Instant | null;
  detail: string | null;
}

export interface Outbox {
  counts: Record<string, number>;
  deliveries: Delivery[];
}
