import type { DeskOutcome, TicketChange, TicketStatus } from "#ports/desk.ts";
import type { Document } from "#ports/document.ts";
import { done, mapDone, refused, thenDone } from "../desk-http/outcome.ts";
import { toAdf } from "./jira-adf.ts";
import type { JiraIssue, JiraTransition } from "./jira-api.ts";
import type { Jira } from "./jira-desk.ts";
import { encoded, gatewayValues } from "./jira-fields.ts";
import { LABEL, labelFor, standing, statusIn, wordsOf } from "./jira-ticket.ts";

export function changeIssue(
  jira: Jira,
  { id, change, expected }: { id: string; change: TicketChange; expected: string },
): Promise<DeskOutcome<null>> {
  return thenDone(jira.api.issue(id), async (issue) => {
    if (expected !== "" && issue.fields.updated !== expected) {
      return refused("conflict", `${jira.settings.name}: ${issue.key} was changed meanwhile`);
    }
    // The step first: its refusal must leave nothing half done.
    const step = await stepTo(jira, issue, change.status);
    if (step.kind !== "done") return step;
    const written = await writeFields(jira, id, change);
    if (written.kind !== "done" || step.value === undefined) return written;
    return mapDone(await jira.api.transit(id, step.value), () => null);
  });
}

async function writeFields(
  jira: Jira,
  id: string,
  { fields, reference }: TicketChange,
): Promise<DeskOutcome<null>> {
  const values = encoded(jira, {
    ...(fields === undefined ? {} : gatewayValues(jira.settings, fields)),
    ...(reference === undefined ? {} : { reference }),
  });
  const labels = reference === undefined ? [] : [{ add: LABEL }, { add: labelFor(reference) }];
  const body = {
    ...(Object.keys(values).length === 0 ? {} : { fields: values }),
    ...(labels.length === 0 ? {} : { update: { labels } }),
  };
  if (Object.keys(body).length === 0) return done(null);
  return mapDone(await jira.api.edit(id, body), () => null);
}

/** Body of the transition; undefined = it stands there already, under this word or another. */
async function stepTo(
  { api, settings }: Jira,
  issue: JiraIssue,
  status: "open" | "resolved" | "rejected" | undefined,
): Promise<DeskOutcome<Readonly<Record<string, unknown>> | undefined>> {
  if (status === undefined || statusIn(settings, standing(issue)) === status) {
    return done(undefined);
  }
  return thenDone(api.transitions(issue.id), (steps) => {
    const words = wordsOf(settings);
    const step = stepWith(steps, words[status]) ?? wontDo(steps, words, status);
    if (step === undefined) {
      const names = words[status].map((word) => JSON.stringify(word)).join(" or ");
      return refused(
        "invalid",
        `${settings.name}: no transition leads ${issue.key} from ${JSON.stringify(issue.fields.status.name)} to ${names}`,
      );
    }
    return done(bodyOf(step, status === "rejected" ? words.rejected : RESOLUTIONS));
  });
}

/** By what it leads to, never by its own name: people rename transitions. */
const stepWith = (
  steps: readonly JiraTransition[],
  words: readonly string[],
): JiraTransition | undefined =>
  words
    .map((word) => steps.find(({ to }) => to.name.toLowerCase() === word.toLowerCase()))
    .find((step) => step !== undefined);

/** Where there is no status for it, a resolution says that nothing will be done. */
const wontDo = (
  steps: readonly JiraTransition[],
  words: Readonly<Record<TicketStatus, readonly string[]>>,
  status: TicketStatus,
): JiraTransition | undefined =>
  status === "rejected"
    ? stepWith(
        steps.filter(({ fields }) => fields.resolution !== undefined),
        words.resolved,
      )
    : undefined;

const RESOLUTIONS: readonly string[] = ["Done", "Fixed", "Resolved"];

/** A transition that asks for a resolution gets one. */
function bodyOf(
  { id, fields }: JiraTransition,
  words: readonly string[],
): Readonly<Record<string, unknown>> {
  const values = (fields.resolution?.allowedValues ?? []).flatMap(({ name }) => name ?? []);
  const name =
    values.find((value) => words.some((word) => word.toLowerCase() === value.toLowerCase())) ??
    values[0];
  return {
    transition: { id },
    ...(name === undefined ? {} : { fields: { resolution: { name } } }),
  };
}

export async function commentIssue(
  { api }: Jira,
  id: string,
  comment: Document,
): Promise<DeskOutcome<{ readonly change: string }>> {
  return mapDone(await api.comment(id, toAdf(comment)), (made) => ({ change: `c${made}` }));
}

export const rejectIssue = (jira: Jira, id: string, reason: string): Promise<DeskOutcome<null>> =>
  thenDone(jira.api.issue(id), (issue) =>
    thenDone(stepTo(jira, issue, "rejected"), (step) =>
      thenDone(jira.api.comment(id, toAdf([{ kind: "paragraph", text: reason }])), async () =>
        step === undefined ? done(null) : mapDone(await jira.api.transit(id, step), () => null),
      ),
    ),
  );
