import { z } from "zod";
import type { EpochMs } from "#domain/units.ts";
import { SECOND_MS } from "#domain/units.ts";
import type { ChangesPage, DeskChange, DeskOutcome } from "#ports/desk.ts";
import { decode, parseJson } from "../desk-http/json.ts";
import { done, refused } from "../desk-http/outcome.ts";
import type { RedmineIssue } from "./redmine-api.ts";
import { epoch, MAX_PAGE } from "./redmine-api.ts";
import type { Redmine } from "./redmine-desk.ts";
import { changesOf } from "./redmine-journal.ts";
import { fieldValue } from "./redmine-ticket.ts";

/**
 * Redmine has no cursor. Issues are listed by `updated_on`, which counts seconds, so the last seconds are
 * read again and what was told already is left out by its id. A change that is saved slowly shows up late.
 */
const OVERLAP_MS = 5 * SECOND_MS;

const cursorSchema = z.strictObject({
  since: z.number(),
  /** Rows of a second with more changes than a page; pages overlap because rows may leave that second. */
  skip: z.int().min(0),
  /** Ids of changes since then that were told already. */
  seen: z.array(z.string()),
});
type Cursor = z.output<typeof cursorSchema>;

export async function readChanges(
  redmine: Redmine,
  cursor: string,
): Promise<DeskOutcome<ChangesPage>> {
  if (cursor === "") return fromNowOn(redmine);
  const from = decode(cursorSchema, parseJson(cursor));
  if (!from.ok) {
    return refused("invalid", `${redmine.settings.name}: the cursor is none: ${from.reason}`);
  }
  const { since, skip, seen } = from.value;
  const page = await redmine.api.issues({
    updated_on: `>=${seconds(since)}`,
    sort: "updated_on,id",
    offset: skip,
  });
  if (page.kind !== "done") return page;
  const rows = page.value.issues;
  const found = await changesOfRows(redmine, rows, since);
  if (found.kind !== "done") return found;
  const told = new Set(seen);
  // Redmine counts seconds: within one the order of an issue's journals holds, that of issues cannot be told.
  const changes = found.value.filter(({ id }) => !told.has(id)).toSorted((a, b) => a.at - b.at);
  const next = nextCursor(from.value, rows);
  const keep = [...told].filter((id) => found.value.every((change) => change.id !== id));
  return done({
    changes,
    cursor: JSON.stringify({
      ...next,
      seen: [
        // While a page is skipped within one second, those of the pages before are still needed.
        ...(next.since === since ? keep : []),
        ...found.value.filter(({ at }) => at >= next.since).map(({ id }) => id),
      ],
    } satisfies Cursor),
    more: rows.length === MAX_PAGE,
  });
}

/** Nothing of the past: begins at the newest change that there is, by Redmine's own clock. */
async function fromNowOn(redmine: Redmine): Promise<DeskOutcome<ChangesPage>> {
  const page = await redmine.api.issues({ sort: "updated_on:desc" });
  if (page.kind !== "done") return page;
  const [newest] = page.value.issues;
  const since = newest === undefined ? 0 : epoch(newest.updated_on);
  const rows = page.value.issues.filter((row) => epoch(row.updated_on) >= since);
  const past = await changesOfRows(redmine, rows, since);
  if (past.kind !== "done") return past;
  const cursor: Cursor = { since, skip: 0, seen: past.value.map(({ id }) => id) };
  return done({ changes: [], cursor: JSON.stringify(cursor), more: false });
}

function nextCursor(
  { since, skip }: Cursor,
  rows: readonly RedmineIssue[],
): Pick<Cursor, "since" | "skip"> {
  const last = rows.at(-1);
  const newest = last === undefined ? since : epoch(last.updated_on);
  if (rows.length < MAX_PAGE) return { since: Math.max(since, newest - OVERLAP_MS), skip: 0 };
  return newest > since ? { since: newest, skip: 0 } : { since, skip: skip + MAX_PAGE / 2 };
}

/** Those that concern us: with a reference, or with a device that somebody else opened a ticket for. */
async function changesOfRows(
  redmine: Redmine,
  rows: readonly RedmineIssue[],
  since: EpochMs,
): Promise<DeskOutcome<readonly DeskChange[]>> {
  const { api, site } = redmine;
  const changes: DeskChange[] = [];
  for (const row of rows) {
    if (fieldValue(site, row, "reference") === "" && fieldValue(site, row, "device") === "")
      continue;
    const issue = await api.issue(String(row.id));
    // Deleted meanwhile, or moved out of sight.
    if (issue.kind === "refused") continue;
    if (issue.kind !== "done") return issue;
    changes.push(...(await changesOf(redmine, issue.value, since)));
  }
  return done(changes);
}

const seconds = (at: EpochMs): string => new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
