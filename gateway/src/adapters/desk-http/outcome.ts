import type { DeskOutcome, RefusalCode } from "#ports/desk.ts";

export const done = <T>(value: T): DeskOutcome<T> => ({ kind: "done", value });
export const unknown = (reason: string): DeskOutcome<never> => ({ kind: "unknown", reason });
export const later = (reason: string): DeskOutcome<never> => ({ kind: "later", reason });
export const refused = (code: RefusalCode, reason: string): DeskOutcome<never> => ({
  kind: "refused",
  code,
  reason,
});

/** Goes on with what was done; every other outcome stays as it is. */
export const mapDone = <T, R>(outcome: DeskOutcome<T>, map: (value: T) => R): DeskOutcome<R> =>
  outcome.kind === "done" ? done(map(outcome.value)) : outcome;

/** As `mapDone`, where going on has an outcome of its own. */
export const thenDone = async <T, R>(
  outcome: DeskOutcome<T> | Promise<DeskOutcome<T>>,
  next: (value: T) => DeskOutcome<R> | Promise<DeskOutcome<R>>,
): Promise<DeskOutcome<R>> => {
  const first = await outcome;
  return first.kind === "done" ? next(first.value) : first;
};
