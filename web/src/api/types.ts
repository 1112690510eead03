/** What the API answers, as far as the console reads it; docs/openapi.json is the whole. */

/** An exact decimal: text where a binary fraction would lose digits. */
export type Amount = string | number;
/** RFC 3339, in the account's zone. */
export type Instant = string;
export type Standing = "good" | "grace" | "frozen" | "released";
export type Mode = "pay_per_use" | "package_only";
export type Tier = "V0" | "V1" | "V2" | "V3" | "V4" | "V5";

export interface Session {
  account: string;
  account_id: string;
  user: string;
  user_id: string;
  /** Whether the user may do everything; who may not has some of the pages. */
  administrator: boolean;
  projects: Record<string, string>;
  csrf_token: string;
  expires_at: Instant;
  idle_minutes: number;
}

/** What the account's rules for signing in have shown to whoever does. */
export interface Welcome {
  message: string | null;
  shows_last_sign_in: boolean;
  last_sign_in_at: Instant | null;
}

export interface SessionView {
  session: Session | null;
  sign_up?: boolean;
  /** Only in the answer to signing in. */
  welcome?: Welcome | null;
}

export interface OperatorSession {
  csrf_token: string;
  expires_at: Instant;
  idle_minutes: number;
}

export interface Lot {
  lot: number;
  api: string;
  region: string;
  source: "free" | "promotion" | "package";
  granted: number;
  remaining: number;
  drawn: number;
  held: number;
  expired: number;
  given_back: number;
  state: "in_effect" | "used_up" | "expired" | "not_yet_effective" | "unsubscribed";
  created_at: Instant;
  effective_at: Instant;
  expires_at: Instant;
  enterprise_project: string | null;
  price: Amount;
  renewal?: Renewal | null;
}

export interface Renewal {
  mode: "manual" | "auto" | "pay_per_use" | "none";
  days_before?: number | null;
  times?: number | null;
  next_attempt_at?: Instant | null;
  renewed_by?: number | null;
  /** With which package pay-per-use ends, and when, if it does. */
  pay_per_use_ends_with?: number | null;
  pay_per_use_ends_at?: Instant | null;
  /** Another package that is left when this one ends. */
  outlived_by?: number | null;
}

/** A cap that refuses every further call at a price. */
export interface ReachedCap {
  api: string;
  apis: string[];
  monthly: Amount;
  spent: Amount;
  renews_at: Instant;
}

/** What an order would cost now. */
export interface Quote {
  list_price: Amount;
  discount: QuotedCoupon | null;
  cash_coupon: QuotedCoupon | null;
  to_pay: Amount;
  missing: Amount;
  effective_at: Instant;
  expires_at: Instant;
  /** What giving it back at once would bring. */
  refund: Amount | null;
}

export interface QuotedCoupon {
  coupon: number;
  amount: Amount;
  percent_off: number | null;
}

export interface Subscription {
  api: string;
  region: string;
  mode: Mode;
  since: Instant;
}

export interface Account {
  account_id: string;
  name: string;
  tier: Tier;
  policy: string;
  currency: string;
  now: Instant;
  opened_at: Instant;
  standing: Standing;
  standing_since: Instant;
  grace_until: Instant | null;
  release_at: Instant | null;
  cash: Amount;
  available: Amount;
  coupons: Amount;
  /** What the balance alert goes by. */
  balance_for_alerts: Amount;
  debt: Amount;
  unsettled: Amount;
  held: Amount;
  calls_under_way: number;
  charges: number;
  lots: Lot[];
  subscriptions: Subscription[];
  reached_caps: ReachedCap[];
}

export interface PriceTier {
  from_units: number;
  unit_price: string;
}

export interface PriceVersion {
  version: number;
  effective_from: Instant;
  in_force: boolean;
  tiers: PriceTier[];
}

export interface Offer {
  api: string;
  calls: number;
  price: Amount;
  validity_months: number;
}

export interface Catalog {
  currency: string;
  regions: string[];
  apis: { api: string; prices: PriceVersion[] }[];
  packages: Offer[];
}

export interface Policy {
  policy: string;
  terms: { tier: Tier; grace_days: number; retention_days: number }[];
  settlement_delay_minutes: number;
  draw_order: "effective_first" | "expires_first";
  hold_s: number;
  key_days: number;
}

/** A package and when it is on sale; `on_sale_until` is the first instant at which it is not. */
export interface Listing extends Offer {
  on_sale: boolean;
  on_sale_from: Instant | null;
  on_sale_until: Instant | null;
}

export interface AdminCatalog extends Catalog {
  packages: Listing[];
  policies: Policy[];
  defaults: { tier: Tier; policy: string };
}

export interface Charge {
  charge_id: string;
  at: Instant;
  api: string;
  region: string;
  enterprise_project: string | null;
  pocket: "lot" | "pay_per_use";
  units: number;
  amount: Amount;
  lots: { lot: number; units: number }[];
  priced: { units: number; price_version: number; tier: number; amount: Amount }[];
  number: number;
}

export interface Explanation {
  charge: Charge;
  why: string;
  lots_looked_at: {
    lot: number;
    api: string;
    region: string;
    source: string;
    left_before: number;
    expires_at: Instant;
    verdict: string;
    why: string;
  }[];
  unit_price: string | null;
  amount: Amount;
}

export interface AccessKeys {
  /** Whose they are. */
  user: string;
  limit: number;
  keys: { access_key: string; enabled: boolean; created_at: Instant | null }[];
}

export interface AccountRow {
  account_id: string;
  name: string;
  standing: Standing;
  charges: number;
  opened_at: Instant;
}

export interface CreatedAccount {
  account_id: string;
  name: string;
  user: string;
  password: string;
  access_key: string;
  secret_key: string;
  projects: Record<string, string>;
}

export interface Clock {
  mode: "system" | "manual";
  now: Instant;
  books: Instant | null;
  next_due: Instant | null;
  next_due_in_ms: number | null;
}

export interface WordsBlock {
  words: string;
  location: [number, number][];
  confidence: number;
}

export interface GeneralText {
  result: { direction: number; words_block_count: number; words_block_list: WordsBlock[] };
}

/** One thing that was done to an account, or that became of it. */
export interface HistoryRow {
  number: number;
  at: Instant;
  kind: string;
  api: string | null;
  region: string | null;
  amount: Amount | null;
  /** The number of the coupon it is about. */
  coupon: number | null;
  reason: string | null;
  to: string | null;
}
