import { Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { Forecast } from "../../api/foresight";
import { useGet, useNotices } from "../../api/queries";
import type { Account, Instant } from "../../api/types";
import { InnerLink, Section, StandingBadge } from "../../components/basics";
import { useWord } from "../../components/names";
import { useFormat } from "../../format";
import { useStepName, useSupposed } from "../ahead/sentences";

const STANDING_NOTICES = new Set(["arrears_entered", "grace_entered", "frozen", "released", "restored"]);

interface Entry {
  at: Instant;
  text: string;
  when: "past" | "now" | "future";
  tone?: "bad" | "watch";
}

/** What was, what is, and what comes by itself. */
export function StandingTimeline({ account }: { account: Account }) {
  const { t } = useTranslation();
  const word = useWord();
  const format = useFormat();
  const name = useStepName();
  const suppose = useSupposed();
  const notices = useNotices();
  const forecast = useGet<Forecast>("/v1/forecast", ["account", "forecast", "default"]);
  const past: Entry[] = (notices.data ?? [])
    .filter((notice) => STANDING_NOTICES.has(notice.kind))
    .slice(-4)
    .map((notice) => ({ at: notice.at, text: word("notice", notice.kind), when: "past" }));
  const coming: Entry[] = (forecast.data?.steps ?? [])
    .filter((step) => step.kind !== "noticed" && step.kind !== "hour_settled")
    .slice(0, 4)
    .map((step) => ({
      at: step.at,
      text: name(step),
      when: "future",
      ...(step.kind === "standing_changed" && step.standing !== "good"
        ? { tone: step.standing === "grace" ? ("watch" as const) : ("bad" as const) }
        : {}),
    }));
  const now: Entry = { at: account.now, text: t("overview.now"), when: "now" };
  const opened: Entry = { at: account.opened_at, text: t("overview.opened"), when: "past" };
  const supposed = forecast.data === undefined ? "" : suppose(forecast.data);
  const entries = [...(past.length === 0 ? [opened] : past), now, ...coming];
  return (
    <Section
      title={t("overview.timeline")}
      lead={t("overview.since", { at: format.instant(account.standing_since), tier: account.tier })}
      actions={<StandingBadge standing={account.standing} />}
    >
      <ol className="timeline">
        {entries.map((entry) => (
          <li key={`${entry.at} ${entry.text}`} data-when={entry.when} data-tone={entry.tone}>
            <Text fw={entry.when === "now" ? 600 : 400}>{entry.text}</Text>
            <Text size="sm" c="dimmed">
              {format.instant(entry.at)}
              {entry.when === "future" && ` · ${format.away(entry.at, account.now)}`}
            </Text>
          </li>
        ))}
      </ol>
      {supposed !== "" && (
        <Text size="sm" c="dimmed" mt="sm">
          {supposed}
        </Text>
      )}
      <Group mt="md" gap="lg">
        <InnerLink to="/ahead">{t("overview.moreAhead")}</InnerLink>
        <InnerLink to="/why">{t("overview.moreWhy")}</InnerLink>
      </Group>
    </Section>
  );
}
