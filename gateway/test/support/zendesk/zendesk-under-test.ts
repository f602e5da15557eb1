import type { Clock } from "#ports/clock.ts";
import type { Desk } from "#ports/desk.ts";
import type { DeskSettings } from "#ports/desk-settings.ts";
import { createZendeskDesk } from "../../../src/adapters/desk-zendesk/zendesk-desk.ts";
import { SystemClock } from "../../../src/adapters/system-clock/system-clock.ts";
import type { DeskAgent, DeskUnderTest } from "../../contracts/desk.ts";
import { redmineSettings } from "../redmine/redmine-settings.ts";
import { ZENDESK_TOKEN, ZENDESK_USER, ZendeskDouble } from "./zendesk-double.ts";
import type { Ticket } from "./zendesk-world.ts";
import { ANNA, BOT } from "./zendesk-world.ts";

const URL = "https://acme.zendesk.example";

const zendeskSettings = (more: Partial<DeskSettings> = {}): DeskSettings => ({
  ...redmineSettings(URL),
  name: "zendesk",
  kind: "zendesk",
  user: ZENDESK_USER,
  queues: {
    default: "Proactive Service",
    byProduct: { "e-bike": "Field Service" },
    bySeverity: {},
  },
  fields: {
    dedupKey: "Dedup Key",
    device: "Device ID",
    revision: "Case Rev",
    severity: "Severity",
    link: "Case Link",
    evidence: "Case Evidence",
    verdict: "908",
  },
  options: {},
  ...more,
});

export const zendeskDesk = (
  double: ZendeskDouble,
  settings: Partial<DeskSettings> = {},
  token = ZENDESK_TOKEN,
) =>
  createZendeskDesk({
    settings: zendeskSettings(settings),
    secrets: { token, hookSecret: "zendesk-hook-secret" },
    clock: clockOf(double),
    fetch: double.fetch,
  });

/** Both sides have the same time of day. */
function clockOf({ world }: ZendeskDouble): Clock {
  const system = new SystemClock();
  return {
    now: () => world.now() * 1_000,
    elapsed: () => system.elapsed(),
    sleep: (duration, signal) => system.sleep(duration, signal),
  };
}

export async function openZendesk(): Promise<DeskUnderTest> {
  const double = new ZendeskDouble();
  const desk: Desk = zendeskDesk(double);
  const { world } = double;
  return {
    desk,
    settings: zendeskSettings(),
    secondQueue: "Field Service",
    agent: agentAt(double),
    other: (settings, token) => zendeskDesk(double, settings, token),
    page: async (id) => page(ticketAt(double, id)),
    files: async (id) => ticketAt(double, id).files,
    parents: async (id) =>
      [ticketAt(double, id).problem_id].flatMap((one) => one ?? []).map(String),
    makeOrphan: async () => {
      const comment = { html: "<p>lost</p>", public: false, author: BOT };
      return String(world.add(BOT, { subject: "Second", tags: ["voorzorg"] }, comment).id);
    },
    settle: async () => {
      world.shown = world.events.length;
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

const ticketAt = ({ world }: ZendeskDouble, id: string): Ticket => {
  const ticket = world.tickets.get(Number(id));
  if (ticket === undefined) throw new Error(`no ticket ${id}`);
  return ticket;
};

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

const page = ({ subject, comments }: Ticket): string =>
  `<h1>${escaped(subject)}</h1>${comments.map(({ html }) => html).join("\n")}`;

/** What the agents' pages do; they fill in an assignee by themselves. */
export function agentAt(double: ZendeskDouble): DeskAgent {
  const { world } = double;
  const change = async (id: string, more: Parameters<typeof world.change>[2]) =>
    world.change(ticketAt(double, id), ANNA, more);
  return {
    name: "Anna Agent",
    take: (id) => change(id, { assignee_id: ANNA }),
    giveBack: (id) => change(id, { assignee_id: null }),
    comment: (id, text) =>
      change(id, { comment: { html: escaped(text), text, public: false, author: ANNA } }),
    status: (id, to) => {
      const { tags } = ticketAt(double, id);
      if (to === "open") return change(id, { status: "open" });
      return change(id, {
        status: "solved",
        ...(to === "rejected" ? { tags: [...tags, "wont_fix"] } : {}),
      });
    },
    verdict: (id, verdict) => change(id, { set: new Map([[908, verdict]]) }),
    rename: (id, subject) => change(id, { subject }),
    move: (id) => change(id, { group_id: 32 }),
    create: async ({ subject, device }) => {
      const comment = { html: "called", public: true, author: ANNA };
      const fields = new Map([[903, device]]);
      return String(world.add(ANNA, { subject, fields, group_id: 31 }, comment).id);
    },
  };
}
