import type { ProductModel } from "@voorzorg/firmware-contracts";
import type { EvidenceLimit } from "#domain/case/case.ts";
import type { Band, Finding } from "#domain/detect/baseline-band.ts";
import { liveEvidence } from "#domain/detect/baseline-band.ts";
import type { ViewName } from "#domain/detect/baseline-habit.ts";
import { VIEWS } from "#domain/detect/baseline-habit.ts";
import type { BaselineState } from "#domain/detect/baseline-state.ts";
import type { Explanation } from "#domain/detect/detector.ts";
import { quantity } from "#domain/detect/wording.ts";
import type { BaselineTest } from "#domain/rules/kinds/baseline-test.ts";
import type { Rule } from "#domain/rules/rule.ts";

interface Subject {
  readonly rule: Rule;
  readonly test: BaselineTest;
  readonly model: ProductModel;
}

/** A view that is where it never was, in numbers of the signal. */
interface News {
  readonly view: ViewName;
  readonly finding: Finding;
  readonly value: number;
  readonly from: number;
  readonly to: number;
}

const NAMES: Readonly<Record<ViewName, string>> = {
  reading: "the reading itself",
  jump: "its step from the level of the last 100 readings",
  short: "the mean of the last 3 to 6 readings",
  long: "the mean of the last 50 to 100 readings",
  longest: "the mean of the last 100 to 200 readings",
  day: "its difference from this hour of the day",
  week: "its difference from this hour of the week",
};

/** Differences are said as such; the others in the numbers of the signal. */
const DIFFERENCES: ReadonlySet<ViewName> = new Set(["jump", "day", "week"]);

export function explainBaseline(subject: Subject, state: BaselineState): Explanation {
  const { rule, test, model } = subject;
  const { signal } = test;
  const unit = model.signals[signal]?.unit;
  const found = newsOf(state);
  const { from, to } = bandOf(state.bands[0], offsetOf(state));
  const told = found
    .slice(0, 3)
    .map((news) => `${NAMES[news.view]}, ${quantity(news.value, unit)} (${usual(news, unit)})`);
  const more = found.length > 3 ? `, and ${found.length - 3} more views` : "";
  const top = found[0];
  return {
    observed:
      top === undefined
        ? `${signal} within its own normal`
        : `${signal} is where this device never was before: ${told.join("; ")}${more}`,
    expected: `${signal} between ${quantity(from, unit)} and ${quantity(to, unit)}, its own normal over ${state.habit.readings} readings`,
    signals: [signal],
    limits: limitsOf(signal, top, { from, to }),
    values: top === undefined ? {} : { [signal]: rounded(lastOf(state, found)) },
    disproof:
      rule.disproof === ""
        ? `${signal} was led there on purpose (another setting, season or load), or it stays there and all is well: after 100 readings it counts as the new normal`
        : rule.disproof,
    sure: sureOf(state, found),
  };
}

function newsOf(state: BaselineState): readonly News[] {
  const { readings } = state.habit;
  const offset = offsetOf(state);
  return state.bands
    .flatMap((band, index) => {
      const view = VIEWS[index];
      const { finding } = band;
      if (view === undefined || finding === null || liveEvidence(band, readings) === 0) return [];
      const shift = DIFFERENCES.has(view) ? 0 : offset;
      return [{ view, finding, value: finding.value + shift, ...bandOf(band, shift) }];
    })
    .sort((a, b) => b.finding.evidence - a.finding.evidence);
}

const offsetOf = ({ habit }: BaselineState): number => habit.anchor + habit.trend;

const bandOf = (band: Band | undefined, shift: number) => ({
  from: (band?.from ?? 0) + shift,
  to: (band?.to ?? 0) + shift,
});

const usual = ({ from, to }: News, unit: string | undefined): string =>
  `usual: ${quantity(from, unit)} to ${quantity(to, unit)}`;

function limitsOf(
  signal: string,
  top: News | undefined,
  { from, to }: { from: number; to: number },
): readonly EvidenceLimit[] {
  if (top === undefined) return [];
  return top.value > top.to
    ? [{ signal, op: ">", value: rounded(to) }]
    : [{ signal, op: "<", value: rounded(from) }];
}

/** The reading at the finding where it is news itself, else the newest short mean. */
function lastOf(state: BaselineState, found: readonly News[]): number {
  const reading = found.find(({ view }) => view === "reading");
  return reading?.value ?? offsetOf(state) + state.habit.level;
}

function sureOf(state: BaselineState, found: readonly News[]): string {
  const { readings } = state.habit;
  const times = Math.max(1, ...state.bands.map((band) => readings / (band.once.length + 1)));
  const grade = readings < 500 ? "low" : found.length >= 4 && readings >= 2_000 ? "high" : "medium";
  return `${grade}: ${found.length} of ${state.bands.length} views are new at once, after ${readings} readings of which about one in ${Math.round(times)} was a first`;
}

const rounded = (reading: number): number => Number(reading.toPrecision(5));
