/** Numbers, money and instants in the words of the language, exact, and in the zone of the account. */
import { createContext, useContext, useMemo } from "react";
import { useTranslation } from "react-i18next";

import type { Amount, Instant } from "./api/types";

/** The zone of the account whose pages are shown, as `+08:00`: all instants on them are in it, and it is said once. */
export const Zone = createContext<string | undefined>(undefined);

const UTC = "UTC";

/** The offset an instant was written in. */
export function zoneOf(instant: Instant): string {
  return /[+-]\d\d:\d\d$/.exec(instant)?.[0] ?? UTC;
}

/** A zone as one says it. */
export const zoneName = (zone: string): string => (zone === UTC ? UTC : `${UTC}${zone}`);

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

/** An amount in whole cents, and not less: what is to be paid in so that all of it is there. */
export const upToCents = (amount: Amount): string =>
  plain((Math.ceil(Math.round(Number(amount) * 1e8) / 1e6) / 100).toFixed(2));

export const isPositive = (amount: Amount): boolean => Number(amount) > 0;

export class Format {
  constructor(
    private readonly language: string,
    private readonly zone?: string,
  ) {}

  count(value: number): string {
    return new Intl.NumberFormat(this.language).format(value);
  }

  /** A number with all its digits, up to eight after the point. */
  number(value: number): string {
    return new Intl.NumberFormat(this.language, { maximumFractionDigits: 8 }).format(value);
  }

  /** An amount with two decimals, or as many as it has, up to eight. */
  money(value: Amount, currency: string): string {
    return this.currency(value, currency, 8);
  }

  /** The price of one call: prices have up to ten decimals. */
  unitPrice(value: Amount, currency: string): string {
    return this.currency(value, currency, 10);
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

  /** To the minute. */
  instant(value: Instant): string {
    return this.instantAs(value, "short");
  }

  /** To the second. */
  exact(value: Instant): string {
    return this.instantAs(value, "medium");
  }

  /** In the account's zone; where that is not known, in the instant's own, which is then said. */
  private instantAs(value: Instant, timeStyle: "short" | "medium"): string {
    const timeZone = this.zone ?? zoneOf(value);
    const text = new Intl.DateTimeFormat(this.language, {
      dateStyle: "medium",
      timeStyle,
      timeZone,
      hourCycle: "h23",
    }).format(new Date(value));
    return this.zone === undefined ? `${text} ${zoneName(timeZone)}` : text;
  }

  day(value: Instant): string {
    return this.dayAs(value, { dateStyle: "medium" });
  }

  /** Without the year: for the axis of a chart. */
  shortDay(value: Instant): string {
    return this.dayAs(value, { month: "short", day: "numeric" });
  }

  private dayAs(value: Instant, shape: Intl.DateTimeFormatOptions): string {
    const isDay = value.length === 10;
    const whole = isDay ? `${value}T00:00:00Z` : value;
    const timeZone = isDay ? UTC : (this.zone ?? zoneOf(value));
    return new Intl.DateTimeFormat(this.language, { ...shape, timeZone }).format(new Date(whole));
  }

  month(value: string): string {
    return new Intl.DateTimeFormat(this.language, { year: "numeric", month: "long", timeZone: "UTC" }).format(
      new Date(`${value}-01T00:00:00Z`),
    );
  }

  /**
   * How far an instant is from another, in the largest unit that says something. Days are those of the calendar, as on the
   * command line.
   */
  away(value: Instant, now: Instant): string {
    const seconds = (new Date(value).getTime() - new Date(now).getTime()) / 1000;
    const relative = new Intl.RelativeTimeFormat(this.language, { numeric: "auto" });
    const size = Math.abs(seconds);
    if (size >= 86_400) return relative.format(daysBetween(dayOf(now), dayOf(value)), "day");
    if (size >= 3_600) return relative.format(Math.round(seconds / 3_600), "hour");
    return relative.format(Math.round(seconds / 60), "minute");
  }
}

export function useFormat(): Format {
  const { i18n } = useTranslation();
  const zone = useContext(Zone);
  return useMemo(() => new Format(i18n.language, zone), [i18n.language, zone]);
}
