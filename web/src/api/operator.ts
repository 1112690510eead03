/** What the operator sees of gateways, and of what operators did. */
import type { Instant } from "./types";

export interface Gateway {
  name: string;
  /** The APIs it may charge for; none means all. */
  apis: string[];
  created_at: Instant;
}

export interface GatewayWithToken extends Gateway {
  token: string;
}

export interface Action {
  number: number;
  at: Instant;
  /** What the operator showed: the token, or a session. */
  proof: string;
  /** Tells tokens and sessions apart. */
  proof_id: string;
  address: string | null;
  method: string;
  path: string;
  account: string | null;
  status: number;
  request_id: string;
  /** Where several nodes share the accounts: whose list it is from. */
  shard?: number;
}
