import type { GatewayError } from "#domain/errors.ts";
import type { ServiceInForce } from "#domain/service/service-file.ts";
import type { DurationMs } from "#domain/units.ts";
import type { Sources } from "#pipeline/load-sources.ts";
import type { Clock } from "#ports/clock.ts";
import type { Log } from "#ports/log.ts";
import type { StoreConfig } from "./adapters/influx/create-remote-store.ts";
import type { Config } from "./config/config.ts";
import type { ConfiguredDesk } from "./desk-files.ts";

export interface AppOptions {
  readonly config: Config;
  readonly log: Log;
  readonly version: string;
  readonly sources: Pick<Sources, "products" | "rules">;
  /** Where samples go besides the local store. */
  readonly store: StoreConfig;
  readonly desks?: readonly ConfiguredDesk[];
  /** Teams, calendars and levels; absent = nothing is promised. */
  readonly service?: ServiceInForce;
  readonly adminToken?: string;
  readonly webhookSecret?: string;
  /** Of the user in `smtpUrl`. */
  readonly smtpPassword?: string;
  /** PEM texts. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** A thread died; whoever started the app must end the process. */
  readonly onFailure: (error: GatewayError) => void;
  /** Of this process, for tools that look after it. */
  readonly pid: number;
  /** Wall clock; tests move their own by hand. */
  readonly clock?: Clock;
  readonly limits?: AppLimits;
}

/** Smaller and more often than in service: for tests that want to see a file end or a snapshot soon. */
export interface AppLimits {
  readonly segmentBytes?: number;
  readonly snapshotEveryMs?: DurationMs;
}
