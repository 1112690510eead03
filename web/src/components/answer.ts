import { useTranslation } from "react-i18next";

import { useFormat } from "../format";
import { useText } from "./names";

/** What a server says of a message, and the name of the sentence for it. What stands in brackets is kept as it is. */
const KNOWN: [told: RegExp, sentence: string][] = [
  [/^the recipient is paused/, "paused"],
  [/^the recipient was paused for too long/, "pausedTooLong"],
  [/^outdated:/, "outdated"],
  [/^the recipient (?:was removed|is gone|is not in the configuration)/, "removed"],
  [/^(?:there is no secret|its secret cannot be opened)/, "noSecret"],
  [/^this (?:server|process) sends no/, "noWay"],
  [/^(?:not bound: |the SMPP session has ended|the session was lost)/, "noGateway"],
  [/^(?:it took too long|the gateway did not take it in time)|timed? ?out/i, "slow"],
  [/not a public one/, "inside"],
  [/cannot be resolved|dns error|failed to lookup/i, "noHost"],
  [/connection refused/i, "refused"],
  [/connection (?:reset|closed)|closed before|unexpected eof|broken pipe/i, "cut"],
  [/certificate|handshake|\btls\b/i, "tls"],
  [/^accepted as (\S+)/, "acceptedAs"],
  [/^(2\d\d)\b/, "accepted"],
  [/^(?:(?:permanent|transient) error \()?(\d{3})\)?:? *(.*)$/s, "answered"],
  [/^(?:permanent|transient) error/, "notTaken"],
];

/** The other side's answer to a message as a sentence, where it is known; else in the other side's words. */
export function useAnswerText(): (detail: string) => string {
  const { t, i18n } = useTranslation();
  const text = useText();
  const format = useFormat();
  return (detail) => {
    for (const [told, sentence] of KNOWN) {
      const found = told.exec(detail);
      if (found === null) continue;
      const [, code = "", words = ""] = found;
      const said = text(`answer.${sentence}`, { code });
      return format.text([said, words === "" ? undefined : t("answer.words", { words })]);
    }
    return i18n.language.startsWith("en") ? detail : t("answer.words", { words: detail });
  };
}
