import type { DeskSettings } from "#ports/desk-settings.ts";
import { createJiraDesk } from "../../../src/adapters/desk-jira/jira-desk.ts";
import { SystemClock } from "../../../src/adapters/system-clock/system-clock.ts";
import type { DeskAgent, DeskUnderTest } from "../../contracts/desk.ts";
import { redmineSettings } from "../redmine/redmine-settings.ts";
import type { CheckBody } from "./jira-double.ts";
import { JIRA_TOKEN, JIRA_USER, JiraDouble, moveTo } from "./jira-double.ts";
import type { Issue } from "./jira-world.ts";
import { ANNA, BOT } from "./jira-world.ts";

const jiraSettings = (more: Partial<DeskSettings> = {}): DeskSettings => ({
  ...redmineSettings("https://acme.atlassian.example"),
  name: "jira",
  kind: "jira-service-management",
  user: JIRA_USER,
  queues: { default: "PROACT", byProduct: { "e-bike": "FIELD" }, bySeverity: {} },
  fields: {
    reference: "Case Ref",
    dedupKey: "Dedup Key",
    device: "Device ID",
    revision: "Case Rev",
    severity: "Severity",
    link: "Case Link",
    evidence: "Case Evidence",
    verdict: "8",
  },
  options: { requestType: "Proactive case" },
  ...more,
});

export const jiraDesk = (
  double: JiraDouble,
  settings: Partial<DeskSettings> = {},
  token = JIRA_TOKEN,
) =>
  createJiraDesk({
    settings: jiraSettings(settings),
    secrets: { token, hookSecret: "jira-hook-secret" },
    clock: new SystemClock(),
    fetch: double.fetch,
  });

export async function openJira(checkBody: CheckBody): Promise<DeskUnderTest> {
  const double = new JiraDouble(checkBody);
  return {
    desk: jiraDesk(double),
    settings: jiraSettings(),
    secondQueue: "FIELD",
    agent: agentAt(double),
    other: (settings, token) => jiraDesk(double, settings, token),
    page: async (id) => page(issueAt(double, id)),
    files: async (id) => issueAt(double, id).files,
    parents: async (id) => issueAt(double, id).links,
    makeOrphan: async () => {
      const fields = new Map([["customfield_3", "boiler-7"]]);
      return double.world.add(BOT, { summary: "Second", project: "PROACT", fields }).id;
    },
    settle: async () => double.world.index(),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

export const issueAt = ({ world }: JiraDouble, id: string): Issue => {
  const issue = world.issues.get(id);
  if (issue === undefined) throw new Error(`no issue ${id}`);
  return issue;
};

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

/** Text of a document is shown as text; an address only in a link. */
function shown(node: unknown): string {
  if (typeof node !== "object" || node === null) return "";
  const {
    text,
    marks = [],
    content = [],
  } = node as {
    text?: string;
    marks?: { attrs?: { href?: string } }[];
    content?: unknown[];
  };
  const href = marks.find(({ attrs }) => attrs?.href !== undefined)?.attrs?.href;
  const inner = escaped(text ?? "") + content.map(shown).join("");
  return href === undefined ? inner : `<a href="${escaped(href)}">${inner}</a>`;
}

const page = ({ summary, comments }: Issue): string =>
  `<h1>${escaped(summary)}</h1>${comments.map(({ body }) => shown(body)).join("\n")}`;

const typed = (text: string) => ({
  type: "doc",
  version: 1,
  content: text.split("\n").map((line) => ({
    type: "paragraph",
    content: [{ type: "text", text: line }],
  })),
});

export function agentAt(double: JiraDouble): DeskAgent {
  const { world } = double;
  const assign = async (id: string, to: string | null) => {
    issueAt(double, id).assignee = to;
    const name = to === null ? "" : "Anna Agent";
    world.change(issueAt(double, id), ANNA, [{ field: "assignee", toString: name }]);
  };
  return {
    name: "Anna Agent",
    take: (id) => assign(id, ANNA),
    giveBack: (id) => assign(id, null),
    comment: async (id, text) => world.comment(issueAt(double, id), ANNA, typed(text), true),
    status: async (id, to) => {
      const words = { open: null, resolved: "Done", rejected: "Won't Do" } as const;
      const status = to === "open" ? "In Progress" : "Resolved";
      moveTo(world, issueAt(double, id), { by: ANNA, status, resolution: words[to] });
    },
    verdict: async (id, verdict) => {
      const issue = issueAt(double, id);
      const word = jiraSettings().verdicts[verdict] ?? "";
      issue.fields.set("customfield_8", { value: word });
      const item = { field: "Case Verdict", fieldId: "customfield_8", toString: word };
      world.change(issue, ANNA, [item]);
    },
    rename: async (id, summary) => {
      issueAt(double, id).summary = summary;
      world.change(issueAt(double, id), ANNA, [{ field: "summary", toString: summary }]);
    },
    move: async (id) => {
      const issue = issueAt(double, id);
      Object.assign(issue, { project: "FIELD", key: `FIELD-${id}` });
      world.change(issue, ANNA, [
        { field: "Key", toString: issue.key },
        { field: "project", to: "10002", toString: "Field Service" },
      ]);
    },
    create: async ({ subject, device }) => {
      const fields = new Map([["customfield_3", device]]);
      return world.add(ANNA, { summary: subject, project: "PROACT", fields }).id;
    },
  };
}
