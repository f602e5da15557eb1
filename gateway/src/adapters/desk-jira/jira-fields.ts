import { cleanLine, shortened } from "#pipeline/document/clean.ts";
import { toText } from "#pipeline/document/text.ts";
import type { GatewayFields } from "#ports/desk.ts";
import type { DeskFields, DeskSettings } from "#ports/desk-settings.ts";
import type { Document } from "#ports/document.ts";
import { severityWord } from "../desk-http/desk-words.ts";
import { toAdf } from "./jira-adf.ts";
import type { JiraField } from "./jira-api.ts";
import type { Jira } from "./jira-desk.ts";

/** Characters of a field of one line. */
const MAX_LINE = 255;

export type FieldValues = Readonly<Partial<Record<keyof DeskFields, string | Document>>>;

/** As Jira takes it, by the id of the field; those that the desk's file does not name are left out. */
export function encoded({ site }: Jira, values: FieldValues): Readonly<Record<string, unknown>> {
  const fields: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(values) as [keyof DeskFields, string | Document][]) {
    const field = site.fields.get(key);
    // An empty severity: whatever stands there stays.
    if (field === undefined || value === "") continue;
    fields[field.id] = encode(field, value);
  }
  return fields;
}

function encode({ schema }: JiraField, value: string | Document): unknown {
  const document: Document =
    typeof value === "string" ? [{ kind: "paragraph", text: value }] : value;
  if (schema?.custom?.endsWith(":textarea") === true) return toAdf(document);
  const text = typeof value === "string" ? value : toText(document);
  switch (schema?.type) {
    case "option":
      return { value: text };
    case "number":
      return Number(text);
    case "array":
      return [text];
    default:
      return shortened(cleanLine(text), MAX_LINE);
  }
}

export const gatewayValues = (settings: DeskSettings, fields: GatewayFields): FieldValues => ({
  revision: String(fields.revision),
  severity: severityWord(settings, fields.severity),
  link: fields.link,
  evidence: fields.evidence,
});
