import type { EpochMs } from "#domain/units.ts";
import type { DeskChange } from "#ports/desk.ts";
import type { DeskFields } from "#ports/desk-settings.ts";
import type { ChangeMeaning } from "../desk-http/change-meaning.ts";
import { verdictOf } from "../desk-http/desk-words.ts";
import { evidenceHash } from "./evidence-block.ts";
import type { RedmineDetail, RedmineIssue, RedmineJournal } from "./redmine-api.ts";
import { epoch } from "./redmine-api.ts";
import type { Redmine } from "./redmine-desk.ts";
import { queueName } from "./redmine-site.ts";
import { fieldValue, statusIn } from "./redmine-ticket.ts";

/** Each change of an issue since then. A note is `j12`, what was changed with it `j12-0`, `j12-1` …. */
export async function changesOf(
  redmine: Redmine,
  issue: RedmineIssue,
  since: EpochMs,
): Promise<readonly DeskChange[]> {
  const { site } = redmine;
  const ticket = String(issue.id);
  const changes: DeskChange[] = [];
  if (epoch(issue.created_on) >= since) {
    changes.push({
      kind: "created",
      id: `i${issue.id}`,
      ticket,
      at: epoch(issue.created_on),
      by: issue.author?.name ?? "",
      own: issue.author?.id === site.me.id,
      device: fieldValue(site, issue, "device"),
      reference: fieldValue(site, issue, "reference"),
    });
  }
  for (const journal of issue.journals) {
    if (epoch(journal.created_on) < since) continue;
    const common = {
      ticket,
      at: epoch(journal.created_on),
      by: journal.user?.name ?? "",
      own: journal.user?.id === site.me.id,
    };
    const text = journal.notes ?? "";
    if (text !== "") changes.push({ ...common, kind: "comment", id: `j${journal.id}`, text });
    for (const [index, detail] of journal.details.entries()) {
      const what = await meaning(redmine, { issue, journal, detail });
      changes.push({ ...common, ...what, id: `j${journal.id}-${index}` });
    }
  }
  return changes;
}

interface Place {
  readonly issue: RedmineIssue;
  readonly journal: RedmineJournal;
  readonly detail: RedmineDetail;
}

async function meaning(redmine: Redmine, place: Place): Promise<ChangeMeaning> {
  const { property, name } = place.detail;
  if (property === "cf") return fieldMeaning(redmine, place.detail);
  if (property !== "attr") return { kind: "field", field: "" };
  const { settings, site } = redmine;
  const to = place.detail.new_value ?? "";
  switch (name) {
    case "status_id": {
      const raw = site.statuses.find(({ id }) => String(id) === to)?.name ?? to;
      return { kind: "status", to: statusIn(site, settings, raw), raw };
    }
    case "assigned_to_id":
      return { kind: "owner", to: to === "" ? "" : await personName(redmine, place, to) };
    case "project_id":
      return { kind: "queue", to: queueName(site, settings, Number(to)) };
    case "description": {
      const before = evidenceHash(place.detail.old_value ?? "");
      return { kind: "field", field: evidenceHash(to) === before ? "" : "evidence" };
    }
    default:
      return { kind: "field", field: "" };
  }
}

const OURS: readonly (keyof DeskFields & ("reference" | "revision" | "severity" | "link"))[] = [
  "reference",
  "revision",
  "severity",
  "link",
];

function fieldMeaning(
  { settings, site }: Redmine,
  { name, new_value }: RedmineDetail,
): ChangeMeaning {
  const is = (key: keyof DeskFields) => String(site.fields.get(key)) === name;
  if (is("verdict")) return { kind: "verdict", verdict: verdictOf(new_value ?? "", settings) };
  return { kind: "field", field: OURS.find(is) ?? "" };
}

/** A journal holds only the person's number. */
async function personName({ api }: Redmine, place: Place, id: string): Promise<string> {
  const { issue, journal } = place;
  const near = [journal.user, issue.assigned_to, issue.author].find(
    (one) => String(one?.id) === id,
  );
  if (near !== undefined) return near.name;
  const asked = await api.userName(id);
  return asked.kind === "done" ? asked.value : `user ${id}`;
}
