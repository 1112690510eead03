import { useTranslation } from "react-i18next";

import { ApiError } from "../api/client";
import { useText } from "./names";

/** What a server says of a setting or a field, and the name of the sentence for it. */
const SAID: [told: RegExp, sentence: string][] = [
  [/^there is no account "(?<name>[^"]*)"/i, "unknownAccount"],
  [/a budget has up to (?<most>\d+) percentages, rising, between 1 and (?<limit>\d+)/i, "budgetPercents"],
  [/a budget tells at a percentage/i, "budgetTells"],
  [/an account has at most (?<most>\d+) budgets/i, "budgetCount"],
  [/cannot be the name of a budget/i, "budgetName"],
  [/a balance threshold lies between/i, "balanceThreshold"],
  [/the time to empty lies between (?<least>\d+) and (?<most>\d+) hours/i, "hours"],
  [/the percentage left of a package lies between/i, "percentLeft"],
  [/the calls left of a package lie between 1 and (?<most>\d+)/i, "callsLeft"],
  [/a package's end is told of (?<most>\d+) days before at most/i, "expiryDays"],
  [/the amount is too large/i, "tooLarge"],
  [/at most (?<most>\d+) decimals are kept/i, "tooExact"],
  [/not an amount; write it like/i, "unclear"],
  [/there is no API (?<api>\S+?)\)?$/i, "unknownApi"],
  [/there is no region (?<region>\S+?)\)?$/i, "unknownRegion"],
];

interface FailureText {
  title: string;
  cure: string | undefined;
}

/**
 * A refusal in the words of the language: by what is said of a field, by its reason, or by its code. What is known in English
 * alone is told as the server's own words.
 */
export function useFailureText(error: Error | null): FailureText {
  const { t, i18n } = useTranslation();
  const text = useText();
  if (error === null) return { title: "", cure: undefined };
  if (!(error instanceof ApiError)) return { title: t("refusal.unexpected"), cure: undefined };
  const { reason = "", message, code, status } = error;
  const isEnglish = i18n.language.startsWith("en");
  for (const [told, sentence] of SAID) {
    const found = told.exec(message);
    const title = found === null ? undefined : text(`said.${sentence}`, { ...found.groups });
    if (title !== undefined) return { title, cure: undefined };
  }
  const cure = text(`cure.${reason}`) ?? (isEnglish ? error.cure : undefined);
  const known = text(`refusal.${reason}`);
  if (known !== undefined) return { title: known, cure };
  if (message === "") return { title: t("refusal.unexpected"), cure };
  if (isEnglish) return { title: message, cure };
  const title = text(`code.${code.replace(".", "_")}`) ?? text(`code.s${status >= 500 ? 500 : status}`);
  return { title: title ?? t("code.s400"), cure: t("answer.words", { words: message }) };
}
