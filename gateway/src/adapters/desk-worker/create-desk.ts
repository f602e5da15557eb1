import type { Clock } from "#ports/clock.ts";
import type { Desk } from "#ports/desk.ts";
import type { DeskSecrets, DeskSettings } from "#ports/desk-settings.ts";
import { createRedmineDesk } from "../desk-redmine/redmine-desk.ts";
import { createRtDesk } from "../desk-rt/rt-desk.ts";

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
    case "zendesk":
    case "jira-service-management":
      throw new Error(kind);
  }
}
