import { describe, expect, it } from "vitest";
import { GatewayHttp } from "../../src/gateway-http.ts";
import { People } from "../../src/scenario/people.ts";
import { parseScenario } from "../../src/scenario/scenario.ts";
import { casePage, fixItem, problemPage } from "../support/cases.ts";
import { fakeApi } from "../support/fake-api.ts";

const stepsOf = (agents: string) =>
  parseScenario(
    "test.yaml",
    `
scenario: Test
given: { devices: [{ id: esp-1, product: espresso-pro }] }
agents: [${agents}]
until: 6h
expect: [{ noCase: { device: esp-1 } }]
`,
  ).agents;

const ON_CASE = "case: { device: esp-1, rule: boiler-overheats }";

async function done(agents: string, refusal?: string) {
  await using api = await fakeApi(({ method, path }) => {
    if (path === "/api/tokens") return { body: { token: "t" } };
    if (path === "/api/cases?limit=200") return { body: { items: [casePage()], nextCursor: null } };
    if (path === "/api/cases/c-1" && method === "GET") return { body: casePage() };
    if (path.startsWith("/api/problems?")) return { body: { items: [problemPage()] } };
    if (path === "/api/fixes") return { body: { items: [fixItem()] } };
    return refusal === undefined ? { body: {} } : { status: 409, body: { detail: refusal } };
  });
  const steps = stepsOf(agents);
  const people = new People(new GatewayHttp(api.url, "admin"), steps);
  const judgements = [];
  for (const step of steps) judgements.push(await people.act(step));
  const acts = api.asked.filter(({ method, path }) => method !== "GET" && path !== "/api/tokens");
  const tokens = api.asked.filter(({ path }) => path === "/api/tokens").map(({ body }) => body);
  return { judgements, tokens, acts: acts.map(({ method, path, body }) => [method, path, body]) };
}

describe("people of a scenario", () => {
  it.each([
    [`do: acknowledge, ${ON_CASE}`, "POST", "/api/cases/c-1/acknowledge", {}],
    [`do: give_back, ${ON_CASE}`, "POST", "/api/cases/c-1/give-back", {}],
    [
      `do: approve, comment: yes then, ${ON_CASE}`,
      "POST",
      "/api/cases/c-1/approve",
      { comment: "yes then" },
    ],
    [
      `do: resolve, as: wont_fix, ${ON_CASE}`,
      "POST",
      "/api/cases/c-1/resolve",
      { comment: "", as: "wont_fix" },
    ],
    [
      `do: verdict, verdict: duplicate, ${ON_CASE}`,
      "POST",
      "/api/cases/c-1/verdict",
      { verdict: "duplicate", comment: "" },
    ],
    [`do: undo, step: 1, ${ON_CASE}`, "POST", "/api/cases/c-1/undo", { action: "a-1" }],
    [
      `do: owner_called, source: phone, ${ON_CASE}`,
      "POST",
      "/api/cases/c-1/owner-called",
      { source: "phone" },
    ],
    [
      "do: problem_resolve, comment: done, problem: { rule: boiler-overheats }",
      "POST",
      "/api/problems/p-1/resolve",
      { comment: "done" },
    ],
    [
      "do: remedies, enabled: false, comment: stop",
      "PUT",
      "/api/remedies",
      { enabled: false, product: "", reason: "stop" },
    ],
    [
      "do: reinstate, product: espresso-pro, rule: boiler-overheats, what: set_heater, comment: again",
      "POST",
      "/api/fixes/reinstate",
      { product: "espresso-pro", rule: "boiler-overheats", step: "k-1", reason: "again" },
    ],
    [
      "do: settings, device: esp-1, settings: { setpoint: 90 }",
      "PUT",
      "/api/devices/esp-1/settings",
      { settings: { setpoint: 90 } },
    ],
    [
      "do: command, device: esp-1, name: restart, expiresIn: 5m",
      "POST",
      "/api/devices/esp-1/commands",
      { name: "restart", args: {}, expiresInSeconds: 300 },
    ],
  ])("%s", async (what, method, path, body) => {
    const { acts, judgements } = await done(`{ at: 1h, who: ann, ${what} }`);
    expect(acts).toEqual([[method, path, body]]);
    expect(judgements).toMatchObject([{ failure: undefined }]);
  });

  it("sign in once, with no more rights than they need", async () => {
    const { tokens } = await done(
      `{ at: 1h, who: ann, do: acknowledge, ${ON_CASE} }, { at: 1h, who: ann, do: comment, comment: x, ${ON_CASE} }, { at: 1h, who: eve, do: approve, ${ON_CASE} }`,
    );
    expect(tokens).toEqual([
      { name: "ann", role: "agent" },
      { name: "eve", role: "engineer" },
    ]);
  });

  it("what the gateway refuses is a failure, unless it is expected in these words", async () => {
    const step = `at: 1h, who: ann, do: acknowledge, ${ON_CASE}`;
    const plain = await done(`{ ${step} }`, "It is resolved.");
    expect(plain.judgements[0]?.failure).toMatch(/it was refused: 409 .*It is resolved/);
    const expected = await done(`{ ${step}, refused: is resolved }`, "It is resolved.");
    expect(expected.judgements[0]?.failure).toBeUndefined();
    const otherwise = await done(`{ ${step}, refused: gone }`, "It is resolved.");
    expect(otherwise.judgements[0]?.failure).toMatch(/refused with: 409/);
    expect((await done(`{ ${step}, refused: gone }`)).judgements[0]?.failure).toBe("it was done");
  });

  it("what they mean must be there", async () => {
    const { judgements, acts } = await done(
      "{ at: 1h, who: ann, do: acknowledge, case: { device: esp-1, rule: valve-leaks } }, { at: 1h, who: ann, do: problem_comment, comment: x, problem: { rule: valve-leaks } }",
    );
    expect(judgements.map(({ failure }) => failure)).toEqual([
      "esp-1 has no case valve-leaks",
      "there is no problem valve-leaks",
    ]);
    expect(acts).toEqual([]);
  });
});
