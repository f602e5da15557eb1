import type { DeskChange } from "#ports/desk.ts";
import type { DeskFields } from "#ports/desk-settings.ts";
import type { ChangeMeaning } from "../desk-http/change-meaning.ts";
import { verdictOf } from "../desk-http/desk-words.ts";
import { adfText } from "./jira-adf.ts";
import type {
  JiraComment,
  JiraHistory,
  JiraIssueWithHistory,
  JiraItem,
  JiraPerson,
} from "./jira-api.ts";
import type { Jira } from "./jira-desk.ts";
import { queueWord } from "./jira-site.ts";
import { epoch, referenceOf, standing, statusIn, textOf } from "./jira-ticket.ts";

/**
 * Everything that Jira tells of an issue, oldest first: `i` and its number for the making, `c` and a number
 * for a comment, `h` and two numbers for a field.
 */
export function changesOf(
  jira: Jira,
  issue: JiraIssueWithHistory,
  comments: readonly JiraComment[],
): readonly DeskChange[] {
  const signed = (author: JiraPerson | null | undefined, created: string) => ({
    ticket: issue.id,
    at: epoch(created),
    // Rules of Jira's own may sign with nobody.
    by: author?.displayName ?? "Jira automation",
    own: author?.accountId === jira.site.me.accountId,
  });
  const { fields } = issue;
  const made: DeskChange = {
    ...signed(fields.reporter, fields.created),
    kind: "created",
    id: `i${issue.id}`,
    device: textOf(jira.site, issue, "device"),
    reference: referenceOf(jira.site, issue),
  };
  const said = comments.map(
    ({ id, author, created, body }): DeskChange => ({
      ...signed(author, created),
      kind: "comment",
      id: `c${id}`,
      text: adfText(body),
    }),
  );
  const changed = issue.changelog.histories.toReversed().flatMap((history) =>
    history.items.flatMap((item, index): readonly DeskChange[] => {
      const means = meaning(jira, { issue, history, item });
      const id = `h${history.id}-${index}`;
      return means === undefined
        ? []
        : [{ ...signed(history.author, history.created), ...means, id }];
    }),
  );
  return [made, ...said.toReversed(), ...changed].toSorted((a, b) => a.at - b.at);
}

interface Where {
  readonly issue: JiraIssueWithHistory;
  readonly history: JiraHistory;
  readonly item: JiraItem;
}

/** undefined = told together with another field. */
function meaning(jira: Jira, { issue, history, item }: Where): ChangeMeaning | undefined {
  const { settings, site } = jira;
  const to = textIn(item, "toString");
  switch (item.field) {
    case "status": {
      const resolved = history.items.find(({ field }) => field === "resolution");
      const resolution = resolved === undefined ? "" : textIn(resolved, "toString");
      const same = issue.fields.status.name === to;
      const category = same ? standing(issue).category : "";
      return {
        kind: "status",
        to: statusIn(settings, { status: to, resolution, category }),
        raw: to,
      };
    }
    case "resolution":
    case "Key":
      return undefined;
    case "assignee":
      return { kind: "owner", to };
    case "project": {
      const id = textIn(item, "to");
      const key = issue.fields.project.id === id ? issue.fields.project.key : to;
      return { kind: "queue", to: queueWord(site, { id, key }) };
    }
    default:
      return fieldMeaning(jira, item, to);
  }
}

/** A property named toString is there in every object; only a text is Jira's. */
function textIn(item: JiraItem, name: string): string {
  const value = Object.hasOwn(item, name) ? item[name] : undefined;
  return typeof value === "string" ? value : "";
}

const OURS = ["reference", "revision", "severity", "link", "evidence"] as const;

function fieldMeaning({ settings, site }: Jira, item: JiraItem, to: string): ChangeMeaning {
  const is = (key: keyof DeskFields) => {
    const field = site.fields.get(key);
    return field !== undefined && (item.fieldId === field.id || item.field === field.name);
  };
  if (is("verdict")) return { kind: "verdict", verdict: verdictOf(to, settings) };
  return { kind: "field", field: OURS.find(is) ?? "" };
}
