import type { DeskCheck } from "#ports/desk.ts";

export type CheckLine = DeskCheck["lines"][number];

export const fine = (what: string): CheckLine => ({ state: "ok", what, next: "" });
export const missing = (what: string, next: string): CheckLine => ({
  state: "missing",
  what,
  next,
});
export const doubtful = (what: string, next: string): CheckLine => ({
  state: "doubtful",
  what,
  next,
});
