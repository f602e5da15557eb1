import { z } from "zod";
import type { EpochMs } from "#domain/units.ts";
import { MINUTE_MS, SECOND_MS } from "#domain/units.ts";
import type { ChangesPage, DeskChange, DeskOutcome } from "#ports/desk.ts";
import { decode, parseJson } from "../desk-http/json.ts";
import { done, mapDone, refused, thenDone } from "../desk-http/outcome.ts";
import type { JiraIssue } from "./jira-api.ts";
import type { Jira } from "./jira-desk.ts";
import { changesOf } from "./jira-history.ts";
import { allIssues } from "./jira-search.ts";
import { epoch, referenceOf, textOf } from "./jira-ticket.ts";

/** The search may not know for so long that an issue was changed. */
const LAG_MS = 10 * MINUTE_MS;
/** Parts of one change are written one after the other. */
const SETTLE_MS = 2 * SECOND_MS;
/** Each needs two requests. */
const ISSUES_AT_ONCE = 20;

const cursorSchema = z.strictObject({
  /** By Jira's clock: all changes up to LAG_MS before it were told. */
  since: z.number(),
  /** Issues changed after that: when, and the ids of what was told of about that moment. */
  seen: z.record(z.string(), z.tuple([z.string(), z.array(z.string())])),
});
type Cursor = z.output<typeof cursorSchema>;

/**
 * Jira has no cursor. Issues are searched by when they were changed, as far back as the search may lag,
 * and those that look as they did before are left alone.
 */
export async function readChanges(jira: Jira, cursor: string): Promise<DeskOutcome<ChangesPage>> {
  if (cursor === "") return fromNowOn(jira);
  const from = decode(cursorSchema, parseJson(cursor));
  if (!from.ok) {
    return refused("invalid", `${jira.settings.name}: the cursor is none: ${from.reason}`);
  }
  const { since, seen } = from.value;
  return thenDone(recent(jira, since - LAG_MS), async (rows) => {
    const changed = rows.filter((row) => seen[row.id]?.[0] !== row.fields.updated);
    const now = changed.slice(0, ISSUES_AT_ONCE);
    const changes: DeskChange[] = [];
    const next: Record<string, [string, string[]]> = { ...seen };
    for (const row of now) {
      const news = await newsOf(jira, from.value, row);
      if (news.kind !== "done") return news;
      changes.push(...news.value.changes);
      next[row.id] = [news.value.updated, [...news.value.late]];
    }
    const more = changed.length > now.length;
    return done({
      changes: changes.toSorted((a, b) => a.at - b.at),
      cursor: JSON.stringify(more ? { since, seen: next } : advanced({ since, seen: next }, rows)),
      more,
    });
  });
}

function fromNowOn(jira: Jira): Promise<DeskOutcome<ChangesPage>> {
  const now = jira.now();
  return thenDone(recent(jira, now - LAG_MS), (rows) => {
    const seen = Object.fromEntries(
      rows.map((row): [string, [string, string[]]] => [row.id, [row.fields.updated, []]]),
    );
    const cursor = advanced({ since: now, seen }, rows);
    return done({ changes: [], cursor: JSON.stringify(cursor), more: false });
  });
}

/** Forgets issues that the next search will not find unless they change again. */
function advanced({ since, seen }: Cursor, rows: readonly JiraIssue[]): Cursor {
  const newest = rows.reduce((at, row) => Math.max(at, epoch(row.fields.updated)), since);
  const kept = Object.entries(seen).filter(([, [updated]]) => epoch(updated) >= newest - LAG_MS);
  return { since: newest, seen: Object.fromEntries(kept) };
}

/**
 * Issues of ours, and those that somebody else opened for a device. The time is told as so many minutes
 * ago: a time of day would be read in the time zone of the user's profile.
 */
async function recent(jira: Jira, from: EpochMs): Promise<DeskOutcome<readonly JiraIssue[]>> {
  const minutes = Math.max(1, Math.ceil((jira.now() - from) / MINUTE_MS) + 1);
  const jql = `updated >= -${minutes}m ORDER BY updated ASC, id ASC`;
  return mapDone(await allIssues(jira, { jql }), (rows) =>
    rows.filter(
      (row) => referenceOf(jira.site, row) !== "" || textOf(jira.site, row, "device") !== "",
    ),
  );
}

interface News {
  readonly changes: readonly DeskChange[];
  readonly updated: string;
  /** Ids of the newest ones, which may be found again with what follows. */
  readonly late: readonly string[];
}

async function newsOf(
  jira: Jira,
  { since, seen }: Cursor,
  row: JiraIssue,
): Promise<DeskOutcome<News>> {
  const issue = await jira.api.issueWithHistory(row.id);
  // Deleted meanwhile, or moved out of sight.
  if (issue.kind === "refused") {
    return done({ changes: [], updated: row.fields.updated, late: [] });
  }
  if (issue.kind !== "done") return issue;
  return thenDone(jira.api.comments(row.id), (comments) => {
    const [before, told] = seen[row.id] ?? [];
    const after = before === undefined ? since - LAG_MS : epoch(before) + 1;
    const all = changesOf(jira, issue.value, comments).filter(({ at }) => at >= after);
    const { updated } = issue.value.fields;
    return done({
      changes: all.filter(({ id }) => told?.includes(id) !== true),
      updated,
      late: all.filter(({ at }) => at >= epoch(updated) - SETTLE_MS).map(({ id }) => id),
    });
  });
}
