import type {
  Backlog,
  MissedTarget,
  ValueQuery,
  ValueReader,
  ValueTally,
} from "#ports/value-store.ts";

/** Figures that a test gives, and what was asked for. */
export class FakeValue implements ValueReader {
  found: readonly ValueTally[] = [];
  waiting: Backlog = { open: 0, escalated: 0, approval: 0, oldest: [] };
  missedTargets: readonly MissedTarget[] = [];
  readonly asked: ValueQuery[] = [];

  async tallies(query: ValueQuery) {
    this.asked.push(query);
    return this.found;
  }
  async backlog() {
    return this.waiting;
  }
  async missed() {
    return this.missedTargets;
  }
}
