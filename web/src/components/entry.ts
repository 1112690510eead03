/** What is typed as a number: read to the last digit, or refused with what is wrong with it. Nothing of it is left out. */
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useFormat } from "../format";

/** What the books can hold. */
const MOST = 10_000_000_000;
/** The most digits after the point that the books keep. */
const DECIMALS = 8;

export interface EntryRules {
  /** How many digits there may be after the point. */
  decimals?: number;
  min?: number;
  max?: number;
  /** True where money can be taken. */
  isSigned?: boolean;
  /** True where nothing may be said. */
  isOptional?: boolean;
}

type Problem = "empty" | "unclear" | "negative" | "decimals" | "least" | "most";

/** What an entry says: a plain decimal number, empty if there is none; and why it cannot be taken. */
interface Read {
  value: string;
  problem: Problem | null;
}

/** Thousands in groups of three, or no groups at all. */
const WHOLE = /^(?:\d+|[1-9]\d{0,2}(?:,\d{3})+)$/;

/**
 * Reads what was typed. A comma, also that of a Chinese keyboard, groups thousands and is never a decimal point: "1,000" is a
 * thousand, and "1,00" is refused.
 */
export function readEntry(text: string, rules: EntryRules = {}): Read {
  const { decimals = DECIMALS, min, max = MOST } = rules;
  const no = (problem: Problem): Read => ({ value: "", problem });
  const typed = text.trim().replaceAll("，", ",").replace(/^−/, "-");
  if (typed === "") return rules.isOptional === true ? { value: "", problem: null } : no("empty");
  const isNegative = typed.startsWith("-");
  const [whole = "", fraction, ...more] = (isNegative ? typed.slice(1) : typed).split(".");
  if (!WHOLE.test(whole) || more.length > 0 || (fraction !== undefined && !/^\d+$/.test(fraction)))
    return no("unclear");
  if (isNegative && rules.isSigned !== true) return no("negative");
  if (fraction !== undefined && fraction.length > decimals) return no("decimals");
  const digits = whole.replaceAll(",", "") + (fraction === undefined ? "" : `.${fraction}`);
  const value = isNegative ? `-${digits}` : digits;
  if (min !== undefined && Number(value) < min) return no("least");
  if (Math.abs(Number(value)) > max) return no("most");
  return { value, problem: null };
}

export interface Entry extends Read {
  text: string;
  set: (text: string) => void;
  rules: EntryRules;
}

/** A field for a number: its text, and what it says. */
export function useEntry(initial: string, rules: EntryRules = {}): Entry {
  const [text, set] = useState(initial);
  return { text, set, rules, ...readEntry(text, rules) };
}

/** What is wrong with an entry, as a sentence; empty if nothing is. */
export function useProblemText({ problem, rules }: Pick<Entry, "problem" | "rules">): string {
  const { t } = useTranslation();
  const format = useFormat();
  const { decimals = DECIMALS, min = 0, max = MOST } = rules;
  const isWhole = decimals === 0;
  switch (problem) {
    case null:
      return "";
    case "empty":
      return isWhole ? t("entry.noNumber") : t("entry.noAmount");
    case "unclear":
      return isWhole ? t("entry.unclearNumber") : t("entry.unclearAmount");
    case "negative":
      return t("entry.negative");
    case "decimals":
      return isWhole ? t("entry.unclearNumber") : t("entry.decimals", { most: decimals });
    case "least":
      return t("entry.least", { least: format.number(min) });
    case "most":
      return t("entry.most", { most: format.number(max) });
  }
}
