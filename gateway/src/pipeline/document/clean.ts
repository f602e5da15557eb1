/**
 * Controls, marks that turn the direction of text round, line and paragraph separators, and halves of
 * characters: what a device or a person wrote must not play tricks with the place that it is shown at.
 */
const UNFIT =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/g;

/** Text that is fit to be shown anywhere: of several lines, with tabs as blanks. */
export const cleanText = (text: string): string =>
  text.replace(/\r\n?/g, "\n").toWellFormed().replaceAll("\t", " ").replace(UNFIT, "\ufffd");

/** The same in one line. */
export const cleanLine = (text: string): string => cleanText(text).replace(/\s+/g, " ").trim();

/** At most so many characters, a word or its part cut off at the end; never half of a character. */
export function shortened(text: string, max: number): string {
  if (text.length <= max) return text;
  const cut = text.slice(0, max - 1).replace(/[\ud800-\udbff]$/, "");
  return `${cut.trimEnd()}…`;
}

/** An address that may become a link: only pages of the web, never a script. */
export function webAddress(url: string): string | undefined {
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) return undefined;
  return new URL(url).href;
}
