import type { DeskChange } from "#ports/desk.ts";

/** What a change says, without who did it to which ticket, and when. */
export type ChangeMeaning<T = DeskChange> = T extends DeskChange
  ? Omit<T, "id" | "ticket" | "at" | "by" | "own">
  : never;
