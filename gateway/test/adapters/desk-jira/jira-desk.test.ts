import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { doneValue, newTicket, nextFields } from "../../support/desk-tickets.ts";
import { JiraDouble } from "../../support/jira/jira-double.ts";
import { agentAt, issueAt, jiraDesk } from "../../support/jira/jira-under-test.ts";
import { BOT } from "../../support/jira/jira-world.ts";

function setUp() {
  const double = new JiraDouble();
  const desk = jiraDesk(double);
  const create = async (more: Parameters<typeof newTicket>[0] = {}) => {
    const given = newTicket({ queue: "PROACT", ...more });
    const { id } = doneValue(await desk.create(given, given.reference));
    return { given, id, issue: issueAt(double, id) };
  };
  return { double, desk, create, anna: agentAt(double) };
}

describe("Jira Service Management", () => {
  it("makes the issue with its reference, and tells the dossier to agents only", async () => {
    const { create } = setUp();
    const { given, issue } = await create();
    expect(issue.fields.get("customfield_1")).toBe(given.reference);
    expect(issue.labels).toEqual(["voorzorg", `voorzorg-${given.reference}`]);
    expect(issue.properties.get("voorzorg")).toMatchObject({ reference: given.reference });
    expect(issue.comments.map(({ internal }) => internal)).toEqual([true]);
    expect(JSON.stringify(issue.fields.get("description"))).not.toContain("valve");
    expect(JSON.stringify(issue.comments[0]?.body)).toContain("valve");
  });

  it("finds what was made when the answer is lost, as soon as the search knows it", async () => {
    const { double, desk } = setUp();
    const given = newTicket({ queue: "PROACT" });
    doneValue(await desk.find(given.reference, []));
    double.faults.push("cut");
    expect((await desk.create(given, "k")).kind).toBe("unknown");
    expect(doneValue(await desk.find(given.reference, []))).toEqual([]);
    expect(desk.capabilities.searchLagMs).toBeGreaterThanOrEqual(60_000);
    double.world.index();
    expect(doneValue(await desk.find(given.reference, []))).toHaveLength(1);
  });

  it("finds a known issue at once, although the search lags", async () => {
    const { desk, create } = setUp();
    const { given, id } = await create();
    expect(doneValue(await desk.find(given.reference, [id]))).toHaveLength(1);
  });

  it("takes no issue for its own whose reference has the same words in another order", async () => {
    const { double, desk, create } = setUp();
    await create({ reference: "case-17-1" });
    double.world.index();
    expect(doneValue(await desk.find("case-1-17", []))).toEqual([]);
  });

  it("finds an issue whose reference somebody emptied, by its label", async () => {
    const { double, desk, create } = setUp();
    const { given, id, issue } = await create();
    issue.fields.set("customfield_1", null);
    double.world.index();
    expect(doneValue(await desk.find(given.reference, [id]))).toMatchObject([
      { id, reference: given.reference },
    ]);
  });

  it("goes the step that leads to the status, with a resolution where one is asked for", async () => {
    const { desk, create } = setUp();
    const { id, issue } = await create();
    doneValue(await desk.update(id, { status: "resolved" }, ""));
    expect(issue).toMatchObject({ status: "Resolved", resolution: "Done" });
    doneValue(await desk.update(id, { status: "open" }, ""));
    expect(issue).toMatchObject({ status: "In Progress", resolution: null });
    doneValue(await desk.reject(id, "made twice"));
    expect(issue).toMatchObject({ status: "Resolved", resolution: "Won't Do" });
    expect(doneValue(await desk.read(id)).status).toBe("rejected");
  });

  it("says in words which step is missing, and has then written nothing", async () => {
    const { double, create } = setUp();
    const { id, given, issue } = await create();
    const desk = jiraDesk(double, { statuses: { resolved: ["Finished"] } });
    const fields = nextFields(given, "1.1 bar");
    const refused = await desk.update(id, { fields, status: "resolved" }, "");
    expect(refused).toMatchObject({ kind: "refused", code: "invalid" });
    expect(refused).toHaveProperty("reason", expect.stringContaining('to "Finished"'));
    expect(issue.fields.get("customfield_4")).toBe(1);
  });

  it("makes nothing when the form lacks the field that it would be found by", async () => {
    const { double, desk } = setUp();
    double.form = double.form.filter((id) => id !== "customfield_1");
    const refused = await desk.create(newTicket({ queue: "PROACT" }), "k");
    expect(refused).toHaveProperty("reason", expect.stringContaining('no field "Case Ref"'));
    expect(double.world.issues.size).toBe(0);
    const { ok, lines } = doneValue(await desk.check());
    expect(ok).toBe(false);
    expect(lines).toContainEqual(
      expect.objectContaining({
        state: "missing",
        what: 'field "Case Ref" on the form in "PROACT"',
      }),
    );
  });

  it("says which right is missing in which project", async () => {
    const { double, desk } = setUp();
    double.rights.add("TRANSITION_ISSUES");
    const { lines } = doneValue(await desk.check());
    expect(lines.filter(({ state }) => state === "missing").map(({ what }) => what)).toEqual([
      'right TRANSITION_ISSUES in "PROACT"',
      'right TRANSITION_ISSUES in "FIELD"',
    ]);
  });

  it("tells a change that the search learns of only minutes later", async () => {
    const { double, desk, create, anna } = setUp();
    const [first, second] = [await create(), await create()];
    double.world.index();
    const { cursor } = doneValue(await desk.changes(""));
    await anna.comment(first.id, "early, but not indexed");
    await anna.comment(second.id, "late");
    second.issue.indexed = second.issue.updated;
    const now = doneValue(await desk.changes(cursor));
    expect(now.changes).toMatchObject([{ kind: "comment", text: "late" }]);
    double.world.index();
    const later = doneValue(await desk.changes(now.cursor));
    expect(later.changes).toMatchObject([{ kind: "comment", text: "early, but not indexed" }]);
    expect(doneValue(await desk.changes(later.cursor)).changes).toEqual([]);
  });

  it("gets through more issues than it reads at once, and asks nothing again about the same", async () => {
    const { double, desk, create, anna } = setUp();
    const ids: string[] = [];
    for (let i = 0; i < 30; i++) ids.push((await create()).id);
    double.world.index();
    let { cursor } = doneValue(await desk.changes(""));
    for (const id of ids) await anna.comment(id, `note on ${id}`);
    double.world.index();
    const told: string[] = [];
    for (let more = true; more; ) {
      const page = doneValue(await desk.changes(cursor));
      told.push(...page.changes.map(({ ticket }) => ticket));
      ({ cursor, more } = page);
    }
    expect(told.toSorted()).toEqual(ids.toSorted());
    const before = double.requests.length;
    doneValue(await desk.changes(cursor));
    expect(double.requests.length - before).toBe(1);
  });

  it("keeps a text in its limits, well formed", async () => {
    const { create } = setUp();
    const { issue } = await create({ body: [{ kind: "paragraph", text: "🔥".repeat(30_000) }] });
    const text = JSON.stringify(issue.comments[0]?.body);
    expect(text.length).toBeLessThan(32_767);
    expect(text.isWellFormed()).toBe(true);
  });

  it("waits as long as Jira asks", async () => {
    const { double, desk } = setUp();
    double.faults.push(new Response("{}", { status: 429, headers: { "retry-after": "9" } }));
    expect(await desk.read("1")).toMatchObject({ kind: "later", retryAfterMs: 9_000 });
  });

  it("knows orphans by their reporter and their empty reference", async () => {
    const { double, desk, create } = setUp();
    await create();
    const fields = new Map<string, unknown>();
    const lost = double.world.add(BOT, { summary: "lost", project: "PROACT", fields });
    double.world.add("acc-anna", { summary: "hers", project: "PROACT", fields });
    double.world.index();
    expect(doneValue(await desk.orphans()).map(({ id }) => id)).toEqual([lost.id]);
  });
});

describe("A call of Jira's", () => {
  it("is believed only with its signature over this body", () => {
    const { desk } = setUp();
    const body = Buffer.from('{"issue":{"id":"1"}}');
    const signed = (secret: string) => ({
      "x-hub-signature": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
    });
    expect(desk.verifyHook(signed("jira-hook-secret"), body, 0)).toBe(true);
    expect(desk.verifyHook(signed("jira-hook-secret"), Buffer.from("{}"), 0)).toBe(false);
    expect(desk.verifyHook(signed("other"), body, 0)).toBe(false);
    expect(desk.verifyHook({}, body, 0)).toBe(false);
  });
});
