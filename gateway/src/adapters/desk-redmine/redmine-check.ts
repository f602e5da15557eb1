import type { DeskCheck, DeskOutcome } from "#ports/desk.ts";
import type { DeskFields } from "#ports/desk-settings.ts";
import { done } from "../desk-http/outcome.ts";
import type { RedmineIssue, RedmineProject } from "./redmine-api.ts";
import type { Redmine } from "./redmine-desk.ts";
import { projectOf, rightsIn, statusNamed, trackerOf } from "./redmine-site.ts";
import { wordsOf } from "./redmine-ticket.ts";

type Line = DeskCheck["lines"][number];

const ok = (what: string): Line => ({ state: "ok", what, next: "" });
const missing = (what: string, next: string): Line => ({ state: "missing", what, next });
const doubtful = (what: string, next: string): Line => ({ state: "doubtful", what, next });
const quoted = (text: string): string => JSON.stringify(text);

/**
 * Looks at everything that the connector will need, with the rights that it has, and makes nothing: values
 * of lists are tried with an issue that Redmine must refuse, because it has no subject.
 */
export async function checkRedmine(redmine: Redmine): Promise<DeskOutcome<DeskCheck>> {
  const { settings, site } = redmine;
  const lines: Line[] = [...fieldLines(redmine)];
  const { default: usual, byProduct, bySeverity } = settings.queues;
  const queues = new Set([usual, ...Object.values(byProduct), ...Object.values(bySeverity)]);
  for (const queue of queues) {
    const project = projectOf(site, queue);
    if (project === undefined) {
      lines.push(
        missing(
          `project ${quoted(queue)}`,
          "make it, or make the gateway's user a member; write its identifier",
        ),
      );
      continue;
    }
    const inside = await projectLines(redmine, project);
    if (inside.kind !== "done") return inside;
    lines.push(ok(`project ${quoted(queue)}`), ...inside.value);
  }
  const search = await searchLine(redmine);
  if (search.kind !== "done") return search;
  lines.push(...search.value, ...statusLines(redmine));
  const desk = `Redmine at ${settings.url}, user ${site.me.id}`;
  return done({ ok: lines.every(({ state }) => state !== "missing"), desk, lines });
}

function fieldLines({ settings, site }: Redmine): readonly Line[] {
  return (Object.entries(settings.fields) as [keyof DeskFields, string][]).map(([key, name]) => {
    const what = `field ${quoted(name)} for ${key}`;
    if (key === "evidence") {
      return doubtful(what, "leave it out: Redmine's evidence is kept in the description");
    }
    const id = site.fields.get(key);
    if (id === undefined) {
      return missing(
        what,
        "make it for issues; if it is there, write its number (in the address of the field's page) or open one issue with it, for only administrators may list fields",
      );
    }
    const seen = site.seen.some((field) => field.id === id);
    return seen
      ? ok(`${what} is number ${id}`)
      : doubtful(
          `${what} is number ${id}`,
          "no issue shows a field of this number yet; look at the first ticket",
        );
  });
}

async function projectLines(
  redmine: Redmine,
  project: RedmineProject,
): Promise<DeskOutcome<readonly Line[]>> {
  const { settings } = redmine;
  const lines: Line[] = [];
  const name = settings.options.tracker ?? "";
  const tracker = trackerOf(project, name);
  const place = `in ${quoted(project.identifier)}`;
  const rights = await rightLines(redmine, project);
  if (rights.kind !== "done") return rights;
  lines.push(...rights.value);
  if (!project.enabled_modules.some((module) => module.name === "issue_tracking")) {
    lines.push(
      missing(`issue tracking ${place}`, "switch the module on in the project's settings"),
    );
  }
  if (tracker === undefined) {
    lines.push(missing(`tracker ${quoted(name)} ${place}`, "tick it in the project's settings"));
    return done(lines);
  }
  lines.push(ok(`tracker ${quoted(name)} ${place}`));
  const probed = await valueLines(redmine, { project: project.id, tracker: tracker.id, place });
  if (probed.kind !== "done") return probed;
  const flow = await workflowLines(redmine, { project: project.id, tracker: tracker.id, place });
  return flow.kind === "done" ? done([...lines, ...probed.value, ...flow.value]) : flow;
}

const RIGHTS: readonly (readonly [string, string])[] = [
  ["view_issues", "View issues"],
  ["all_issues", "Issues visibility: All issues"],
  ["add_issues", "Add issues"],
  ["edit_issues", "Edit issues"],
  ["add_issue_notes", "Add notes"],
  ["view_private_notes", "View private notes"],
  ["set_notes_private", "Set notes as private"],
  ["manage_issue_relations", "Manage issue relations"],
];

async function rightLines(
  { api, site }: Redmine,
  project: RedmineProject,
): Promise<DeskOutcome<readonly Line[]>> {
  const rights = await rightsIn(api, site.me, project.id);
  if (rights.kind !== "done") return rights;
  const has = rights.value;
  const where = `in ${quoted(project.identifier)}`;
  if (has === undefined) {
    return done([
      doubtful(`rights ${where}`, "the gateway's user is an administrator; an own role is enough"),
    ]);
  }
  if (has.size === 0) {
    return done([missing(`rights ${where}`, "make the gateway's user a member of the project")]);
  }
  const absent = RIGHTS.filter(([right]) => !has.has(right));
  return done(
    absent.length === 0
      ? [ok(`rights ${where}`)]
      : absent.map(([, title]) =>
          missing(`right ${quoted(title)} ${where}`, "tick it in the role"),
        ),
  );
}

interface Where {
  readonly project: number;
  readonly tracker: number;
  readonly place: string;
}

/** How many faults Redmine finds in an issue without subject; undefined = it found none of our kind. */
async function faults(
  { api, settings }: Redmine,
  { project, tracker }: Where,
  fields: readonly object[],
): Promise<DeskOutcome<string>> {
  const sent = await api.create({
    project_id: project,
    tracker_id: tracker,
    subject: "",
    custom_fields: fields,
  });
  if (sent.kind === "refused" && sent.code === "invalid") return done(sent.reason);
  if (sent.kind !== "done") return sent;
  return done(`${settings.name} took an issue without a subject`);
}

/** Compared with an issue that has nothing but the same fault: what is new is the value's. */
async function valueLines(redmine: Redmine, where: Where): Promise<DeskOutcome<readonly Line[]>> {
  const { settings, site } = redmine;
  const bare = await faults(redmine, where, []);
  if (bare.kind !== "done") return bare;
  const lines: Line[] = [];
  const lists = [
    ["severity", Object.values(settings.severities)],
    ["verdict", settings.fields.verdict === undefined ? [] : Object.values(settings.verdicts)],
  ] as const;
  for (const [key, values] of lists) {
    const id = site.fields.get(key);
    if (id === undefined) continue;
    const nonsense = await faults(redmine, where, [{ id, value: "voorzorg-no-such-value" }]);
    if (nonsense.kind !== "done") return nonsense;
    const name = quoted(settings.fields[key] ?? "");
    if (nonsense.value === bare.value) {
      lines.push(
        missing(
          `list ${name} ${where.place}`,
          "it takes any value: tick this tracker in the field, and make it of the format List",
        ),
      );
      continue;
    }
    for (const value of new Set(values)) {
      const tried = await faults(redmine, where, [{ id, value }]);
      if (tried.kind !== "done") return tried;
      const what = `value ${quoted(value)} of ${name} ${where.place}`;
      lines.push(tried.value === bare.value ? ok(what) : missing(what, "add it to the list"));
    }
  }
  return done(lines);
}

/** Steps of the workflow are only shown with an issue. */
async function workflowLines(
  redmine: Redmine,
  where: Where,
): Promise<DeskOutcome<readonly Line[]>> {
  const { api } = redmine;
  const page = await api.issues({
    project_id: where.project,
    tracker_id: where.tracker,
    sort: "id:desc",
    limit: 1,
  });
  if (page.kind !== "done") return page;
  const [newest] = page.value.issues;
  const what = `fields and workflow ${where.place}`;
  if (newest === undefined) {
    return done([
      doubtful(
        what,
        "there is no issue of this tracker yet to see them in; check again after the first",
      ),
    ]);
  }
  const issue = await api.issue(String(newest.id));
  return issue.kind === "done" ? done(seenIn(redmine, issue.value, where)) : issue;
}

function seenIn(redmine: Redmine, issue: RedmineIssue, { place }: Where): readonly Line[] {
  const { settings, site } = redmine;
  const fields = [...site.fields]
    .filter(([key, id]) => key !== "evidence" && issue.custom_fields.every((one) => one.id !== id))
    .map(([key]) =>
      missing(
        `field ${quoted(settings.fields[key] ?? key)} ${place}`,
        "tick this tracker in the field",
      ),
    );
  const allowed = issue.allowed_statuses;
  if (allowed === undefined) {
    return [...fields, doubtful(`workflow ${place}`, "Redmine before 5.0 does not show it")];
  }
  const words = wordsOf(settings);
  const steps = (["open", "resolved", "rejected"] as const).flatMap((status) => {
    const word = words[status][0] ?? "";
    const there = issue.status.name.toLowerCase() === word.toLowerCase();
    return there || allowed.some(({ name }) => name.toLowerCase() === word.toLowerCase())
      ? []
      : [
          missing(
            `step from ${quoted(issue.status.name)} to ${quoted(word)} ${place}`,
            "add it to the workflow of the gateway's role and this tracker",
          ),
        ];
  });
  return fields.length + steps.length === 0
    ? [ok(`fields and workflow ${place}`)]
    : [...fields, ...steps];
}

function statusLines({ settings, site }: Redmine): readonly Line[] {
  return Object.values(wordsOf(settings))
    .flat()
    .map((word) => {
      const what = `status ${quoted(word)}`;
      return statusNamed(site, word) === undefined
        ? missing(what, "write a status that there is into the desk's file")
        : ok(what);
    });
}

/** Redmine leaves out a filter that it does not know, and then finds everything. */
async function searchLine({ api, settings, site }: Redmine): Promise<DeskOutcome<readonly Line[]>> {
  const id = site.fields.get("reference");
  if (id === undefined) return done([]);
  const page = await api.issues({ [`cf_${id}`]: "voorzorg-no-such-reference", limit: 1 });
  if (page.kind !== "done") return page;
  const what = `search by ${quoted(settings.fields.reference ?? "")}`;
  return done([
    page.value.issues.length === 0
      ? ok(what)
      : missing(what, 'tick "Used as a filter" and "For all projects" in the field'),
  ]);
}
