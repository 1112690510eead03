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

interface ErrorBody {
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
  const { error_code = "", error_msg = response.statusText, reason, cure } = told;
  const failure = new ApiError(response.status, error_code, error_msg, reason, cure);
  if (failure.isSignedOut && !path.endsWith("/session")) signedOut[of]();
  throw failure;
}

async function json<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await send(method, path, body);
  return parseExact(await response.text()) as T;
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
  signIn: async (account: string, user: string, password: string): Promise<SessionView> => {
    const view = await post<SessionView>("/v1/session", { account, user, password });
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
