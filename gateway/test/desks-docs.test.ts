import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { StandardWebhook } from "../src/adapters/desk-http/standard-webhook.ts";
import { createWebhookDesk } from "../src/adapters/desk-webhook/webhook-desk.ts";
import { createDesk } from "../src/adapters/desk-worker/create-desk.ts";
import { parseDeskFile } from "../src/config/desk-file.ts";
import type { Desk, DeskCapabilities } from "../src/ports/desk.ts";
import type { DeskKind, DeskSettings } from "../src/ports/desk-settings.ts";
import { DESK_KINDS } from "../src/ports/desk-settings.ts";
import { ManualClock } from "./support/manual-clock.ts";
import { redmineSettings } from "./support/redmine/redmine-settings.ts";

const DOCS = readFileSync(join(import.meta.dirname, "../../docs/desks.md"), "utf8");
const SECRET = `whsec_${Buffer.from("d".repeat(32)).toString("base64")}`;
const NOW = Date.parse("2026-03-03T00:00:00Z");

const blocks = (language: string): readonly string[] =>
  [...DOCS.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, "gm"))].map(
    ([, text]) => text ?? "",
  );

const open = (settings: DeskSettings): Desk =>
  createDesk({
    settings,
    secrets: { token: SECRET, hookSecret: SECRET },
    clock: new ManualClock(NOW),
  });

const FENCES: Readonly<Record<DeskCapabilities["fence"], string>> = {
  idempotency_key: "an idempotency key",
  unique_reference: "a unique field, read back",
  search: "a search first, read back",
  none: "nothing",
};
const PLACES: Readonly<Record<DeskCapabilities["evidencePlace"], string>> = {
  field: "a field",
  description: "the description",
  none: "–",
};
const yes = (is: boolean): string => (is ? "yes" : "–");

const ROWS: readonly (readonly [string, (of: DeskCapabilities) => string])[] = [
  ["a second ticket is prevented by", ({ fence }) => FENCES[fence]],
  [
    "a new ticket may be missing from a search for",
    ({ searchLagMs }) => `${searchLagMs / 1_000} s`,
  ],
  ["what was written is read back", ({ readBack }) => yes(readBack)],
  ["what agents do is asked for", ({ changes }) => (changes ? "yes" : "told by signed calls")],
  ["refuses to overwrite", ({ optimisticLock }) => yes(optimisticLock)],
  ["charts attached", ({ attachments }) => yes(attachments)],
  ["problem and cases linked", ({ links }) => yes(links)],
  ["a merged ticket leads to the other", ({ merges }) => yes(merges)],
  ["evidence kept up to date in", ({ evidencePlace }) => PLACES[evidencePlace]],
];

/** With an evidence field, where the kind can have one. */
const capabilitiesOf = (kind: DeskKind): DeskCapabilities =>
  open({
    ...redmineSettings("https://desk.example"),
    kind,
    fields: { ...redmineSettings("").fields, evidence: "Case Evidence" },
  }).capabilities;

function table(): string {
  const all = DESK_KINDS.map(capabilitiesOf);
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    row(["", ...DESK_KINDS]),
    `|${"---|".repeat(DESK_KINDS.length + 1)}`,
    ...ROWS.map(([name, cell]) => row([name, ...all.map(cell)])),
  ].join("\n");
}

describe("The documentation of desks", () => {
  it("says of each kind what its connector says of itself", () => {
    const [, shown] =
      /capabilities: begin -->\n([\s\S]*?)\n?<!-- capabilities: end/.exec(DOCS) ?? [];
    expect(shown).toBe(table());
  });

  it("has a file for each kind that is accepted, and opens", () => {
    const kinds = blocks("yaml").map((text) => {
      const parsed = parseDeskFile("desk", { path: "desks/desk.yaml", text });
      assert(parsed.ok, JSON.stringify(parsed));
      return open(parsed.settings).capabilities.kind;
    });
    expect(new Set(kinds)).toEqual(new Set(DESK_KINDS));
  });

  it("shows only calls back that are taken", () => {
    const desk = createWebhookDesk({
      settings: { ...redmineSettings("https://crm.example"), kind: "webhook" },
      secrets: { token: SECRET, hookSecret: SECRET },
      clock: new ManualClock(NOW),
    });
    const signer = new StandardWebhook("crm", SECRET);
    const calls = blocks("json").flatMap((text) => text.trim().split("\n"));
    const kinds = calls.map((call) => {
      const headers = signer.headers("msg_1", call, NOW);
      const parsed = desk.parseHook(headers, Buffer.from(call), NOW);
      assert(parsed.kind === "changes", `${call}: ${JSON.stringify(parsed)}`);
      return parsed.changes[0]?.kind;
    });
    expect(kinds).toEqual(["comment", "owner", "status", "queue", "merged", "verdict", "created"]);
  });

  it("shows every key of a desk's file in the whole example", () => {
    const [whole = ""] = blocks("yaml");
    for (const key of Object.keys(redmineSettings(""))) {
      const shown = { name: "kind", user: "webUrl", pollEveryMs: "pollEvery", options: "kind" };
      expect(whole).toContain(`${Reflect.get(shown, key) ?? key}:`);
    }
  });
});
