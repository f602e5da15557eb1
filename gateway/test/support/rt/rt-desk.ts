import type { Desk } from "#ports/desk.ts";
import type { DeskSettings } from "#ports/desk-settings.ts";
import { createRtDesk } from "../../../src/adapters/desk-rt/rt-desk.ts";
import { SystemClock } from "../../../src/adapters/system-clock/system-clock.ts";
import type { DeskUnderTest } from "../../contracts/desk.ts";
import { RtPages } from "./rt-pages.ts";
import type { RtServer } from "./rt-server.ts";
import { startRt } from "./rt-server.ts";
import { rtSettings, VERDICT_WORDS } from "./rt-settings.ts";

export interface RtDeskSetting {
  /** Default: RT itself; a proxy before it for faults. */
  readonly url?: string;
  readonly settings?: Partial<DeskSettings>;
  readonly token?: string;
  readonly timeoutMs?: number;
}

/** The connector to a desk of the tests. */
export const rtDesk = (rt: RtServer, setting: RtDeskSetting = {}): Desk =>
  createRtDesk({
    settings: rtSettings(setting.url ?? rt.url, { webUrl: rt.url, ...setting.settings }),
    secrets: { token: setting.token ?? rt.token, hookSecret: "" },
    clock: new SystemClock(),
    ...(setting.timeoutMs === undefined ? {} : { timeoutMs: setting.timeoutMs }),
  });

/** A Request Tracker of its own for the contract of desks. */
export async function openRtDesk(): Promise<DeskUnderTest> {
  const rt = await startRt();
  return rtUnderTest(rt);
}

export function rtUnderTest(rt: RtServer): DeskUnderTest {
  const anna = rt.as("agent.anna");
  const bot = rt.as("gateway-bot");
  const pages = new RtPages(rt.url, "agent.anna");
  return {
    desk: rtDesk(rt),
    settings: rtSettings(rt.url),
    secondQueue: "Field Service",
    agent: {
      name: "agent.anna",
      take: anna.take,
      giveBack: anna.giveBack,
      comment: (id, text) => anna.comment(id, text),
      status: anna.status,
      verdict: (id, verdict) => anna.setField(id, "Case Verdict", VERDICT_WORDS[verdict]),
      rename: (id, subject) => anna.change(id, { Subject: subject }),
      move: (id) => anna.move(id, "Field Service"),
      merge: anna.merge,
      create: ({ subject, device }) =>
        anna.create({
          Queue: "Proactive Service",
          Subject: subject,
          CustomFields: { "Device ID": device },
        }),
    },
    other: (settings, token) => rtDesk(rt, { settings, ...(token === undefined ? {} : { token }) }),
    page: (id) => pages.ticket(id),
    files: (id) => bot.files(id),
    parents: (id) => bot.parents(id),
    makeOrphan: () =>
      bot.create({
        Queue: "Proactive Service",
        Subject: "A second ticket",
        CustomFields: { "Device ID": "espresso-7", "Dedup Key": "espresso-7/boiler-hot" },
      }),
    settle: async () => undefined,
    [Symbol.asyncDispose]: () => rt[Symbol.asyncDispose](),
  };
}
