import { Stack, Text } from "@mantine/core";

import type { Delivery } from "../api/notices";
import { useAnswerText } from "./answer";
import { Badge, type Tone } from "./basics";
import { useWord } from "./names";

const TONES: Record<string, Tone> = { sent: "good", failed: "watch", given_up: "bad" };

/** What became of a message, and what the other side said of one that did not arrive. */
export function Delivered({ delivery }: { delivery: Delivery }) {
  const word = useWord();
  const answer = useAnswerText();
  const { state, detail } = delivery;
  return (
    <Stack gap={2} align="flex-start">
      <Badge tone={TONES[state] ?? "plain"}>{word("delivery", state)}</Badge>
      {state !== "sent" && detail !== null && detail !== "" && (
        <Text size="sm" c="dimmed" className="wrap">
          {answer(detail)}
        </Text>
      )}
    </Stack>
  );
}
