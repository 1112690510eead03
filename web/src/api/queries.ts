/** What is asked of the server, under which name it is kept, and what a change makes stale. */
import { type QueryKey, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { notifications } from "@mantine/notifications";
import i18next from "i18next";

import { get } from "./client";
import type { AutoTopUp } from "./limits";
import type { Notice } from "./notices";
import type { Account, Catalog, Explanation } from "./types";

/** The most notices of one answer. */
const NOTICES_PAGE = 1_000;

export const useAccount = () =>
  useQuery({ queryKey: ["account"], queryFn: () => get<Account>("/v1/account") });
export const useCatalog = () =>
  useQuery({ queryKey: ["catalog"], queryFn: () => get<Catalog>("/v1/catalog"), staleTime: 300_000 });

export const useAutoTopUp = () =>
  useQuery({ queryKey: ["account", "auto-top-up"], queryFn: () => get<AutoTopUp>("/v1/auto-top-up") });

export const useExplanation = (charge: string | null) =>
  useQuery({
    queryKey: ["explanation", charge],
    queryFn: () => get<Explanation>(`/v1/charges/${charge ?? ""}/explanation`),
    enabled: charge !== null,
    staleTime: Infinity,
  });

/** Anything under one path that has no hook of its own. */
export const useGet = <T>(path: string, key: QueryKey = [path], ask: () => Promise<T> = () => get<T>(path)) =>
  useQuery({ queryKey: key, queryFn: ask });

/** What an account was told, all of it, oldest first: asked for by the page, for the newest are on the last. */
export const useNotices = (base = "/v1") =>
  useQuery({
    queryKey: ["account", "notices", base],
    queryFn: async () => {
      const all: Notice[] = [];
      for (;;) {
        const after = all.at(-1)?.no ?? 0;
        const page = await get<Notice[]>(`${base}/notices?limit=${NOTICES_PAGE}&after=${after}`);
        all.push(...page);
        if (page.length < NOTICES_PAGE) return all;
      }
    },
  });

/** Says that something was done. */
export function tell(message: string): void {
  const closeButtonProps = { "aria-label": i18next.t("common.close") };
  notifications.show({ message, color: "ink", autoClose: 5_000, closeButtonProps });
}

/** What a change leaves as it was, and what is asked for anew by whoever looks: a quote for what was just bought is refused. */
const KEPT: unknown[] = ["session", "quote"];

/** A change: says that it was done, and has everything that may look different now asked for again. */
export function useChange<V, R>(change: (input: V) => Promise<R>, done?: string, then?: (result: R) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: (result) => {
      void client.invalidateQueries({ predicate: (query) => !KEPT.includes(query.queryKey[0]) });
      if (done !== undefined) tell(done);
      then?.(result);
    },
  });
}
