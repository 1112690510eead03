/** Numbers, money and instants in the words of the language, exact and with the zone shown. */
import { useMemo } from "react";
import { useTranslation } from "react-i18next";

import type { Amount, Instant } from "./api/types";

/** The offset an instant was written in, as a fixed zone and as a label. */
function zoneOf(instant: Instant): { timeZone: string; label: string } {
  const offset = /([+-])(\d\d):(\d\d)$/.exec(instant);
  if (offset === null) return { timeZone: "UTC", label: "UTC" };
  const [, sign = "+", hours = "00", minutes = "00"] = offset;
  return { timeZone: `${sign}${hours}:${minutes}`, label: `UTC${sign}${hours}:${minutes}` };
}

/** The day of an instant in the account's zone, wherever the browser is. */
export function dayOf(instant: Instant): string {
  return instant.slice(0, 10);
}

export function addDays(day: string, days: number): string {
  const at = new Date(`${day}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + days);
  return at.toISOString().slice(0, 10);
}

/** How many days there are from one day to another. */
export function daysBetween(first: string, last: string): number {
  return Math.round((Date.parse(`${last}T00:00:00Z`) - Date.parse(`${first}T00:00:00Z`)) / 86_400_000);
}

/** An amount as one would type it: without zeros at its end. */
export const plain = (amount: Amount): string => {
  const text = String(amount);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
};

export const isPositive = (amount: Amount): boolean => Number(amount) > 0;

export class Format {
  constructor(private readonly language: string) {}

  count(value: number): string {
    return new Intl.NumberFormat(this.language).format(value);
  }

  /** An amount with two decimals, or as many as it has, up to eight. */
  money(value: Amount, currency: string): string {
    return this.currency(value, currency, 8);
  }

  /** An amount that is only expected: to the cent. */
  about(value: Amount, currency: string): string {
    return this.currency(value, currency, 2);
  }

  private currency(value: Amount, currency: string, most: number): string {
    return new Intl.NumberFormat(this.language, {
      style: "currency",
      currency,
      currencyDisplay: this.language.startsWith("zh") ? "narrowSymbol" : "code",
      minimumFractionDigits: 2,
      maximumFractionDigits: most,
    }).format(value as number);
  }

  /** How often a day: whole from ten on, else with one digit after the point. */
  pace(value: number): string {
    const digits = value < 10 ? 1 : 0;
    return new Intl.NumberFormat(this.language, { maximumFractionDigits: digits }).format(value);
  }

  /** Several things as one says them: "a, b and c", or "a, b or c". */
  list(items: string[], type: "conjunction" | "disjunction" = "conjunction"): string {
    return new Intl.ListFormat(this.language, { type }).format(items);
  }

  /** Sentences one after another. */
  text(sentences: (string | undefined)[]): string {
    return sentences
      .filter((one) => one !== undefined && one !== "")
      .join(this.language.startsWith("zh") ? "" : " ");
  }

  percent(value: number): string {
    return new Intl.NumberFormat(this.language, { style: "percent", maximumFractionDigits: 0 }).format(value);
  }

  /** To the minute, with the zone. */
  instant(value: Instant): string {
    const zone = zoneOf(value);
    const text = new Intl.DateTimeFormat(this.language, {
      dateStyle: "medium",
      timeStyle: "short",
      timeZone: zone.timeZone,
      hourCycle: "h23",
    }).format(new Date(value));
    return `${text} ${zone.label}`;
  }

  /** To the second, without the zone: for tables that say it once. */
  exact(value: Instant): string {
    return new Intl.DateTimeFormat(this.language, {
      dateStyle: "medium",
      timeStyle: "medium",
      timeZone: zoneOf(value).timeZone,
      hourCycle: "h23",
    }).format(new Date(value));
  }

  day(value: Instant): string {
    return this.dayAs(value, { dateStyle: "medium" });
  }

  /** Without the year: for the axis of a chart. */
  shortDay(value: Instant): string {
    return this.dayAs(value, { month: "short", day: "numeric" });
  }

  private dayAs(value: Instant, shape: Intl.DateTimeFormatOptions): string {
    const whole = value.length === 10 ? `${value}T00:00:00Z` : value;
    const { timeZone } = zoneOf(whole);
    return new Intl.DateTimeFormat(this.language, { ...shape, timeZone }).format(new Date(whole));
  }

  month(value: string): string {
    return new Intl.DateTimeFormat(this.language, { year: "numeric", month: "long", timeZone: "UTC" }).format(
      new Date(`${value}-01T00:00:00Z`),
    );
  }

  /** How far an instant is from another, in the largest unit that says something. */
  away(value: Instant, now: Instant): string {
    const seconds = (new Date(value).getTime() - new Date(now).getTime()) / 1000;
    const relative = new Intl.RelativeTimeFormat(this.language, { numeric: "auto" });
    const size = Math.abs(seconds);
    if (size >= 86_400) return relative.format(Math.round(seconds / 86_400), "day");
    if (size >= 3_600) return relative.format(Math.round(seconds / 3_600), "hour");
    return relative.format(Math.round(seconds / 60), "minute");
  }

  zone(value: Instant): string {
    return zoneOf(value).label;
  }
}

export function useFormat(): Format {
  const { i18n } = useTranslation();
  return useMemo(() => new Format(i18n.language), [i18n.language]);
}
