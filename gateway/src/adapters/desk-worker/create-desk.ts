import type { Clock } from "#ports/clock.ts";
import type { Desk } from "#ports/desk.ts";
import type { DeskSecrets, DeskSettings } from "#ports/desk-settings.ts";
import { createJiraDesk } from "../desk-jira/jira-desk.ts";
import { createRedmineDesk } from "../desk-redmine/redmine-desk.ts";
import { createRtDesk } from "../desk-rt/rt-desk.ts";
import { createWebhookDesk } from "../desk-webhook/webhook-desk.ts";
import { createZendeskDesk } from "../desk-zendesk/zendesk-desk.ts";

export interface DeskParts {
  readonly settings: DeskSettings;
  readonly secrets: DeskSecrets;
  readonly clock: Clock;
  /** Ends waiting and running requests. */
  readonly signal?: AbortSignal;
}

/** The connector for the kind of desk that its file names. */
export function createDesk(parts: DeskParts): Desk {
  const { kind } = parts.settings;
  switch (kind) {
    case "rt":
      return createRtDesk(parts);
    case "redmine":
      return createRedmineDesk(parts);
    case "webhook":
      return createWebhookDesk(parts);
    case "zendesk":
      return createZendeskDesk(parts);
    case "jira-service-management":
      return createJiraDesk(parts);
  }
}
