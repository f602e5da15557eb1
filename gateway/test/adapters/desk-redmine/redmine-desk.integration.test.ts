import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRedmineDesk } from "../../../src/adapters/desk-redmine/redmine-desk.ts";
import { SystemClock } from "../../../src/adapters/system-clock/system-clock.ts";
import type { Desk, NewTicket } from "../../../src/ports/desk.ts";
import type { DeskSettings } from "../../../src/ports/desk-settings.ts";
import { doneValue, newTicket } from "../../support/desk-tickets.ts";
import { redmineDesk } from "../../support/redmine/redmine-desk.ts";
import type { RedmineServer } from "../../support/redmine/redmine-server.ts";
import { startRedmine } from "../../support/redmine/redmine-server.ts";
import { numberedFields, redmineSettings } from "../../support/redmine/redmine-settings.ts";

let redmine: RedmineServer;
let desk: Desk;

beforeAll(async () => {
  redmine = await startRedmine();
  desk = open();
}, 60_000);

afterAll(async () => {
  await redmine[Symbol.asyncDispose]();
});

const open = (settings: Partial<DeskSettings> = {}, through?: typeof fetch): Desk =>
  redmineDesk(redmine, { settings, ...(through === undefined ? {} : { fetch: through }) });

async function made(more: Partial<NewTicket> = {}) {
  const given = newTicket(more);
  return { given, id: doneValue(await desk.create(given, "")).id };
}

describe("Redmine", () => {
  it("finds a closed ticket, too", async () => {
    const { given, id } = await made();
    await redmine.anna.setStatus(id, "Closed");
    expect(doneValue(await desk.find(given.reference, [id]))).toMatchObject([
      { id, reference: given.reference, status: "resolved", raw: "Closed" },
    ]);
  });

  it("takes a search that Redmine did not understand for no answer", async () => {
    await made();
    const blind = open({ fields: { ...numberedFields(redmine.seed.fields), reference: "999" } });
    const found = await blind.find("case-0", []);
    expect(found).toMatchObject({ kind: "refused", code: "invalid" });
    expect(found).toHaveProperty("reason", expect.stringContaining("Used as a filter"));
  });

  it("says so when a ticket that should be there is not found", async () => {
    const { given, id } = await made();
    await redmine.anna.setField(id, "Case Ref", "");
    expect((await desk.find(given.reference, [id])).kind).toBe("unknown");
  });

  it("knows fields by name as soon as one issue shows them", async () => {
    await made();
    const named = open({ fields: redmineSettings("").fields });
    const given = newTicket();
    const { id } = doneValue(await named.create(given, ""));
    expect(doneValue(await named.read(id))).toMatchObject({
      reference: given.reference,
      revision: 1,
      severity: "major",
    });
  });

  it("makes no ticket with a value that is not in the list, and says which field it is", async () => {
    const wrong = open({ severities: { urgent: "dreadful" } });
    const given = newTicket();
    const refused = await wrong.create(given, "");
    expect(refused).toMatchObject({ kind: "refused", code: "invalid" });
    expect(refused).toHaveProperty("reason", expect.stringContaining("Severity"));
    expect(await redmine.bot.search("Case Ref", given.reference)).toEqual([]);
  });

  it("does not believe that a status is set which the workflow does not allow", async () => {
    const { given, id } = await made();
    const { Resolved = 0, New = 0 } = redmine.seed.statuses;
    const forbid =
      "UPDATE workflows SET new_status_id = ? WHERE old_status_id = ? AND new_status_id = ?";
    redmine.sql(forbid, -Resolved, New, Resolved);
    // As an older Redmine, which does not tell the steps before.
    const older = open({}, async (input, init) => {
      const answer = await fetch(input, init);
      const text = (await answer.text()).replace('"allowed_statuses"', '"not_told"');
      return new Response(answer.status === 204 ? null : text, answer);
    });
    for (const asked of [desk, older]) {
      const { version } = doneValue(await asked.read(id));
      const refused = await asked.update(id, { status: "resolved" }, version);
      expect(refused).toMatchObject({ kind: "refused", code: "invalid" });
      expect(refused).toHaveProperty("reason", expect.stringContaining('no step to "Resolved"'));
    }
    redmine.sql(forbid, Resolved, New, -Resolved);
    expect(doneValue(await desk.find(given.reference, []))[0]?.raw).toBe("New");
  });

  it("writes no comment that everybody would see", async () => {
    const { id } = await made();
    const change =
      "UPDATE roles SET permissions = replace(permissions, ?, ?) WHERE name = 'Gateway'";
    redmine.sql(change, ":set_notes_private", ":set_notes_xx");
    const refused = await desk.comment(id, [{ kind: "paragraph", text: "internal" }]);
    const checked = doneValue(await desk.check());
    redmine.sql(change, ":set_notes_xx", ":set_notes_private");
    expect(refused).toMatchObject({ kind: "refused", code: "denied" });
    expect((await redmine.anna.read(id)).journals).toEqual([]);
    expect(checked.ok).toBe(false);
    expect(checked.lines).toContainEqual(
      expect.objectContaining({ what: 'right "Set notes as private" in "proactive"' }),
    );
    const { change: told } = doneValue(
      await desk.comment(id, [{ kind: "paragraph", text: "internal" }]),
    );
    const [journal] = (await redmine.anna.read(id)).journals ?? [];
    expect(journal).toMatchObject({ notes: "internal", private_notes: true });
    expect(told).toBe(`j${journal?.id}`);
  });

  it("tells two changes of the same second once each, when it is asked between them", async () => {
    const { id } = await made();
    let { cursor } = doneValue(await desk.changes(""));
    const told: string[] = [];
    for (let i = 0; i < 4; i++) {
      await redmine.anna.comment(id, `note ${i}`);
      const page = doneValue(await desk.changes(cursor));
      cursor = page.cursor;
      told.push(
        ...page.changes.map((change) => (change.kind === "comment" ? change.text : change.kind)),
      );
    }
    expect(told).toEqual(["note 0", "note 1", "note 2", "note 3"]);
    expect(doneValue(await desk.changes(cursor)).changes).toEqual([]);
  });

  it("tells what agents did, in their order, with names instead of numbers", async () => {
    const { id } = await made();
    const { cursor } = doneValue(await desk.changes(""));
    await redmine.anna.take(id);
    await redmine.anna.edit(id, { assigned_to_id: redmine.seed.people.ben.id, notes: "for Ben" });
    await redmine.ben.move(id, "field");
    await redmine.ben.setField(id, "Case Verdict", "Sensor fault");
    await redmine.ben.setStatus(id, "Rejected");
    const owners = await redmine.ben.create({
      subject: "Owner calls",
      fields: { "Device ID": "b-7" },
    });
    const { changes } = doneValue(await desk.changes(cursor));
    expect(changes.every(({ own }) => !own)).toBe(true);
    expect(changes).toMatchObject([
      { kind: "owner", to: "Anna Test", by: "Anna Test" },
      { kind: "comment", text: "for Ben" },
      { kind: "owner", to: "Ben Test" },
      { kind: "queue", to: "field" },
      { kind: "verdict", verdict: "sensor_fault" },
      { kind: "status", to: "rejected", raw: "Rejected" },
      { kind: "created", ticket: owners, device: "b-7", reference: "" },
    ]);
  });

  it("links once, and names the ticket that another one follows", async () => {
    const first = await made();
    const second = await made({ follows: first.id });
    doneValue(await desk.link(second.id, first.id));
    doneValue(await desk.link(second.id, first.id));
    const issue = await redmine.anna.read(second.id);
    expect(issue.relations).toHaveLength(1);
    expect(issue.description).toContain(`Follows #${first.id}`);
  });

  it("finds what it made without a reference, and puts it out of the way with the reason", async () => {
    const id = await redmine.bot.create({ subject: "left behind" });
    const others = await redmine.anna.create({ subject: "somebody else's" });
    const orphans = doneValue(await desk.orphans()).map((one) => one.id);
    expect(orphans).toContain(id);
    expect(orphans).not.toContain(others);
    doneValue(await desk.reject(id, "made twice"));
    expect(doneValue(await desk.orphans()).map((one) => one.id)).not.toContain(id);
    expect((await redmine.anna.read(id)).journals?.at(-1)).toMatchObject({ notes: "made twice" });
  });

  it("checks in words, and makes nothing by checking", async () => {
    await made();
    const before = (await redmine.bot.search("Device ID", "*")).length;
    const wrong = open({
      queues: { default: "proactive", byProduct: { kettle: "kettles" }, bySeverity: {} },
      fields: { ...numberedFields(redmine.seed.fields), link: "Case URL" },
      severities: { normal: "warning", safety: "dreadful" },
      statuses: { open: ["Begun"] },
      options: { tracker: "Support" },
    });
    const { ok, lines } = doneValue(await wrong.check());
    expect(ok).toBe(false);
    expect(lines.filter(({ state }) => state === "missing").map(({ what }) => what)).toEqual([
      'field "Case URL" for link',
      'value "dreadful" of "5" in "proactive"',
      'step from "New" to "Begun" in "proactive"',
      'project "kettles"',
      'status "Begun"',
    ]);
    expect(doneValue(await desk.check()).ok).toBe(true);
    expect((await redmine.bot.search("Device ID", "*")).length).toBe(before);
  });

  it("keeps the token out of what it says when the token is wrong", async () => {
    const token = "f".repeat(40);
    const stranger = createRedmineDesk({
      settings: redmineSettings(redmine.url),
      secrets: { token, hookSecret: "" },
      clock: new SystemClock(),
    });
    const denied = await stranger.read("1");
    expect(denied).toMatchObject({ kind: "refused", code: "denied" });
    expect(JSON.stringify(denied)).not.toContain(token);
  });

  it("waits while Redmine is down, and goes on after", async () => {
    const { given, id } = await made();
    await redmine.stop();
    expect((await desk.create(newTicket(), "")).kind).toBe("later");
    await redmine.resume();
    expect(doneValue(await desk.find(given.reference, [id]))).toHaveLength(1);
  });
});
