import { useQueryClient } from "@tanstack/react-query";

import type { Session, SessionView } from "../api/types";

/** Who is signed in; the pages of a customer are shown to nobody else. */
export function useSession(): Session | null {
  const client = useQueryClient();
  return client.getQueryData<SessionView>(["session", "customer"])?.session ?? null;
}
