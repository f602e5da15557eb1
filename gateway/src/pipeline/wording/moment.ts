import type { EpochMs } from "#domain/units.ts";

/** Languages that texts for owners are written in. */
export type Language = "nl" | "de" | "fr" | "en";

const LOCALE: Readonly<Record<Language, string>> = {
  nl: "nl-NL",
  de: "de-DE",
  fr: "fr-FR",
  en: "en-GB",
};

/** Making a formatter takes longer than all else here; there are few languages and zones. */
const formats = new Map<string, Intl.DateTimeFormat>();
const MAX_FORMATS = 200;

function formatOf(
  language: Language,
  timeZone: string,
  fields: Intl.DateTimeFormatOptions,
): Intl.DateTimeFormat {
  const key = `${language} ${timeZone} ${JSON.stringify(fields)}`;
  let format = formats.get(key);
  if (format === undefined) {
    if (formats.size >= MAX_FORMATS) formats.clear();
    format = new Intl.DateTimeFormat(LOCALE[language], { timeZone, ...fields });
    formats.set(key, format);
  }
  return format;
}

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
