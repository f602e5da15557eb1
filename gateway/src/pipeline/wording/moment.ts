import type { EpochMs } from "#domain/units.ts";
import { zoneFormat } from "#pipeline/wording/zone-format.ts";

/** Languages that texts for owners are written in. */
export type Language = "nl" | "de" | "fr" | "en";

const LOCALE: Readonly<Record<Language, string>> = {
  nl: "nl-NL",
  de: "de-DE",
  fr: "fr-FR",
  en: "en-GB",
};

const formatOf = (
  language: Language,
  timeZone: string,
  fields: Intl.DateTimeFormatOptions,
): Intl.DateTimeFormat => zoneFormat(LOCALE[language], { timeZone, ...fields });

const MOMENT = {
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
} as const;
const DAY = { weekday: "long", day: "numeric", month: "long" } as const;

/** `24 Nov 2026, 20:18 CET`: whole, so that it can be read a year later and in another country. */
export const momentText = (at: EpochMs, timeZone: string): string =>
  formatOf("en", timeZone, { ...MOMENT, timeZoneName: "short" }).format(at);

/** The same for an owner, without the zone: it is theirs. */
export const momentIn = (language: Language, at: EpochMs, timeZone: string): string =>
  formatOf(language, timeZone, MOMENT).format(at);

/** `Tuesday 24 November`. */
export const dayIn = (language: Language, at: EpochMs, timeZone: string): string =>
  formatOf(language, timeZone, DAY).format(at);

const STAMP = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;

/** A sentence made by the gateway, the moments in it shown in the zone. */
export const withMoments = (text: string, timeZone: string): string =>
  text.replace(STAMP, (stamp) => momentText(Date.parse(stamp), timeZone));
