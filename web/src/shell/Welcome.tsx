import { CloseButton, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { session } from "../api/client";
import type { SessionView } from "../api/types";
import { Note } from "../components/basics";
import { useFormat } from "../format";

const KEY = ["session", "customer"];

/** What the account's rules have shown after signing in, until it is put away. */
export function Welcome() {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const welcome =
    useQuery({ queryKey: KEY, queryFn: session.show, staleTime: Infinity }).data?.welcome ?? null;
  if (welcome === null) return null;
  const { message, shows_last_sign_in: shows, last_sign_in_at: at } = welcome;
  const last = at === null ? t("welcome.first") : t("welcome.last", { at: format.instant(at) });
  const putAway = () => client.setQueryData<SessionView>(KEY, (view) => view && { ...view, welcome: null });
  return (
    <Note
      tone="accent"
      title={message ?? t("welcome.title")}
      action={<CloseButton onClick={putAway} aria-label={t("welcome.putAway")} />}
    >
      {shows && <Text size="sm">{last}</Text>}
    </Note>
  );
}
