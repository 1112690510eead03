import type { OperatorSession, SessionView } from "./types";

/** A "no" of the server, with its reason in one word and what to do about it, where it has them. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly reason: string | undefined,
    readonly cure: string | undefined,
  ) {
    super(message);
    this.name = "ApiError";
  }

  /** True if this server has no such route. */
  get isAbsent(): boolean {
    return this.code === "APIG.0101" && this.reason === undefined;
  }

  get isSignedOut(): boolean {
    return this.status === 401 && this.reason !== "wrong_password" && this.reason !== "wrong_token";
  }
}

/** What a failure looks like; IAM puts its own into `error`, or has a message alone. */
interface ErrorBody {
  error?: { message?: string };
  message?: string;
  error_code?: string;
  error_msg?: string;
  reason?: string;
  cure?: string;
}

type Side = "customer" | "operator";

const csrf: Record<Side, string> = { customer: "", operator: "" };
const signedOut: Record<Side, () => void> = { customer: () => undefined, operator: () => undefined };

/** Who is told when a session turns out to be over. */
export function onSignedOut(side: Side, then: () => void): void {
  signedOut[side] = then;
}

/** Parses JSON without losing digits: a number that a double would change stays text. */
export function parseExact(text: string): unknown {
  type Reviver = (this: unknown, key: string, value: unknown, context?: { source?: string }) => unknown;
  const exact: Reviver = (_key, value, context) => {
    const source = context?.source;
    if (typeof value !== "number" || source === undefined) return value;
    return Number.isSafeInteger(value) || source.length <= 15 ? value : source;
  };
  return JSON.parse(text, exact);
}

/** IAM tells no reason in a word, but these can be told by status and field. */
function iamReason(path: string, status: number, message: string): string | undefined {
  if (!path.startsWith("/v3")) return undefined;
  if (status === 400 && message.includes("'password'")) return "password_not_allowed";
  const reasons: Record<number, string> = { 403: "no_permission", 404: "gone", 409: "group_taken" };
  return reasons[status];
}

/** Sends one request with the session's cookie; a change carries the token against forgery too. */
export async function send(method: string, path: string, body?: unknown, side?: Side): Promise<Response> {
  const of = side ?? (path.startsWith("/v1/admin") ? "operator" : "customer");
  const headers: Record<string, string> = {};
  if (body !== undefined) headers["content-type"] = "application/json";
  if (method !== "GET") headers["x-csrf-token"] = csrf[of];
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers,
      credentials: "same-origin",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch {
    throw new ApiError(0, "", "", "unreachable", undefined);
  }
  if (response.ok) return response;
  const told = (await response.json().catch(() => ({}))) as ErrorBody;
  const { error_code = "", reason, cure } = told;
  const message = told.error_msg ?? told.error?.message ?? told.message ?? response.statusText;
  const { status } = response;
  const failure = new ApiError(status, error_code, message, reason ?? iamReason(path, status, message), cure);
  if (failure.isSignedOut && !path.endsWith("/session")) signedOut[of]();
  throw failure;
}

async function json<T>(method: string, path: string, body?: unknown): Promise<T> {
  const text = await (await send(method, path, body)).text();
  return (text === "" ? undefined : parseExact(text)) as T;
}

export const get = <T>(path: string): Promise<T> => json("GET", path);
export const post = <T>(path: string, body: unknown): Promise<T> => json("POST", path, body);
export const put = <T>(path: string, body: unknown): Promise<T> => json("PUT", path, body);
export const patch = <T>(path: string, body: unknown): Promise<T> => json("PATCH", path, body);
export const remove = <T>(path: string): Promise<T> => json("DELETE", path);

/** One JSON value per line. */
export async function lines<T>(path: string): Promise<T[]> {
  const text = await (await send("GET", path)).text();
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => parseExact(line) as T);
}

/** A key that makes a repeated order harmless. */
export const newKey = (): string => {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
};

export const session = {
  show: async (): Promise<SessionView> => {
    const view = await get<SessionView>("/v1/session");
    csrf.customer = view.session?.csrf_token ?? "";
    return view;
  },
  signIn: async (account: string, user: string, password: string, chosen?: string): Promise<SessionView> => {
    const body = { account, user, password, new_password: chosen };
    const view = await post<SessionView>("/v1/session", body);
    csrf.customer = view.session?.csrf_token ?? "";
    return view;
  },
  signUp: async (account: string, password: string): Promise<SessionView> => {
    const view = await post<SessionView>("/v1/sign-up", { account, password });
    csrf.customer = view.session?.csrf_token ?? "";
    return view;
  },
  signOut: async (): Promise<void> => {
    await remove("/v1/session");
    csrf.customer = "";
  },
};

export const operatorSession = {
  show: async (): Promise<OperatorSession | null> => {
    const { session: found } = await get<{ session: OperatorSession | null }>("/v1/admin/session");
    csrf.operator = found?.csrf_token ?? "";
    return found;
  },
  signIn: async (token: string): Promise<OperatorSession | null> => {
    const { session: found } = await post<{ session: OperatorSession | null }>("/v1/admin/session", {
      token,
    });
    csrf.operator = found?.csrf_token ?? "";
    return found;
  },
  signOut: async (): Promise<void> => {
    await remove("/v1/admin/session");
    csrf.operator = "";
  },
};
