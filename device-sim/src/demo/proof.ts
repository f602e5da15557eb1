import type { AckEntry } from "../ack-log.ts";
import type { TruthRow } from "../fleet/truth.ts";
import { instantMs } from "../gateway-http.ts";
import type { CasePage } from "../gateway-views.ts";

/** What the demonstration comes to; the last line of `npm run demo -- --once`. */
export interface DemoResult {
  readonly messages: number;
  readonly quarantined: number;
  readonly casesOpened: {
    readonly fault: number;
    readonly misuse: number;
    readonly underuse: number;
  };
  readonly fixesVerified: number;
  readonly escalated: number;
  readonly adviceSent: number;
  readonly lostMessages: number;
  readonly duplicateCases: number;
  readonly readingToCaseMsP99: number | null;
}

type JournalLine = Readonly<Record<string, unknown>>;

const placeOf = (device: unknown, boot: unknown, seq: unknown): string =>
  `${device}/${boot}/${seq}`;

/**
 * Acknowledged messages that are not in the journal. Numbered ones are looked up one by one;
 * `status` has no number, so there the counts per device must match.
 */
export async function lostMessages(
  acked: readonly AckEntry[],
  journal: AsyncIterable<JournalLine>,
): Promise<number> {
  const kept = new Set<string>();
  const statuses = new Map<unknown, number>();
  for await (const line of journal) {
    if (line.kind !== "message") continue;
    if (line.class === "status") statuses.set(line.device, (statuses.get(line.device) ?? 0) + 1);
    else kept.add(placeOf(line.device, line.boot, line.seq));
  }
  let lost = 0;
  for (const { device, boot, seq } of acked) {
    if (seq === null) {
      const left = statuses.get(device) ?? 0;
      if (left === 0) lost += 1;
      else statuses.set(device, left - 1);
    } else if (!kept.has(placeOf(device, boot, seq))) {
      lost += 1;
    }
  }
  return lost;
}

/**
 * Cases that nobody needed: a second one for the same device and rule within one episode of the
 * truth, or with the same onset.
 */
export function duplicateCases(cases: readonly CasePage[], truth: readonly TruthRow[]): number {
  const duplicates = new Set<string>();
  const onsets = new Set<string>();
  for (const one of cases) {
    const onset = `${one.device}/${one.rule}/${instantMs(one.onsetAt)}`;
    if (onsets.has(onset)) duplicates.add(one.id);
    onsets.add(onset);
  }
  for (const { device, expectedRule, from, to } of truth) {
    if (expectedRule === undefined) continue;
    const endMs = to === null ? Number.POSITIVE_INFINITY : Date.parse(to);
    const inEpisode = cases.filter((one) => {
      const openedMs = instantMs(one.openedAt);
      const sameThing = one.device === device && one.rule === expectedRule;
      return sameThing && openedMs >= Date.parse(from) && openedMs <= endMs;
    });
    for (const extra of inEpisode.slice(1)) duplicates.add(extra.id);
  }
  return duplicates.size;
}

export interface CaseCounts {
  readonly casesOpened: DemoResult["casesOpened"];
  readonly fixesVerified: number;
  readonly escalated: number;
  readonly adviceSent: number;
}

/** What the cases say of themselves, from their actions and timelines. */
export function countCases(cases: readonly CasePage[]): CaseCounts {
  const ofKind = (kind: string): number => cases.filter((one) => one.kind === kind).length;
  const actions = cases.flatMap((one) => one.actions);
  const unsent = new Set(["waiting", "expired", "cancelled", "rejected"]);
  return {
    casesOpened: {
      fault: ofKind("fault"),
      misuse: ofKind("misuse"),
      underuse: ofKind("underuse"),
    },
    fixesVerified: actions.filter(({ kind, proof }) => kind === "command" && proof === "proved")
      .length,
    escalated: cases.filter(({ timeline }) => timeline.some(({ kind }) => kind === "escalated"))
      .length,
    adviceSent: actions.filter(({ kind, state }) => kind === "advice" && !unsent.has(state)).length,
  };
}

/** The value below which `share` of the list lies; null for an empty list. */
export function quantile(values: readonly number[], share: number): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null;
}

/** Why the loop was not proved, a sentence each; empty if it was. */
export function unproved(result: DemoResult): readonly string[] {
  const { casesOpened, fixesVerified, escalated, adviceSent } = result;
  const wanted: readonly (readonly [boolean, string])[] = [
    [casesOpened.fault >= 1, "no fault case was opened"],
    [casesOpened.misuse >= 1, "no misuse case was opened"],
    [casesOpened.underuse >= 1, "no underuse case was opened"],
    [fixesVerified >= 1, "no fix was verified by telemetry"],
    [escalated >= 1, "no case was escalated to a person"],
    [adviceSent >= 1, "no advice was sent"],
    [result.lostMessages === 0, `${result.lostMessages} acknowledged messages were lost`],
    [result.duplicateCases === 0, `${result.duplicateCases} cases were opened twice`],
  ];
  return wanted.filter(([met]) => !met).map(([, why]) => why);
}
