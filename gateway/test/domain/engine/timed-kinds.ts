/** What the device says in one minute: readings, or the code of an event. */
export type Said = Readonly<Record<string, number | string>> | string;

/** A kind of rule that depends on time, and a story that makes it fire. */
export interface TimedKind {
  readonly name: string;
  readonly rule: string;
  /** One message a minute; the fault stands at the end. */
  readonly story: readonly Said[];
  /** What a late message decides: readings of the past nothing, events count at their own time. */
  readonly late: "decides nothing" | "counts";
}

const readings = (count: number, temp: (i: number) => number): readonly Said[] =>
  Array.from({ length: count }, (_, i) => ({ temp: temp(i), state: "on" }));
/** Repeatable scatter of half a degree. */
const scatter = (i: number): number => ((i * 7) % 11) / 11 - 0.5;

export const TIMED_KINDS: readonly TimedKind[] = [
  {
    name: "condition",
    rule: "when: temp > 100.0\n    for: 2m",
    story: readings(5, () => 120),
    late: "decides nothing",
  },
  {
    name: "count of crossings",
    rule: "count: { when: temp > 100.0, atLeast: 2, within: 1h }",
    story: readings(6, (i) => (i % 2 === 0 ? 80 : 120)),
    late: "decides nothing",
  },
  {
    name: "drift",
    rule: "drift: { signals: [temp], learnFor: 20m, memory: 12, limit: 3, inARow: 3 }",
    story: readings(60, (i) => (i < 40 ? 90 : 96) + scatter(i)),
    late: "decides nothing",
  },
  {
    name: "trend",
    rule: "trend: { of: temp, risesTo: 110, within: 20m, over: 20m, period: 1m }",
    story: readings(40, (i) => 90 + i / 2 + scatter(i)),
    late: "decides nothing",
  },
  {
    name: "rate",
    rule: "rate: { signal: temp, per: minute, window: 5m, above: 2 }",
    story: readings(12, (i) => 90 + (i < 6 ? 0 : 3 * (i - 5))),
    late: "decides nothing",
  },
  {
    name: "stuck",
    rule: "stuck: { signal: temp, within: 10m }",
    story: readings(30, (i) => (i < 5 ? 90 + scatter(i) : 91)),
    late: "decides nothing",
  },
  {
    name: "sequence",
    rule: "sequence: { first: { event: rinsed }, followedBy: { event: dismissed }, within: 1h }",
    story: ["rinsed", "dismissed"],
    late: "counts",
  },
  {
    name: "event",
    rule: "event: { code: dismissed, clearCode: rinsed }",
    story: ["rinsed", "dismissed"],
    late: "counts",
  },
  {
    name: "count of events",
    rule: "count: { event: dismissed, atLeast: 3, within: 1h }",
    story: ["dismissed", "dismissed", "dismissed"],
    late: "counts",
  },
];
