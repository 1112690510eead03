import { Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { Delivery } from "../api/notices";
import { useFormat } from "../format";
import { useAnswerText } from "./answer";
import { Badge, type Tone } from "./basics";
import { useWord } from "./names";

const TONES: Record<string, Tone> = { sent: "good", failed: "watch", given_up: "bad" };

/** What became of a message, and what the other side said of one that did not arrive. */
export function Delivered({ delivery }: { delivery: Delivery }) {
  const word = useWord();
  const answer = useAnswerText();
  const { t } = useTranslation();
  const format = useFormat();
  const { state, detail, held_until: until } = delivery;
  const isHeld = state === "held" && until !== null;
  const told = detail !== null && detail !== "" ? answer(detail) : undefined;
  // Nothing is said of what is held for quiet hours; whoever is paused may be resumed before it is given up.
  const why = isHeld && told === undefined ? t("answer.quietUntil", { at: format.instant(until) }) : told;
  return (
    <Stack gap={2} align="flex-start">
      <Badge tone={TONES[state] ?? "plain"}>{word("delivery", state)}</Badge>
      {state !== "sent" && why !== undefined && (
        <Text size="sm" c="dimmed" className="wrap">
          {why}
        </Text>
      )}
    </Stack>
  );
}
