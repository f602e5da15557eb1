import type { DeskOutcome } from "#ports/desk.ts";
import type { DeskFields, DeskSettings } from "#ports/desk-settings.ts";
import { done, refused, thenDone } from "../desk-http/outcome.ts";
import type {
  RedmineApi,
  RedmineField,
  RedmineMe,
  RedmineProject,
  RedmineStatus,
} from "./redmine-api.ts";
import { MAX_PAGE } from "./redmine-api.ts";

/** Numbers of what the desk's file names, as this Redmine has them. */
export interface Site {
  readonly me: RedmineMe;
  readonly projects: readonly RedmineProject[];
  readonly statuses: readonly RedmineStatus[];
  /** Fields of issues that can be seen; without an administrator's rights not all. */
  readonly seen: readonly RedmineField[];
  readonly fields: ReadonlyMap<keyof DeskFields, number>;
}

const MAX_PROJECTS = 2_000;

export async function loadSite(
  api: RedmineApi,
  settings: DeskSettings,
): Promise<DeskOutcome<Site>> {
  return thenDone(api.me(), (me) =>
    thenDone(api.statuses(), (statuses) =>
      thenDone(allProjects(api), (projects) =>
        thenDone(seenFields(api, projects), (seen) =>
          done({ me, projects, statuses, seen, fields: numbersOf(settings.fields, seen) }),
        ),
      ),
    ),
  );
}

async function allProjects(api: RedmineApi): Promise<DeskOutcome<readonly RedmineProject[]>> {
  const all: RedmineProject[] = [];
  while (all.length < MAX_PROJECTS) {
    const page = await api.projects(all.length);
    if (page.kind !== "done") return page;
    all.push(...page.value);
    if (page.value.length < MAX_PAGE) break;
  }
  return done(all);
}

/**
 * Only an administrator may list fields. Everybody else sees those that a project names, and those that
 * stand in an issue.
 */
async function seenFields(
  api: RedmineApi,
  projects: readonly RedmineProject[],
): Promise<DeskOutcome<readonly RedmineField[]>> {
  const listed = await api.customFields();
  if (listed.kind === "done") return listed;
  if (listed.kind !== "refused") return listed;
  return thenDone(api.issues({ sort: "updated_on:desc" }), ({ issues }) => {
    const found = new Map<number, RedmineField>();
    const named = [
      ...projects.map((one) => one.issue_custom_fields),
      ...issues.map((one) => one.custom_fields),
    ];
    for (const { id, name } of named.flat()) found.set(id, { id, name });
    return done([...found.values()]);
  });
}

function numbersOf(
  fields: DeskFields,
  seen: readonly RedmineField[],
): ReadonlyMap<keyof DeskFields, number> {
  const numbers = new Map<keyof DeskFields, number>();
  for (const [key, name] of Object.entries(fields) as [keyof DeskFields, string][]) {
    const id = /^\d+$/.test(name)
      ? Number(name)
      : seen.find((one) => one.name.toLowerCase() === name.toLowerCase())?.id;
    if (id !== undefined) numbers.set(key, id);
  }
  return numbers;
}

/** By identifier, name or number. */
export const projectOf = (site: Site, queue: string): RedmineProject | undefined =>
  site.projects.find(
    ({ id, name, identifier }) => identifier === queue || name === queue || String(id) === queue,
  );

export const trackerOf = (project: RedmineProject, tracker: string): RedmineField | undefined =>
  project.trackers.find(({ id, name }) => name === tracker || String(id) === tracker);

export const statusNamed = (site: Site, word: string): RedmineStatus | undefined =>
  site.statuses.find(({ name }) => name.toLowerCase() === word.toLowerCase());

/** Names of the queue as the desk's file has it; otherwise the project's name. */
export function queueName(site: Site, settings: DeskSettings, project: number): string {
  const { default: usual, byProduct, bySeverity } = settings.queues;
  const configured = [usual, ...Object.values(byProduct), ...Object.values(bySeverity)];
  return (
    configured.find((queue) => projectOf(site, queue)?.id === project) ??
    site.projects.find(({ id }) => id === project)?.name ??
    String(project)
  );
}

/** What the gateway's user may do in a project; undefined = everything. */
export async function rightsIn(
  api: RedmineApi,
  me: RedmineMe,
  project: number,
): Promise<DeskOutcome<ReadonlySet<string> | undefined>> {
  if (me.admin === true) return done(undefined);
  const rights = new Set<string>();
  const member = me.memberships.find((one) => one.project.id === project);
  for (const { id } of member?.roles ?? []) {
    const role = await api.role(id);
    if (role.kind !== "done") return role;
    for (const right of role.value.permissions) rights.add(right);
    if (role.value.issues_visibility === "all") rights.add("all_issues");
  }
  return done(rights);
}

/** The number of a field, or in words why there is none. */
export function fieldNumber(
  site: Site,
  settings: DeskSettings,
  key: keyof DeskFields,
): DeskOutcome<number> {
  const id = site.fields.get(key);
  if (id !== undefined) return done(id);
  const name = settings.fields[key];
  return refused(
    "invalid",
    name === undefined
      ? `${settings.name}: the desk's file names no field for ${key}`
      : `${settings.name}: there is no field ${JSON.stringify(name)}, or the gateway's user has seen no issue with it yet; write the field's number, which is in the address of its page`,
  );
}
