import type { AgentVerdict } from "#domain/record.ts";
import { VERDICTS } from "#domain/record.ts";
import type { TicketStatus } from "#ports/desk.ts";
import type { DeskSettings } from "#ports/desk-settings.ts";

/** A desk's words for each status; the first one is written. */
export type StatusWords = Readonly<Record<TicketStatus, readonly string[]>>;

const STATUSES: readonly TicketStatus[] = ["new", "open", "resolved", "rejected", "closed"];

/** What the desk's file says; for what it does not say, the words that this kind of desk comes with. */
export function statusWords(settings: Pick<DeskSettings, "statuses">, stock: StatusWords) {
  const { statuses } = settings;
  return Object.fromEntries(
    STATUSES.map((status) => [status, statuses[status] ?? stock[status]]),
  ) as StatusWords;
}

/** Desks differ in capitals between their pages and their interface. */
const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** undefined = the desk's file does not know this word. */
export const statusOf = (raw: string, words: StatusWords): TicketStatus | undefined =>
  STATUSES.find((status) => words[status].some((word) => same(word, raw)));

export const severityWord = (
  { severities }: Pick<DeskSettings, "severities">,
  severity: string,
): string => severities[severity] ?? "";

/** null = nothing chosen, or a word that means none of the answers. */
export const verdictOf = (
  raw: string,
  { verdicts }: Pick<DeskSettings, "verdicts">,
): AgentVerdict | null =>
  VERDICTS.find((verdict) => {
    const word = verdicts[verdict];
    return word !== undefined && same(word, raw);
  }) ?? null;
