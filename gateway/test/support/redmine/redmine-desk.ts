import type { Desk } from "#ports/desk.ts";
import type { DeskSettings } from "#ports/desk-settings.ts";
import { createRedmineDesk } from "../../../src/adapters/desk-redmine/redmine-desk.ts";
import { SystemClock } from "../../../src/adapters/system-clock/system-clock.ts";
import type { DeskUnderTest } from "../../contracts/desk.ts";
import type { RedmineServer } from "./redmine-server.ts";
import { startRedmine } from "./redmine-server.ts";
import { numberedFields, redmineSettings } from "./redmine-settings.ts";

export interface RedmineDeskSetting {
  /** Default: Redmine itself; a proxy before it for faults. */
  readonly url?: string;
  readonly settings?: Partial<DeskSettings>;
  readonly token?: string;
  readonly timeoutMs?: number;
  readonly fetch?: typeof fetch;
}

/** The connector to a Redmine of the tests. */
export function redmineDesk(redmine: RedmineServer, setting: RedmineDeskSetting = {}): Desk {
  const { url = redmine.url, settings, token, ...more } = setting;
  const fields = numberedFields(redmine.seed.fields);
  return createRedmineDesk({
    ...more,
    settings: redmineSettings(url, { webUrl: redmine.url, fields, ...settings }),
    secrets: { token: token ?? redmine.seed.people.bot.key, hookSecret: "" },
    clock: new SystemClock(),
  });
}

/** A Redmine of its own for the contract of desks. */
export const openRedmineDesk = async (): Promise<DeskUnderTest> =>
  redmineUnderTest(await startRedmine());

const WORDS = { open: "In Progress", resolved: "Resolved", rejected: "Rejected" } as const;

function redmineUnderTest(redmine: RedmineServer): DeskUnderTest {
  const { anna, bot, seed } = redmine;
  const settings = redmineSettings(redmine.url, { fields: numberedFields(seed.fields) });
  return {
    desk: redmineDesk(redmine),
    settings,
    secondQueue: "field",
    agent: {
      name: anna.person.name,
      take: anna.take,
      giveBack: anna.giveBack,
      comment: (id, text) => anna.edit(id, { notes: text, private_notes: true }),
      status: (id, to) => anna.setStatus(id, WORDS[to]),
      verdict: (id, verdict) =>
        anna.setField(id, "Case Verdict", settings.verdicts[verdict] ?? verdict),
      rename: (id, subject) => anna.edit(id, { subject }),
      move: (id) => anna.move(id, "field"),
      create: ({ subject, device }) => anna.create({ subject, fields: { "Device ID": device } }),
    },
    other: (more, token) =>
      redmineDesk(redmine, { settings: more, ...(token === undefined ? {} : { token }) }),
    page: (id) => anna.page(id),
    files: async (id) =>
      new Map((await bot.read(id)).attachments?.map((file) => [file.filename, file.filesize])),
    parents: async (id) =>
      ((await bot.read(id)).relations ?? [])
        .flatMap(({ issue_id, issue_to_id }) => [String(issue_id), String(issue_to_id)])
        .filter((other) => other !== id),
    makeOrphan: () =>
      bot.create({ subject: "A second ticket", fields: { "Device ID": "boiler-7" } }),
    settle: async () => undefined,
    [Symbol.asyncDispose]: () => redmine[Symbol.asyncDispose](),
  };
}
