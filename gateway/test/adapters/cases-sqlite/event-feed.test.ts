import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { FEED_START } from "#ports/desk-store.ts";
import { SqliteEventFeed } from "../../../src/adapters/cases-sqlite/event-feed.ts";
import { SqliteCaseStore } from "../../../src/adapters/cases-sqlite/sqlite-case-store.ts";
import { effects, noViews } from "../../support/case-samples.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const folder = tempFolder();
afterAll(() => folder[Symbol.dispose]());

const event = (offset: number, n: number) =>
  ({ offset, n, caseId: "c-1", at: offset, kind: "comment", by: "anna", reason: "x" }) as const;

test("the lines of all cases are followed in the journal's order, page by page, as they are written", () => {
  const path = join(folder.path, "cases.db");
  using feed = new SqliteEventFeed(path);
  using store = new SqliteCaseStore({ path });
  expect(feed.after(FEED_START, 10)).toEqual([]);
  expect(feed.newest()).toEqual(FEED_START);
  const lines = [event(3, 0), event(3, 1), event(5, 0)];
  store.commit(3, [effects(3, { events: lines.slice(0, 2) })], noViews);
  expect(feed.after(FEED_START, 1)).toEqual([lines[0]]);
  expect(feed.after({ offset: 3, n: 0 }, 10)).toEqual([lines[1]]);
  store.commit(5, [effects(5, { events: lines.slice(2) })], noViews);
  expect(feed.after({ offset: 3, n: 0 }, 10)).toEqual(lines.slice(1));
  expect(feed.newest()).toEqual({ offset: 5, n: 0 });
});

test("a file that is not there yet is said, and found when it is", () => {
  const path = join(folder.path, "later.db");
  using feed = new SqliteEventFeed(path);
  expect(() => feed.newest()).toThrow("later.db");
  using _store = new SqliteCaseStore({ path });
  expect(feed.newest()).toEqual(FEED_START);
});
