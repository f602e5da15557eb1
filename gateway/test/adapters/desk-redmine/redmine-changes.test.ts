import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRedmineDesk } from "../../../src/adapters/desk-redmine/redmine-desk.ts";
import { doneValue } from "../../support/desk-tickets.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { RedmineIssuesDouble } from "../../support/redmine/redmine-issues-double.ts";
import { redmineSettings } from "../../support/redmine/redmine-settings.ts";

function setUp() {
  const redmine = new RedmineIssuesDouble();
  const desk = createRedmineDesk({
    settings: redmineSettings("http://redmine.example", { fields: { reference: "1" } }),
    secrets: { token: "k", hookSecret: "" },
    clock: new ManualClock(0),
    fetch: redmine.fetch,
  });
  const told: string[] = [];
  let cursor = "";
  const poll = async (pages = Number.POSITIVE_INFINITY) => {
    for (let page = 0; page < pages; page++) {
      const read = doneValue(await desk.changes(cursor));
      told.push(...read.changes.map((change) => (change.kind === "comment" ? change.text : "")));
      cursor = read.cursor;
      if (!read.more) return;
    }
  };
  return { redmine, poll, told, cursor: () => cursor };
}

describe("Reading Redmine's changes", () => {
  it("tells every note once, whatever falls into one second and whenever it is asked", async () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ note: fc.integer({ min: 1, max: 4 }) }) },
      { weight: 2, arbitrary: fc.record({ wait: fc.integer({ min: 1, max: 9 }) }) },
      { weight: 3, arbitrary: fc.constant({ poll: true }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { redmine, poll, told } = setUp();
        redmine.note(1, "of the past");
        await poll();
        const said: string[] = [];
        for (const [index, one] of steps.entries()) {
          if ("wait" in one) redmine.now += one.wait;
          else if ("poll" in one) await poll(1);
          else {
            said.push(`note ${index}`);
            redmine.note(one.note, `note ${index}`);
          }
        }
        await poll();
        expect(told.toSorted()).toEqual(said.toSorted());
      }),
      { numRuns: 60 },
    );
  });

  it("gets through more issues of one second than a page holds, while some of them move on", async () => {
    const { redmine, poll, told } = setUp();
    redmine.note(1, "of the past");
    await poll();
    redmine.now += 10;
    for (let id = 1; id <= 260; id++) redmine.note(id, `bulk ${id}`);
    await poll(1);
    redmine.now += 1;
    for (let id = 1; id <= 40; id++) redmine.note(id, `later ${id}`);
    await poll();
    expect(new Set(told).size).toBe(told.length);
    expect(told).toHaveLength(300);
  });

  it("forgets what was told as soon as it cannot come again", async () => {
    const { redmine, poll, cursor } = setUp();
    await poll();
    for (let i = 0; i < 200; i++) {
      redmine.now += 3;
      redmine.note(i + 1, `note ${i}`);
      await poll();
    }
    expect(cursor().length).toBeLessThan(200);
  });
});
