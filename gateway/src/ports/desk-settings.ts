import type { AgentVerdict } from "#domain/record.ts";

import type { DurationMs } from "#domain/units.ts";
import type { TicketStatus } from "#ports/desk.ts";

export const DESK_KINDS = [
  "rt",
  "redmine",
  "webhook",
  "zendesk",
  "jira-service-management",
] as const;
export type DeskKind = (typeof DESK_KINDS)[number];

/** Which field of the desk holds what: its name, or its id where the desk knows fields by id. */
export interface DeskFields {
  readonly reference?: string;
  readonly dedupKey?: string;
  readonly device?: string;
  readonly revision?: string;
  readonly severity?: string;
  readonly link?: string;
  readonly evidence?: string;
  readonly verdict?: string;
}

/** One desk as its file says it; secrets are read from theirs and handed over apart. */
export interface DeskSettings {
  /** Name of the file. */
  readonly name: string;
  readonly kind: DeskKind;
  /** Without a slash at its end. */
  readonly url: string;
  /** Where people open tickets, when that is another address than `url`. */
  readonly webUrl: string;
  /** User of basic authentication, or the gateway's own user in the desk; "" = the token says it. */
  readonly user: string;
  /** Cases that never need a person get no ticket with `escalated`. */
  readonly openWhen: "escalated" | "opened";
  readonly queues: {
    readonly default: string;
    readonly byProduct: Readonly<Record<string, string>>;
    readonly bySeverity: Readonly<Record<string, string>>;
  };
  readonly fields: DeskFields;
  /** The desk's word for `normal`, `urgent`, `safety`; empty = no severity field. */
  readonly severities: Readonly<Record<string, string>>;
  /** The desk's words for each status; the first one is written. */
  readonly statuses: Readonly<Partial<Record<TicketStatus, readonly string[]>>>;
  readonly verdicts: Readonly<Partial<Record<AgentVerdict, string>>>;
  readonly comments: { readonly everyMs: DurationMs; readonly perDay: number };
  readonly requestsPerMinute: number;
  readonly pollEveryMs: DurationMs;
  readonly templates: {
    readonly subject: string;
    /** Below the draft for the owner; absent: "Your service team" in the owner's language. */
    readonly signature?: string;
  };
  readonly timeZone: string;
  /** What only this kind of desk needs: e.g. `project`, `tracker`, `serviceDeskId`, `requestTypeId`. */
  readonly options: Readonly<Record<string, string>>;
}

export interface DeskSecrets {
  readonly token: string;
  /** Signs or verifies hooks; "" = hooks are not taken. */
  readonly hookSecret: string;
}

/** The queue that a ticket is made in: severity wins over product. */
export const queueFor = (
  { queues }: Pick<DeskSettings, "queues">,
  about: { readonly product: string; readonly severity: string },
): string => queues.bySeverity[about.severity] ?? queues.byProduct[about.product] ?? queues.default;
