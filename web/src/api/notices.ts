/** What an account is told, when, and by which way. */
import type { Amount, Instant } from "./types";

export interface Alerts {
  balance: { threshold: Amount | null };
  time_to_empty: { hours: number | null };
  packages: { percent: number | null; calls: number | null };
  expiry_days: number;
}

/** Why something is owed, as a notice of arrears carries it. */
export interface NoticeReason {
  reason: string;
  api: string;
  region: string;
  calls: number;
  amount: Amount;
  debt: Amount;
}

export interface Notice {
  no: number;
  at: Instant;
  kind: string;
  category: string;
  urgent: boolean;
  figures: Record<string, unknown>;
}

export type Channel = "email" | "sms" | "webhook";

/** When nothing is sent that is not urgent, as "22:00", in the account's zone. */
export interface QuietHours {
  from: string;
  to: string;
}

export interface Recipient {
  id: string;
  channel: Channel;
  address: string;
  language: "en" | "zh";
  categories: string[];
  quiet_hours: QuietHours | null;
  daily_cap: number | null;
  enabled: boolean;
  /** Whether it said that it wants the notices; until then it gets none. */
  confirmed: boolean;
  secret?: string;
}

export interface Delivery {
  number: number;
  key: string;
  account_id: string | null;
  /** The account's name; none if it is the operator's own. */
  account: string | null;
  /** The number of the notice, if it is about one. */
  notice: number | null;
  kind: string;
  channel: Channel;
  address: string;
  at: Instant;
  state: string;
  /** Until when it is held back, if it is: for quiet hours, or as long as it matters to a recipient that is paused. */
  held_until: Instant | null;
  attempts: number;
  next_attempt_at: Instant | null;
  done_at: Instant | null;
  detail: string | null;
}

export interface Outbox {
  counts: Record<string, number>;
  deliveries: Delivery[];
}
