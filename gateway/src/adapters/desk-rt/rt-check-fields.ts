import type { DeskOutcome } from "#ports/desk.ts";
import { done } from "../desk-http/outcome.ts";
import type { RtField } from "./rt-api.ts";
import type { CheckLine } from "./rt-check-lines.ts";
import type { FieldKey } from "./rt-site.ts";
import type { Rt } from "./rt-write.ts";

/** Kinds and values of the fields, which RT tells only to who may see the field everywhere. */
export async function checkFields(rt: Rt): Promise<DeskOutcome<readonly CheckLine[]>> {
  const { api, settings, site } = rt;
  const lines: CheckLine[] = [];
  for (const [key, id] of site.fields) {
    const what = `field ${JSON.stringify(settings.fields[key] ?? "")}`;
    const field = await api.field(id);
    if (field.kind === "done") lines.push(...checkField(rt, { key, what, field: field.value }));
    else if (field.kind !== "refused") return field;
    else if (NEEDS_LOOK.has(key)) {
      const next = `grant ${site.me} SeeCustomField at the field itself, so that its ${NEEDS_LOOK.get(key)} can be checked`;
      lines.push({ state: "doubtful", what, next });
    }
  }
  return done(lines);
}

const NEEDS_LOOK: ReadonlyMap<FieldKey, string> = new Map([
  ["reference", "uniqueness"],
  ["severity", "values"],
  ["verdict", "values"],
  ["evidence", "kind"],
]);

interface Seen {
  readonly key: FieldKey;
  readonly what: string;
  readonly field: RtField;
}

function checkField(rt: Rt, seen: Seen): readonly CheckLine[] {
  const { severities, verdicts } = rt.settings;
  switch (seen.key) {
    case "reference":
      return [checkUnique(seen)];
    case "severity":
      return checkValues(seen, Object.values(severities));
    case "verdict":
      return checkValues(seen, Object.values(verdicts));
    case "evidence":
      return [checkKind(seen)];
    case "dedupKey":
    case "device":
    case "revision":
    case "link":
      return [];
  }
}

function checkUnique({ what, field }: Seen): CheckLine {
  const state = Number(field.UniqueValues ?? 0) === 1 ? "ok" : "missing";
  const next =
    'tick "Values must be unique" at the field: RT then never keeps one case in two tickets';
  return { state, what: `${what} is unique`, next: state === "ok" ? "" : next };
}

function checkKind({ what, field }: Seen): CheckLine {
  const whole = field.Type === "HTML" || field.Type === "Text";
  const next = `make it of type "HTML", one value; it is of type ${JSON.stringify(field.Type)}`;
  return { state: whole ? "ok" : "missing", what: `${what} holds HTML`, next: whole ? "" : next };
}

/** Free text takes every word. */
function checkValues({ what, field }: Seen, words: readonly string[]): readonly CheckLine[] {
  if (field.Type !== "Select") return [];
  return words.map((word) => {
    const there = field.Values.includes(word);
    const line = `value ${JSON.stringify(word)} of ${what}`;
    const next = `add it to the field's values, or write another word in the desk's file; there are ${field.Values.map((value) => JSON.stringify(value)).join(", ")}`;
    return { state: there ? "ok" : "missing", what: line, next: there ? "" : next };
  });
}
