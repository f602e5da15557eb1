import type { Problem } from "@voorzorg/firmware-contracts";
import { parseDuration } from "@voorzorg/firmware-contracts";
import { z } from "zod";
import type { AgentVerdict } from "#domain/record.ts";
import { VERDICTS } from "#domain/record.ts";
import { nearest } from "#domain/rules/nearest.ts";
import { YamlSource } from "#domain/rules/yaml-source.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "#domain/units.ts";
import type { DeskSettings } from "#ports/desk-settings.ts";
import { DESK_KINDS } from "#ports/desk-settings.ts";
import { choice, shown } from "./values.ts";

const text = z.string().min(1);

/** A field's name, or its number where the desk knows fields by number. */
const field = z.union([text, z.int()]).transform(String);

const duration = ({ min, max }: { min: number; max: number }) =>
  z
    .string()
    .refine(
      (given) => {
        const ms = parseDuration(given);
        return ms !== undefined && ms >= min && ms <= max;
      },
      {
        error: ({ input }) =>
          `${shown(input)} is no duration between ${min / SECOND_MS} s and ${max / HOUR_MS} h; write 30s, 5m or 1h`,
      },
    )
    .transform((given) => parseDuration(given) ?? min);

const isAddress = (given: string): boolean => {
  const parsed = URL.parse(given);
  const web = parsed !== null && (parsed.protocol === "https:" || parsed.protocol === "http:");
  return web && parsed.username === "" && parsed.password === "";
};

const url = z
  .string()
  .refine(isAddress, {
    error: ({ input }) =>
      `${shown(input)} is no address; write https://… without a user name or password`,
  })
  .transform((given) => given.replace(/\/+$/, ""));

const timeZone = z.string().refine(
  (name) => {
    try {
      return new Intl.DateTimeFormat("en", { timeZone: name }).format(0) !== "";
    } catch {
      return false;
    }
  },
  { error: ({ input }) => `${shown(input)} is no time zone; write one as Europe/Amsterdam` },
);

const words = z.union([text.transform((one) => [one]), z.array(text).min(1)]);
const severity = z.enum(["normal", "urgent", "safety"]);

const VERDICT_WORDS: Readonly<Record<AgentVerdict, string>> = {
  confirmed: "Confirmed",
  false_alarm: "False alarm",
  sensor_fault: "Sensor fault",
  duplicate: "Duplicate",
  deferred: "Deferred",
};

const SUBJECT = "{title}: {device} ({product})";

/** A comment mails people: two in an hour are read, twenty are filtered away. */
const COMMENTS = { every: 30 * MINUTE_MS, perDay: 6 } as const;

const deskFile = z.strictObject({
  kind: choice(DESK_KINDS),
  url,
  webUrl: url.optional(),
  user: text.optional(),
  tokenFile: text.optional(),
  hookSecretFile: text.optional(),
  openWhen: choice(["escalated", "opened"]).default("escalated"),
  queues: z
    .strictObject({
      default: field,
      byProduct: z.record(text, field).default({}),
      bySeverity: z.partialRecord(severity, field).default({}),
    })
    .optional(),
  fields: z
    .strictObject({
      reference: field.optional(),
      dedupKey: field.optional(),
      device: field.optional(),
      revision: field.optional(),
      severity: field.optional(),
      link: field.optional(),
      evidence: field.optional(),
      verdict: field.optional(),
    })
    .default({}),
  severities: z.record(severity, field).optional(),
  statuses: z
    .strictObject({
      new: words.optional(),
      open: words.optional(),
      resolved: words.optional(),
      rejected: words.optional(),
      closed: words.optional(),
    })
    .default({}),
  verdicts: z.partialRecord(z.enum(VERDICTS), text).default(VERDICT_WORDS),
  comments: z
    .strictObject({
      every: duration({ min: 0, max: DAY_MS }).default(COMMENTS.every),
      perDay: z.int().min(1).max(100).default(COMMENTS.perDay),
    })
    .default(COMMENTS),
  requestsPerMinute: z.int().min(1).max(60_000).default(300),
  pollEvery: duration({ min: SECOND_MS, max: DAY_MS }).default(30 * SECOND_MS),
  templates: z
    .strictObject({
      subject: text.max(200).default(SUBJECT),
      signature: text.max(400).optional(),
    })
    .default({ subject: SUBJECT }),
  timeZone: timeZone.default("UTC"),
  options: z.record(text, field).default({}),
});

/** What each kind cannot do without. */
const NEEDED: Readonly<Record<DeskSettings["kind"], readonly string[]>> = {
  rt: ["tokenFile", "queues", "fields.reference"],
  redmine: ["tokenFile", "queues", "fields.reference", "options.tracker"],
  webhook: ["tokenFile"],
  zendesk: ["user", "tokenFile"],
  "jira-service-management": [
    "user",
    "tokenFile",
    "queues",
    "fields.reference",
    "options.requestType",
  ],
};

const PLACEHOLDERS = ["title", "device", "product", "rule", "severity", "place", "kind"] as const;

export type ParsedDesk =
  | {
      readonly ok: true;
      readonly settings: DeskSettings;
      /** "" = none; relative paths are relative to the desk's file. */
      readonly tokenFile: string;
      readonly hookSecretFile: string;
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Reads the file of one desk; every problem at once, each with its place and what would be right. */
export function parseDeskFile(name: string, file: { path: string; text: string }): ParsedDesk {
  const source = new YamlSource(file.path, file.text);
  if (source.problems.length > 0) return { ok: false, problems: source.problems };
  const parsed = deskFile.safeParse(source.value());
  if (!parsed.success) {
    return { ok: false, problems: parsed.error.issues.flatMap((issue) => at(source, issue)) };
  }
  const given = parsed.data;
  const problems = [
    ...(/^[a-z0-9-]{1,32}$/.test(name)
      ? []
      : [
          source.problem(
            [],
            `the file's name ${shown(name)} is the desk's name; write at most 32 lower-case letters, digits and hyphens`,
          ),
        ]),
    ...NEEDED[given.kind]
      .filter((path) => !has(given, path))
      .map((path) => {
        const place = path.split(".");
        return source.problem(place, `${path} is missing; a desk of kind ${given.kind} needs it`);
      }),
    ...wrongPlaceholders(given.templates.subject).map((one) =>
      source.problem(
        ["templates", "subject"],
        `${one} is not known; known are ${PLACEHOLDERS.map((p) => `{${p}}`).join(", ")}`,
      ),
    ),
  ];
  if (problems.length > 0) return { ok: false, problems };
  const { tokenFile = "", hookSecretFile = "", ...rest } = given;
  return { ok: true, settings: toSettings(name, rest), tokenFile, hookSecretFile };
}

type Given = z.output<typeof deskFile>;

function toSettings(
  name: string,
  given: Omit<Given, "tokenFile" | "hookSecretFile">,
): DeskSettings {
  const { webUrl, user = "", queues, severities = {}, comments, pollEvery, ...rest } = given;
  return {
    ...rest,
    name,
    webUrl: webUrl ?? given.url,
    user,
    templates: { ...withoutAbsent(given.templates), subject: given.templates.subject },
    queues: queues ?? { default: "", byProduct: {}, bySeverity: {} },
    fields: withoutAbsent(given.fields),
    severities,
    statuses: withoutAbsent(given.statuses),
    verdicts: withoutAbsent(given.verdicts),
    comments: { everyMs: comments.every, perDay: comments.perDay },
    pollEveryMs: pollEvery,
  };
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function withoutAbsent<T extends object>(values: T): Present<T> {
  const present: Present<T> = {};
  for (const key of Object.keys(values) as (keyof T)[]) {
    const value = values[key];
    if (value !== undefined) present[key] = value as Exclude<T[keyof T], undefined>;
  }
  return present;
}

function has(given: Given, path: string): boolean {
  const found = path
    .split(".")
    .reduce<unknown>(
      (here, key) =>
        typeof here === "object" && here !== null ? Reflect.get(here, key) : undefined,
      given,
    );
  return found !== undefined && found !== "";
}

const wrongPlaceholders = (template: string): readonly string[] =>
  (template.match(/\{[^}]*\}/g) ?? []).filter(
    (one) => !PLACEHOLDERS.some((known) => one === `{${known}}`),
  );

function at(source: YamlSource, issue: z.core.$ZodIssue): readonly Problem[] {
  const path = issue.path.filter((part) => typeof part !== "symbol");
  const name = path.length === 0 ? "the file" : path.join(".");
  if (issue.code !== "unrecognized_keys")
    return [source.problem(path, `${name}: ${issue.message}`)];
  const known = Object.keys(deskFile.shape);
  return issue.keys.map((key) => {
    const near = path.length === 0 ? nearest(key, known) : undefined;
    const hint = near === undefined ? "" : `; ${shown(near)} would be right`;
    return source.keyProblem([...path, key], `${shown(key)} is not known here${hint}`);
  });
}
