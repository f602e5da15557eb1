import { createHash, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { GatewayError } from "#domain/errors.ts";
import type { Team } from "#domain/service/service-file.ts";
import { digestContent } from "#pipeline/digest/digest-content.ts";
import { digestMail } from "#pipeline/digest/digest-mail.ts";
import { checkSources } from "#pipeline/load-sources.ts";
import type { Clock } from "#ports/clock.ts";
import type { Mail } from "#ports/mailer.ts";
import { SqliteCaseReader } from "../adapters/cases-sqlite/sqlite-case-reader.ts";
import { SqliteValueReader } from "../adapters/cases-sqlite/sqlite-value-reader.ts";
import type { Config } from "../config/config.ts";
import { readService, readSources } from "../given-files.ts";
import { createMailer } from "../mail.ts";
import type { AdminContext } from "./context.ts";

/** The digest cannot be made or sent as asked. */
export class DigestRefusedError extends GatewayError {
  readonly code = "VZ_DIGEST_REFUSED";
}

export interface DigestCall {
  readonly team: string;
  /** Also sends it, to the team's own addresses. */
  readonly send: boolean;
  readonly config: Config;
  readonly clock: Clock;
}

/** Prints what the team's digest of the last seven days says. Answers the exit code. */
export async function digestCommand(call: DigestCall, { out }: AdminContext): Promise<number> {
  const { config, clock } = call;
  const teams = readService(config.serviceFile)?.service.teams ?? [];
  const team = teams.find(({ name }) => name === call.team);
  if (team === undefined) throw noTeam(call.team, teams);
  const mail = await composed(team, teams, call);
  await out(`Subject: ${mail.subject}\n\n${mail.text}`);
  return call.send ? await sent(team, mail, { config, clock, out }) : 0;
}

function noTeam(name: string, teams: readonly Team[]): DigestRefusedError {
  const known = teams.map((team) => team.name).join(", ");
  return new DigestRefusedError(
    `there is no team ${JSON.stringify(name)}; ${known === "" ? "no service file is configured (VOORZORG_SERVICE_FILE)" : `there are ${known}`}`,
  );
}

async function composed(team: Team, teams: readonly Team[], { config, clock }: DigestCall) {
  const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
  const { ruleset } = checkSources(readSources(config), sha256);
  const path = join(config.dataDir, "cases.db");
  using cases = new SqliteCaseReader(path);
  using value = new SqliteValueReader(path);
  const products = [...ruleset.products.keys()];
  // Which rules have failed only the gateway knows that judges by them.
  const rules = [...ruleset.products.values()].flatMap((product) =>
    product.rules.map(({ rule }) => ({ ...rule, stopped: null })),
  );
  const sources = { value, cases, rules, products, teams };
  return digestMail(await digestContent(team, sources, clock.now()), config.publicUrl ?? "");
}

async function sent(
  team: Team,
  mail: Omit<Mail, "id" | "to">,
  { config, clock, out }: Pick<DigestCall, "config" | "clock"> & Pick<AdminContext, "out">,
): Promise<number> {
  const mailer = createMailer({ config, ...passwordOf(config) }, clock);
  const to = team.mail[0] ?? [];
  if (mailer === undefined) {
    throw new DigestRefusedError(
      "no mail server is configured; set VOORZORG_SMTP_URL and VOORZORG_MAIL_FROM",
    );
  }
  // Asked for by a person: another mail than the one of the schedule.
  const { outcome, detail } = await mailer.send({ id: `digest-${randomUUID()}`, to, ...mail });
  await out(`${outcome === "done" ? "Sent" : `Not sent (${outcome})`}: ${detail}`);
  return outcome === "done" ? 0 : 1;
}

function passwordOf({ smtpPasswordFile }: Config): { smtpPassword?: string } {
  if (smtpPasswordFile === undefined) return {};
  try {
    return { smtpPassword: readFileSync(smtpPasswordFile, "utf8").trim() };
  } catch (cause) {
    throw new DigestRefusedError(`smtpPasswordFile: ${String(cause)}`, { cause });
  }
}
