import type { DeskCheck, DeskOutcome } from "#ports/desk.ts";
import type { DeskFields } from "#ports/desk-settings.ts";
import { done } from "../desk-http/outcome.ts";
import type { JiraFormField } from "./jira-api.ts";
import type { Jira } from "./jira-desk.ts";
import { findTickets } from "./jira-search.ts";
import type { Place } from "./jira-site.ts";
import { wordsOf } from "./jira-ticket.ts";

type Line = DeskCheck["lines"][number];

const ok = (what: string): Line => ({ state: "ok", what, next: "" });
const missing = (what: string, next: string): Line => ({ state: "missing", what, next });
const doubtful = (what: string, next: string): Line => ({ state: "doubtful", what, next });
const quoted = (text: string): string => JSON.stringify(text);

const RIGHTS = [
  "BROWSE_PROJECTS",
  "CREATE_ISSUES",
  "EDIT_ISSUES",
  "ADD_COMMENTS",
  "CREATE_ATTACHMENTS",
  "LINK_ISSUES",
  "TRANSITION_ISSUES",
  "SERVICEDESK_AGENT",
];

export async function checkJira(jira: Jira): Promise<DeskOutcome<DeskCheck>> {
  const { settings, site } = jira;
  const lines: Line[] = [...fieldLines(jira)];
  for (const [word, place] of site.places) {
    if (typeof place === "string") {
      lines.push(missing(`queue ${quoted(word)}: ${place}`, "write the key of a service project"));
      continue;
    }
    const inside = await placeLines(jira, word, place);
    if (inside.kind !== "done") return inside;
    lines.push(...inside.value);
  }
  const statuses = await statusLines(jira);
  if (statuses.kind !== "done") return statuses;
  lines.push(...statuses.value);
  if (site.fields.has("reference")) {
    const found = await findTickets(jira, "voorzorg-no-such-reference", []);
    if (found.kind === "later" || found.kind === "unknown") return found;
    const what = `search by ${quoted(settings.fields.reference ?? "")}`;
    const next = "give the field a searcher (Free Text Searcher) in its settings";
    lines.push(found.kind === "done" ? ok(what) : missing(what, next));
  }
  const desk = `Jira Service Management at ${settings.url}, user ${quoted(site.me.displayName)}`;
  return done({ ok: lines.every(({ state }) => state !== "missing"), desk, lines });
}

const fieldLines = ({ settings, site }: Jira): readonly Line[] =>
  (Object.entries(settings.fields) as [keyof DeskFields, string][]).map(([key, word]) => {
    const what = `field ${quoted(word)} for ${key}`;
    const field = site.fields.get(key);
    if (field === undefined) return missing(what, "make a custom field of this name");
    const adf = field.schema?.custom?.endsWith(":textarea") === true;
    return key === "evidence" && !adf
      ? missing(what, "make it of the kind Paragraph: one line does not hold the evidence")
      : ok(`${what} is ${field.id}`);
  });

async function placeLines(
  jira: Jira,
  word: string,
  { desk, form }: Place,
): Promise<DeskOutcome<readonly Line[]>> {
  const { api, settings, site } = jira;
  const where = `in ${quoted(word)}`;
  const lines: Line[] = [ok(`request type ${quoted(settings.options.requestType ?? "")} ${where}`)];
  const absent = await api.missingRights(desk.projectKey, RIGHTS);
  if (absent.kind !== "done") return absent;
  for (const right of absent.value) {
    lines.push(missing(`right ${right} ${where}`, "give it to the gateway's user"));
  }
  const reference = site.fields.get("reference");
  if (reference !== undefined) {
    const there = form.some(({ fieldId }) => fieldId === reference.id);
    const what = `field ${quoted(reference.name)} on the form ${where}`;
    const next = "add it to the request type's form: only so it is made together with the ticket";
    lines.push(there ? ok(what) : missing(what, next));
  }
  const filled = new Set([
    "summary",
    "description",
    ...[...site.fields.values()].map(({ id }) => id),
  ]);
  for (const field of form.filter(({ required, fieldId }) => required && !filled.has(fieldId))) {
    const next = "make it optional, or use a request type of the gateway's own";
    lines.push(missing(`form ${where} demands ${quoted(field.name)}`, next));
  }
  return done([...lines, ...valueLines(jira, form, where)]);
}

/** Values can only be seen of lists that are on the form. */
function valueLines(
  { settings, site }: Jira,
  form: readonly JiraFormField[],
  where: string,
): readonly Line[] {
  const lists = [
    ["severity", Object.values(settings.severities)],
    ["verdict", Object.values(settings.verdicts)],
  ] as const;
  return lists.flatMap(([key, words]) => {
    const field = site.fields.get(key);
    if (field === undefined) return [];
    const list = form.find(({ fieldId }) => fieldId === field.id);
    if (list === undefined) {
      const next = "it is not on the form; look at the first ticket whether agents see it";
      return [doubtful(`values of ${quoted(field.name)} ${where}`, next)];
    }
    const labels = list.validValues.map(({ label, value }) => label ?? value);
    return [...new Set(words)].map((word) => {
      const what = `value ${quoted(word)} of ${quoted(field.name)} ${where}`;
      return labels.includes(word) ? ok(what) : missing(what, "add it to the field's options");
    });
  });
}

/** Only words of the desk's file: those that Jira comes with differ from site to site. */
async function statusLines({ api, settings }: Jira): Promise<DeskOutcome<readonly Line[]>> {
  const names = await api.statuses();
  if (names.kind !== "done") return names;
  const there = new Set(names.value.map((name) => name.toLowerCase()));
  const words = wordsOf(settings);
  return done(
    (["new", "open", "resolved"] as const).flatMap((status) => {
      const known = words[status].filter((word) => there.has(word.toLowerCase()));
      const given = settings.statuses[status] ?? [];
      const unknown = given.filter((word) => !known.includes(word));
      if (known.length === 0) {
        const next = "name the statuses of your workflow in the desk's file";
        return [missing(`status for ${status}`, next)];
      }
      return [
        ok(`status for ${status}: ${known.map(quoted).join(", ")}`),
        ...unknown.map((word) => missing(`status ${quoted(word)}`, "there is none of this name")),
      ];
    }),
  );
}
