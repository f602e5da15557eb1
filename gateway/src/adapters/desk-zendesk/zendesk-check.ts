import type { DeskCheck, DeskOutcome } from "#ports/desk.ts";
import type { DeskFields } from "#ports/desk-settings.ts";
import { done } from "../desk-http/outcome.ts";
import type { ZendeskField } from "./zendesk-api.ts";
import type { Zendesk } from "./zendesk-desk.ts";
import { groupOf, optionTag } from "./zendesk-site.ts";
import { wordsOf } from "./zendesk-ticket.ts";

type Line = DeskCheck["lines"][number];

const ok = (what: string): Line => ({ state: "ok", what, next: "" });
const missing = (what: string, next: string): Line => ({ state: "missing", what, next });
const doubtful = (what: string, next: string): Line => ({ state: "doubtful", what, next });
const quoted = (text: string): string => JSON.stringify(text);

/** Zendesk comes with a trigger that mails the requester of a ticket which an agent makes. */
const PROACTIVE = /notify requester of new proactive ticket/i;

const STATUSES = ["new", "open", "pending", "hold", "solved", "closed"];

export async function checkZendesk(zendesk: Zendesk): Promise<DeskOutcome<DeskCheck>> {
  const { api, settings, site } = zendesk;
  const lines: Line[] = [roleLine(zendesk), ...groupLines(zendesk), ...fieldLines(zendesk)];
  lines.push(...statusLines(zendesk));
  const events = await api.events(Math.floor(zendesk.now() / 1_000) - 300);
  if (events.kind === "refused") {
    const next = "give the gateway's user the role Administrator: without it no change is told";
    lines.push(missing("incremental export of ticket events", next));
  } else if (events.kind !== "done") return events;
  else lines.push(ok("incremental export of ticket events"));
  const triggers = await api.activeTriggers();
  if (triggers.kind !== "done" && triggers.kind !== "refused") return triggers;
  lines.push(triggerLine(triggers.kind === "done" ? triggers.value : undefined));
  const desk = `Zendesk at ${settings.url}, user ${quoted(site.me.name)}`;
  return done({ ok: lines.every(({ state }) => state !== "missing"), desk, lines });
}

const roleLine = ({ site }: Zendesk): Line =>
  site.me.role === "end-user"
    ? missing("role of the gateway's user", "make the user an agent, better an administrator")
    : ok(`user ${quoted(site.me.name)}`);

function groupLines({ settings, site }: Zendesk): readonly Line[] {
  const { default: usual, byProduct, bySeverity } = settings.queues;
  const queues = new Set([usual, ...Object.values(byProduct), ...Object.values(bySeverity)]);
  queues.delete("");
  return [...queues].map((queue) => {
    const what = `group ${quoted(queue)}`;
    return groupOf(site, queue) === undefined
      ? missing(what, "make the group, or write one that there is into the desk's file")
      : ok(what);
  });
}

function fieldLines({ settings, site }: Zendesk): readonly Line[] {
  const words = Object.entries(settings.fields) as [keyof DeskFields, string][];
  return words.flatMap(([key, word]) => {
    const what = `field ${quoted(word)} for ${key}`;
    if (key === "reference") {
      return word === "external_id"
        ? [ok(what)]
        : [missing(what, "write external_id, or leave it out: it holds the reference")];
    }
    const field = site.fields.get(key);
    if (field === undefined) {
      return [missing(what, "make a ticket field of this title, and switch it on")];
    }
    return [ok(`${what} is number ${field.id}`), ...valueLines(field, valuesOf(settings, key))];
  });
}

const valuesOf = (
  { severities, verdicts }: Zendesk["settings"],
  key: keyof DeskFields,
): readonly string[] => {
  if (key === "severity") return Object.values(severities);
  return key === "verdict" ? Object.values(verdicts) : [];
};

const valueLines = (field: ZendeskField, values: readonly string[]): readonly Line[] =>
  [...new Set(values)].map((value) => {
    const what = `value ${quoted(value)} of ${quoted(field.title)}`;
    return optionTag(field, value) === undefined
      ? missing(what, "add it to the list, or write an entry that there is")
      : ok(what);
  });

const statusLines = ({ settings }: Zendesk): readonly Line[] =>
  Object.values(wordsOf(settings))
    .flat()
    .filter((word) => !STATUSES.includes(word))
    .map((word) => missing(`status ${quoted(word)}`, `write one of ${STATUSES.join(", ")}`));

/** Nobody may be mailed before an agent has read the ticket. */
function triggerLine(titles: readonly string[] | undefined): Line {
  const what = 'trigger "Notify requester of new proactive ticket"';
  if (titles === undefined) {
    return doubtful(what, "it cannot be seen with this role; see that it is off for tag voorzorg");
  }
  return titles.some((title) => PROACTIVE.test(title))
    ? doubtful(what, "switch it off, or let it leave out tickets with the tag voorzorg")
    : ok(`${what} is off`);
}
