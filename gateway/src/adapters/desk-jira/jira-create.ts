import { cleanLine, shortened } from "#pipeline/document/clean.ts";
import type { Attachment, DeskOutcome, NewTicket } from "#ports/desk.ts";
import type { Document } from "#ports/document.ts";
import { done, mapDone, refused, thenDone } from "../desk-http/outcome.ts";
import { toAdf } from "./jira-adf.ts";
import type { Jira } from "./jira-desk.ts";
import type { FieldValues } from "./jira-fields.ts";
import { encoded, gatewayValues } from "./jira-fields.ts";
import type { Place } from "./jira-site.ts";
import { referenceField } from "./jira-site.ts";
import { LABEL, labelFor } from "./jira-ticket.ts";

const MAX_SUMMARY = 255;

/**
 * One request makes the issue, with the reference in it. What customers must not see is no part of it: the
 * dossier follows as an internal comment, fields that are not on the form follow by an edit.
 */
export async function createRequest(
  jira: Jira,
  ticket: NewTicket,
): Promise<DeskOutcome<{ readonly id: string }>> {
  const { api, settings, site } = jira;
  const field = referenceField(site, settings);
  if (field.kind !== "done") return field;
  const place = site.places.get(ticket.queue) ?? `the desk's file has no queue ${ticket.queue}`;
  if (typeof place === "string") return refused("invalid", `${settings.name}: ${place}`);
  if (!place.form.some(({ fieldId }) => fieldId === field.value.id)) {
    const name = JSON.stringify(field.value.name);
    return refused(
      "invalid",
      `${settings.name}: the form of the request type has no field ${name}; without it a ticket could not be found again`,
    );
  }
  const values = encoded(jira, newValues(jira, ticket));
  const onForm = (id: string) => place.form.some(({ fieldId }) => fieldId === id);
  const made = await api.create({
    serviceDeskId: place.desk.id,
    requestTypeId: place.requestType,
    isAdfRequest: true,
    requestFieldValues: {
      summary: shortened(cleanLine(ticket.subject), MAX_SUMMARY),
      ...(onForm("description") ? { description: toAdf(DESCRIPTION) } : {}),
      ...pick(values, onForm),
    },
  });
  if (made.kind !== "done") return made;
  await complete(jira, made.value, { ticket, place, rest: pick(values, (id) => !onForm(id)) });
  return done({ id: made.value });
}

/** Whoever is made a participant of the request sees this, so it says nothing. */
const DESCRIPTION: Document = [
  {
    kind: "paragraph",
    text: "Opened by the monitoring. Agents find all about it in the comments.",
  },
];

const newValues = ({ settings }: Jira, ticket: NewTicket): FieldValues => ({
  reference: ticket.reference,
  dedupKey: ticket.dedupKey,
  device: ticket.device,
  ...gatewayValues(settings, ticket),
});

function pick(
  values: Readonly<Record<string, unknown>>,
  wanted: (id: string) => boolean,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(values).filter(([id]) => wanted(id)));
}

interface Made {
  readonly ticket: NewTicket;
  readonly place: Place;
  /** Fields that are not on the form. */
  readonly rest: Readonly<Record<string, unknown>>;
}

/** The ticket is there and is found; what fails here is seen by reading back, or on the case's page. */
async function complete(jira: Jira, id: string, { ticket, place, rest }: Made): Promise<void> {
  const { api } = jira;
  const { reference, dedupKey, follows, parent } = ticket;
  const labels = [{ add: LABEL }, { add: labelFor(reference) }];
  await api.comment(id, toAdf([...ticket.body, ...(await before(jira, follows))]));
  await api.edit(id, {
    ...(Object.keys(rest).length === 0 ? {} : { fields: rest }),
    update: { labels },
  });
  await api.setProperty(id, LABEL, { reference, dedupKey });
  for (const file of ticket.attachments) await attachTo(jira, { id, desk: place.desk.id, file });
  if (parent !== "") await linkIssues(jira, id, parent);
}

async function before({ api, settings }: Jira, follows: string): Promise<Document> {
  if (follows === "") return [];
  const earlier = await api.issue(follows);
  if (earlier.kind !== "done") return [{ kind: "paragraph", text: `Follows issue ${follows}` }];
  const { key } = earlier.value;
  return [{ kind: "link", text: `Follows ${key}`, url: `${settings.webUrl}/browse/${key}` }];
}

export const attachFile = (jira: Jira, id: string, file: Attachment): Promise<DeskOutcome<null>> =>
  thenDone(jira.api.issue(id), ({ fields }) => {
    const desk = jira.site.desks.find(({ projectId }) => projectId === fields.project.id);
    return desk === undefined
      ? refused("invalid", `${jira.settings.name}: ${fields.project.key} is no service project`)
      : attachTo(jira, { id, desk: desk.id, file });
  });

function attachTo(
  { api }: Jira,
  { id, desk, file }: { readonly id: string; readonly desk: string; readonly file: Attachment },
): Promise<DeskOutcome<null>> {
  const blob = new Blob([Uint8Array.from(file.bytes)], { type: file.type });
  return thenDone(api.temporaryFile(desk, file.name, blob), async (temporary) =>
    mapDone(await api.attach(id, temporary), () => null),
  );
}

export const linkIssues = (
  { api, settings }: Jira,
  child: string,
  parent: string,
): Promise<DeskOutcome<null>> =>
  thenDone(api.issue(child), async ({ fields }) => {
    const linked = fields.issuelinks.some(
      ({ inwardIssue, outwardIssue }) => inwardIssue?.id === parent || outwardIssue?.id === parent,
    );
    if (linked) return done(null);
    const type = { name: settings.options.linkType ?? "Relates" };
    const body = { type, inwardIssue: { id: child }, outwardIssue: { id: parent } };
    return mapDone(await api.link(body), () => null);
  });
