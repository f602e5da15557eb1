import type { DeskOutcome, TicketChange } from "#ports/desk.ts";
import type { Document } from "#ports/document.ts";
import { severityWord } from "../desk-http/desk-words.ts";
import { done, mapDone, refused, thenDone } from "../desk-http/outcome.ts";
import { withEvidence } from "./evidence-block.ts";
import type { RedmineIssue, RedmineJournal, RedmineStatus } from "./redmine-api.ts";
import { customValues } from "./redmine-create.ts";
import type { Redmine } from "./redmine-desk.ts";
import { rightsIn, statusNamed } from "./redmine-site.ts";
import { statusIn, versionOf, wordsOf } from "./redmine-ticket.ts";

interface Change {
  readonly id: string;
  readonly change: TicketChange;
  /** "" = whatever stands there. */
  readonly expected: string;
}

export const changeIssue = (redmine: Redmine, wanted: Change): Promise<DeskOutcome<null>> =>
  thenDone(redmine.api.issue(wanted.id), (before) => {
    if (wanted.expected !== "" && versionOf(before) !== wanted.expected) {
      return refused("conflict", `${redmine.settings.name}: #${before.id} was changed meanwhile`);
    }
    return write(redmine, before, wanted.change);
  });

async function write(
  redmine: Redmine,
  before: RedmineIssue,
  change: TicketChange,
): Promise<DeskOutcome<null>> {
  const { api, render } = redmine;
  const status = statusToWrite(redmine, before, change.status);
  if (status.kind !== "done") return status;
  const base = before.description ?? "";
  const text = change.fields ? withEvidence(base, render(change.fields.evidence)) : base;
  const fields = fieldsToWrite(redmine, change);
  const body = {
    ...(fields.length === 0 ? {} : { custom_fields: fields }),
    ...(text === base ? {} : { description: text }),
    ...(status.value === undefined ? {} : { status_id: status.value.id }),
  };
  if (Object.keys(body).length === 0) return done(null);
  const id = String(before.id);
  return thenDone(api.change(id, body), () =>
    thenDone(api.issue(id), (after) =>
      status.value !== undefined && after.status.id !== status.value.id
        ? noTransition(redmine, before, status.value.name)
        : giveTextBack(redmine, { before, after, change }),
    ),
  );
}

function fieldsToWrite(redmine: Redmine, { fields, reference }: TicketChange) {
  return customValues(redmine, {
    ...(reference === undefined ? {} : { reference }),
    ...(fields === undefined
      ? {}
      : {
          revision: String(fields.revision),
          severity: severityWord(redmine.settings, fields.severity),
          link: fields.link,
        }),
  });
}

/** Status to write; undefined = it stands there already, under this word or another. */
function statusToWrite(
  redmine: Redmine,
  issue: RedmineIssue,
  status: "open" | "resolved" | "rejected" | undefined,
): DeskOutcome<RedmineStatus | undefined> {
  const { settings, site } = redmine;
  if (status === undefined || statusIn(site, settings, issue.status.name) === status) {
    return done(undefined);
  }
  const word = wordsOf(settings)[status][0] ?? "";
  const target = statusNamed(site, word);
  if (target === undefined) {
    return refused("invalid", `${settings.name}: there is no status ${JSON.stringify(word)}`);
  }
  const allowed = issue.allowed_statuses?.some(({ id }) => id === target.id) ?? true;
  return allowed ? done(target) : noTransition(redmine, issue, target.name);
}

/** Redmine answers 204 to a status that it does not set. */
const noTransition = ({ settings }: Redmine, issue: RedmineIssue, to: string): DeskOutcome<never> =>
  refused(
    "invalid",
    `${settings.name}: #${issue.id} stays ${JSON.stringify(issue.status.name)}; the workflow of the gateway's role has no step to ${JSON.stringify(to)}`,
  );

/**
 * Between reading and writing a person may have saved the description. Our journal then holds what was
 * there just before, and it is put back with the evidence in it.
 */
async function giveTextBack(
  redmine: Redmine,
  { before, after, change }: Written,
): Promise<DeskOutcome<null>> {
  const overwritten = ourTextChange(redmine, before, after)?.old_value;
  if (overwritten === undefined || overwritten === null || change.fields === undefined) {
    return done(null);
  }
  const base = normal(before.description ?? "");
  if (normal(overwritten) === base) return done(null);
  const description = withEvidence(overwritten, redmine.render(change.fields.evidence));
  return mapDone(await redmine.api.change(String(after.id), { description }), () => null);
}

interface Written {
  readonly before: RedmineIssue;
  readonly after: RedmineIssue;
  readonly change: TicketChange;
}

function ourTextChange({ site }: Redmine, before: RedmineIssue, after: RedmineIssue) {
  const known = new Set(before.journals.map(({ id }) => id));
  return after.journals
    .filter(({ id, user }) => !known.has(id) && user?.id === site.me.id)
    .flatMap(({ details }) => details)
    .find(({ property, name }) => property === "attr" && name === "description");
}

/** Saved in a browser, line ends become CR LF. */
const normal = (text: string): string => text.replace(/\r\n?/g, "\n").trimEnd();

/**
 * A private note. Redmine shows a note to everybody when the right to make it private is missing, and
 * says nothing: so the right is looked at first.
 */
export async function addNote(
  redmine: Redmine,
  id: string,
  comment: Document,
): Promise<DeskOutcome<{ readonly change: string }>> {
  const { api, render } = redmine;
  const notes = render(comment).trim();
  return thenDone(api.issue(id), (issue) =>
    thenDone(mayNotePrivately(redmine, issue), () =>
      thenDone(api.change(id, { notes, private_notes: true }), async () => {
        const after = await api.issue(id);
        const own = after.kind === "done" ? lastOwn(redmine, after.value, notes) : undefined;
        return done({ change: own === undefined ? "" : `j${own.id}` });
      }),
    ),
  );
}

async function mayNotePrivately(
  { api, settings, site }: Redmine,
  issue: RedmineIssue,
): Promise<DeskOutcome<null>> {
  return thenDone(rightsIn(api, site.me, issue.project.id), (rights) =>
    rights === undefined || rights.has("set_notes_private")
      ? done(null)
      : refused(
          "denied",
          `${settings.name}: the gateway's role in ${JSON.stringify(issue.project.name)} lacks the right "Set notes as private"; its comments would be public`,
        ),
  );
}

const lastOwn = (
  { site }: Redmine,
  issue: RedmineIssue,
  notes: string,
): RedmineJournal | undefined =>
  issue.journals.findLast(
    (journal) => journal.user?.id === site.me.id && normal(journal.notes ?? "") === normal(notes),
  );

export const rejectIssue = (
  redmine: Redmine,
  id: string,
  reason: string,
): Promise<DeskOutcome<null>> =>
  thenDone(redmine.api.issue(id), (before) =>
    thenDone(statusToWrite(redmine, before, "rejected"), async (status) => {
      const notes = redmine.render([{ kind: "paragraph", text: reason }]).trim();
      const body = {
        notes,
        private_notes: true,
        ...(status === undefined ? {} : { status_id: status.id }),
      };
      return thenDone(redmine.api.change(id, body), () =>
        thenDone(redmine.api.issue(id), (after) =>
          status === undefined || after.status.id === status.id
            ? done(null)
            : noTransition(redmine, before, status.name),
        ),
      );
    }),
  );
