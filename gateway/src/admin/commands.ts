import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { GatewayError } from "#domain/errors.ts";
import type { Clock } from "#ports/clock.ts";
import { loadConfig } from "../given-files.ts";
import { backupCommand } from "./backup.ts";
import type { AdminContext } from "./context.ts";
import { deskCheckCommand } from "./desk-check.ts";
import { digestCommand } from "./digest.ts";
import { initCommand } from "./init.ts";
import { journalListCommand } from "./journal-list.ts";
import { restoreCommand } from "./restore.ts";
import { verifyCommand } from "./verify.ts";

const USAGE = `Usage: npm run admin -- COMMAND

  init [--dir DIR] [--host NAME]...      certificate and secrets for docker-compose.yml, in deploy/local unless said;
                                         makes what is missing. --host: how devices and browsers call this machine.
  backup --data DIR --to DIR|FILE.tar    copies a data folder, beside a running gateway too. A folder that
                                         holds a backup already is brought up to date: only what has changed
                                         is copied, and it is replaced when the new one is complete.
  restore --from DIR|FILE.tar --data DIR puts a backup into a new data folder: complete, or not at all.
  verify --data DIR [--replay]           looks for damage, gaps and files of different age; changes nothing and
  verify --backup DIR|FILE.tar [--replay] works beside a running gateway. With --replay it also decides the
                                         records of the journal again and compares with the stored cases.
  journal list --data DIR [--after OFFSET]  every record of the journal, one JSON object per line:
                                         {"offset","kind","appendedAt","product","device","class","boot","seq","bytes"}
                                         Works beside a running gateway; it only reads.
  desk check NAME [--desks DIR]          asks the live desk whether it has all that the gateway needs (queue, fields,
                                         values, rights); writes nothing. DIR: VOORZORG_DESKS_DIR or ./desks.
  digest TEAM [--send]                   prints the digest of the team's last seven days, from the data folder and the
                                         service file of the gateway's configuration; with --send it is mailed, too.

Exit code: 0 all well, 1 problems or not done, 2 wrong call.
`;

/** A command that cannot be understood: the usage is printed with the reason. */
class UsageError extends GatewayError {
  readonly code = "VZ_ADMIN_USAGE";
}

interface Values {
  readonly dir?: string | undefined;
  readonly host?: readonly string[] | undefined;
  readonly data?: string | undefined;
  readonly to?: string | undefined;
  readonly from?: string | undefined;
  readonly backup?: string | undefined;
  readonly after?: string | undefined;
  readonly desks?: string | undefined;
  readonly replay?: boolean | undefined;
  readonly send?: boolean | undefined;
  readonly help?: boolean | undefined;
}

export interface AdminCall {
  readonly args: readonly string[];
  /** Relative paths are relative to it. */
  readonly folder: string;
  readonly err: (text: string) => void;
  /** Where the gateway's configuration has its desks. */
  readonly desksDir?: string;
  /** By which the gateway is configured. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
}

/** `npm run admin`. Answers the exit code. */
export async function adminCli(call: AdminCall, context: AdminContext): Promise<number> {
  try {
    return await run(call, context);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const isUsage = error instanceof UsageError;
    call.err(isUsage ? `${error.message}\n\n${USAGE}` : `${error.code}: ${error.message}\n`);
    return isUsage ? 2 : 1;
  }
}

async function run(call: AdminCall, context: AdminContext): Promise<number> {
  const { positionals, values } = parsed(call.args);
  const path = (given: string): string => resolve(call.folder, given);
  if (values.help === true) {
    await context.out(USAGE.trimEnd());
    return 0;
  }
  const dataDir = path(values.data ?? "data");
  const command = positionals.join(" ");
  const deskName = /^desk check (.+)$/.exec(command)?.[1];
  if (deskName !== undefined) {
    const folder = path(values.desks ?? call.desksDir ?? "desks");
    return deskCheckCommand({ folder, name: deskName, clock: call.clock }, context);
  }
  const team = /^digest (.+)$/.exec(command)?.[1];
  if (team !== undefined) {
    const config = loadConfig(call.env ?? {}, call.folder);
    return digestCommand({ team, send: values.send === true, config, clock: call.clock }, context);
  }
  switch (command) {
    case "init":
      return initCommand(
        { folder: path(values.dir ?? "deploy/local"), hosts: values.host ?? [] },
        context,
      );
    case "backup":
      return backupCommand({ dataDir, to: path(needed(values, "to")) }, context);
    case "restore": {
      // Where to is too weighty to be guessed.
      const target = path(needed(values, "data"));
      return restoreCommand({ from: path(needed(values, "from")), dataDir: target }, context);
    }
    case "verify":
      return verifyCommand(verifyTarget(values, path), context);
    case "journal list":
      return journalListCommand({ dataDir: existing(dataDir), after: offsetOf(values) }, context);
    default:
      throw new UsageError(
        command === "" ? "No command given." : `Unknown command ${JSON.stringify(command)}.`,
      );
  }
}

function parsed(args: readonly string[]): { positionals: string[]; values: Values } {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        dir: { type: "string" },
        host: { type: "string", multiple: true },
        data: { type: "string" },
        to: { type: "string" },
        from: { type: "string" },
        backup: { type: "string" },
        after: { type: "string" },
        desks: { type: "string" },
        replay: { type: "boolean" },
        send: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function verifyTarget(values: Values, path: (given: string) => string) {
  const replay = values.replay === true;
  if (values.backup === undefined) {
    return { path: path(values.data ?? "data"), what: "data", replay } as const;
  }
  if (values.data !== undefined) {
    throw new UsageError("verify looks at --data or at --backup, one at a time.");
  }
  return { path: path(values.backup), what: "backup", replay } as const;
}

function needed(values: Values, name: "to" | "from" | "data"): string {
  const value = values[name];
  if (value !== undefined && value !== "") return value;
  throw new UsageError(`--${name} is missing.`);
}

function existing(dataDir: string): string {
  if (existsSync(join(dataDir, "journal"))) return dataDir;
  throw new UsageError(`--data: ${dataDir} holds no journal; name the gateway's data folder.`);
}

function offsetOf(values: Values): number {
  const after = Number(values.after ?? "0");
  if (Number.isSafeInteger(after) && after >= 0) return after;
  throw new UsageError(`--after: ${values.after} is no offset; write 0 or more.`);
}
