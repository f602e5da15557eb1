import { cleanLine, shortened } from "#pipeline/document/clean.ts";
import type { Attachment, DeskOutcome, NewTicket } from "#ports/desk.ts";
import type { DeskFields } from "#ports/desk-settings.ts";
import { severityWord } from "../desk-http/desk-words.ts";
import { done, mapDone, refused, thenDone } from "../desk-http/outcome.ts";
import { withEvidence } from "./evidence-block.ts";
import type { RedmineApi } from "./redmine-api.ts";
import type { Redmine } from "./redmine-desk.ts";
import { fieldNumber, projectOf, trackerOf } from "./redmine-site.ts";

/** Characters of a subject and of a field of one line. */
const MAX_LINE = 255;

interface Upload {
  readonly token: string;
  readonly filename: string;
  readonly content_type: string;
}

/**
 * Files first, which nobody sees until an issue has them; then one request makes the issue with all
 * that is needed to find it again.
 */
export async function createIssue(
  redmine: Redmine,
  ticket: NewTicket,
): Promise<DeskOutcome<{ readonly id: string }>> {
  const { api, settings, site } = redmine;
  // Without it the issue could never be found again, and would be made again and again.
  const reference = fieldNumber(site, settings, "reference");
  if (reference.kind !== "done") return reference;
  const project = projectOf(site, ticket.queue);
  if (project === undefined) {
    return refused("invalid", `${settings.name}: there is no project ${quoted(ticket.queue)}`);
  }
  const tracker = trackerOf(project, settings.options.tracker ?? "");
  if (tracker === undefined) {
    return refused(
      "invalid",
      `${settings.name}: the project ${project.identifier} has no tracker ${quoted(settings.options.tracker ?? "")}`,
    );
  }
  const uploads: Upload[] = [];
  const lost: string[] = [];
  for (const file of ticket.attachments) {
    const upload = await uploadOf(api, file);
    // A file that Redmine never takes (too large, of a forbidden kind) is worth no missing ticket.
    if (upload.kind === "refused") lost.push(`${file.name}: ${upload.reason}`);
    // An upload leaves nothing that anybody sees, so it can be made again.
    else if (upload.kind === "unknown") return { kind: "later", reason: upload.reason };
    else if (upload.kind === "later") return upload;
    else uploads.push(upload.value);
  }
  const created = await api.create({
    project_id: project.id,
    tracker_id: tracker.id,
    subject: shortened(cleanLine(ticket.subject), MAX_LINE),
    description: description(redmine, ticket, lost),
    custom_fields: newFields(redmine, ticket),
    ...(uploads.length === 0 ? {} : { uploads }),
  });
  if (created.kind !== "done") return created;
  const id = String(created.value);
  // The text says it already; the relation only makes it handier.
  if (isNumber(ticket.parent)) await linkIssues(api, id, ticket.parent);
  return done({ id });
}

/** Redmine turns a number sign with a number into a link. */
function description(redmine: Redmine, ticket: NewTicket, lost: readonly string[]): string {
  const { render } = redmine;
  const others = [
    ...(isNumber(ticket.parent) ? [`Belongs to #${ticket.parent}`] : []),
    ...(isNumber(ticket.follows) ? [`Follows #${ticket.follows}`] : []),
  ];
  const missing = lost.map((line) =>
    render([{ kind: "paragraph", text: `Not attached: ${line}` }]).trim(),
  );
  const text = [render(ticket.body).trim(), ...others, ...missing].filter((part) => part !== "");
  return withEvidence(text.join("\n\n"), render(ticket.evidence));
}

function newFields(redmine: Redmine, ticket: NewTicket): readonly CustomValue[] {
  const { reference, dedupKey, device, revision, link } = ticket;
  const severity = severityWord(redmine.settings, ticket.severity);
  return customValues(redmine, {
    reference,
    dedupKey,
    device: shortened(cleanLine(device), MAX_LINE),
    revision: String(revision),
    severity,
    link,
  });
}

interface CustomValue {
  readonly id: number;
  readonly value: string;
}

/** Values of those fields that the desk's file names; an empty severity is not written. */
export function customValues(
  { site }: Redmine,
  values: Readonly<Partial<Record<keyof DeskFields, string>>>,
): readonly CustomValue[] {
  return (Object.entries(values) as [keyof DeskFields, string][]).flatMap(([key, value]) => {
    const id = site.fields.get(key);
    return id === undefined || (key === "severity" && value === "") ? [] : [{ id, value }];
  });
}

export const attachFile = (
  { api }: Redmine,
  id: string,
  file: Attachment,
): Promise<DeskOutcome<null>> =>
  thenDone(uploadOf(api, file), async (upload) =>
    mapDone(await api.change(id, { uploads: [upload] }), () => null),
  );

const uploadOf = async (api: RedmineApi, file: Attachment): Promise<DeskOutcome<Upload>> =>
  mapDone(await api.upload(file.name, file.bytes), (token) => ({
    token,
    filename: file.name,
    content_type: file.type,
  }));

/**
 * A relation, not a sub-task: Redmine lets no issue be closed while a sub-task is open, and none be
 * opened again under a closed one.
 */
export async function linkIssues(
  api: RedmineApi,
  child: string,
  parent: string,
): Promise<DeskOutcome<null>> {
  return thenDone(api.relations(child), async (relations) => {
    const linked = relations.some(({ issue_id, issue_to_id }) =>
      [issue_id, issue_to_id].map(String).includes(parent),
    );
    return linked ? done(null) : mapDone(await api.relate(child, parent), () => null);
  });
}

const isNumber = (id: string): boolean => /^\d+$/.test(id);
const quoted = (text: string): string => JSON.stringify(text);
