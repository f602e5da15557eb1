import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Desk } from "#ports/desk.ts";
import type { DeskSettings } from "#ports/desk-settings.ts";
import type { CutPlan } from "./support/cut-proxy.ts";
import { CutProxy } from "./support/cut-proxy.ts";
import { DeskLiveRig } from "./support/desk-live-rig.ts";
import { redmineDesk } from "./support/redmine/redmine-desk.ts";
import type { RedmineServer } from "./support/redmine/redmine-server.ts";
import { startRedmine } from "./support/redmine/redmine-server.ts";
import { numberedFields, redmineSettings } from "./support/redmine/redmine-settings.ts";
import { rtDesk } from "./support/rt/rt-desk.ts";
import type { RtServer } from "./support/rt/rt-server.ts";
import { startRt } from "./support/rt/rt-server.ts";
import { rtSettings } from "./support/rt/rt-settings.ts";

/** Three of ten answers are lost after the desk has committed. */
const CUT: CutPlan = { faults: { cut: 0.3 }, methods: ["POST", "PUT"] };
const CASES = 100;
/** Nobody but the bridge does anything here: reading changes is not what is under test. */
const SELDOM = { pollEveryMs: 30_000 };
/** A busy machine takes long; a quiet one half a minute. */
const WITHIN_MS = 400_000;
/** Of bridges that each have a file of their own. */
const FEW = 20;

/** A desk as it is beside the bridge: what was made, asked past the proxy. */
interface Counting {
  /** References of live tickets that the gateway made, "" = none. */
  references(): Promise<readonly string[]>;
  /** Of all that were ever made, put away ones included. */
  made(): Promise<number>;
}

interface Plan {
  readonly desks: readonly Desk[];
  readonly settings: DeskSettings;
  readonly counting: Counting;
  readonly proxy: CutProxy;
}

async function opened(
  { desks, settings, proxy }: Plan,
  prefix: string,
  { cases, ownFiles }: { readonly cases: number; readonly ownFiles: boolean },
): Promise<DeskLiveRig> {
  const rig = new DeskLiveRig();
  for (const [n, desk] of desks.entries()) {
    rig.start({ desk, settings, file: ownFiles ? `desk-${n}` : "desk" });
  }
  proxy.follow(CUT);
  for (let n = 0; n < cases; n++) rig.plant.open(`${prefix}-${n}`, { device: `boiler-${n}` });
  return rig;
}

const expected = (prefix: string, cases: number): readonly string[] =>
  Array.from({ length: cases }, (_, n) => `${prefix}-${n}`).toSorted();

async function everyCaseHasItsTicket(plan: Plan, rig: DeskLiveRig, cases: number): Promise<void> {
  const all = () => [...rig.plant.cases.values()].every((view) => view.tickets !== undefined);
  await rig.until(`${cases} cases have tickets`, all, WITHIN_MS);
  await rig.settled(WITHIN_MS / 4);
  expect(plan.proxy.count("cut")).toBeGreaterThan(cases / 5);
}

/** Two bridges, one file; then two bridges that know nothing of each other. */
function exactlyOnce(plan: () => Plan): void {
  test(
    `${CASES} cases, two bridges with one file: ${CASES} tickets, no orphan, none twice`,
    async () => {
      const { counting } = plan();
      const before = await counting.made();
      await using rig = await opened(plan(), "c-once", { cases: CASES, ownFiles: false });
      await everyCaseHasItsTicket(plan(), rig, CASES);
      const references = (await counting.references()).filter((one) => !one.startsWith("c-few"));
      expect(references.toSorted()).toEqual(expected("c-once", CASES));
      expect((await counting.made()) - before).toBe(CASES);
      expect(rig.plant.named("ticket")).toHaveLength(CASES);
      expect(rig.bridges.flatMap((bridge) => bridge.status().flatMap(({ dead }) => dead))).toEqual(
        [],
      );
    },
    WITHIN_MS,
  );

  test(
    `${FEW} cases, two bridges without a common file: ${FEW} tickets live, no orphan`,
    async () => {
      const { counting } = plan();
      await using rig = await opened(plan(), "c-few", { cases: FEW, ownFiles: true });
      await everyCaseHasItsTicket(plan(), rig, FEW);
      const live = async () =>
        (await counting.references()).filter((one) => !one.startsWith("c-once")).toSorted();
      const wanted = expected("c-few", FEW);
      await rig.until(
        "one ticket lives per case",
        async () => JSON.stringify(await live()) === JSON.stringify(wanted),
        WITHIN_MS / 2,
      );
      expect(await live()).toEqual(wanted);
    },
    WITHIN_MS,
  );
}

describe("Request Tracker behind a network that loses three answers of ten", () => {
  let rt: RtServer;
  let proxy: CutProxy;
  let plan: Plan;
  beforeAll(async () => {
    rt = await startRt({ workers: 3 });
    proxy = await CutProxy.start(rt.url);
    const bot = rt.as("gateway-bot");
    const mine = "Creator = 'gateway-bot'";
    plan = {
      proxy,
      settings: rtSettings(proxy.url, SELDOM),
      desks: [rtDesk(rt, { url: proxy.url }), rtDesk(rt, { url: proxy.url })],
      counting: {
        made: async () => (await bot.search(mine)).length,
        references: async () => {
          const ids = await bot.search(`${mine} AND Status != 'rejected'`);
          const values = ids.map(async (id) => (await bot.field(id, "Case Ref"))[0] ?? "");
          return Promise.all(values);
        },
      },
    };
  }, 60_000);
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]();
    await rt[Symbol.asyncDispose]();
  });
  exactlyOnce(() => plan);
});

describe("Redmine behind a network that loses three answers of ten", () => {
  let redmine: RedmineServer;
  let proxy: CutProxy;
  let plan: Plan;
  beforeAll(async () => {
    redmine = await startRedmine();
    proxy = await CutProxy.start(redmine.url);
    const fields = numberedFields(redmine.seed.fields);
    const issues = async () => {
      const all: { status: { name: string }; custom_fields: { name: string; value: string }[] }[] =
        [];
      for (let offset = 0; ; offset += 100) {
        const path = `/issues.json?status_id=*&author_id=me&limit=100&offset=${offset}`;
        const { text } = await redmine.bot.request("GET", path);
        const page = (JSON.parse(text) as { issues: typeof all }).issues;
        all.push(...page);
        if (page.length < 100) return all;
      }
    };
    plan = {
      proxy,
      settings: redmineSettings(proxy.url, { fields, ...SELDOM }),
      desks: [redmineDesk(redmine, { url: proxy.url }), redmineDesk(redmine, { url: proxy.url })],
      counting: {
        made: async () => (await issues()).length,
        references: async () =>
          (await issues())
            .filter(({ status }) => status.name !== "Rejected")
            .map(
              ({ custom_fields }) =>
                custom_fields.find(({ name }) => name === "Case Ref")?.value ?? "",
            ),
      },
    };
  }, 120_000);
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]();
    await redmine[Symbol.asyncDispose]();
  });
  exactlyOnce(() => plan);
});
