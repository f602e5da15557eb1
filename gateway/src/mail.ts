import { join } from "node:path";
import type { Team } from "#domain/service/service-file.ts";
import { digestContent } from "#pipeline/digest/digest-content.ts";
import { digestMail } from "#pipeline/digest/digest-mail.ts";
import { DigestRunner } from "#pipeline/digest/digest-runner.ts";
import type { NoticeLink } from "#pipeline/mail/notice-mail.ts";
import type { OutboxDeps } from "#pipeline/outbox.ts";
import type { CaseReader } from "#ports/case-store.ts";
import type { Clock } from "#ports/clock.ts";
import type { Mailer } from "#ports/mailer.ts";
import type { Metrics } from "#ports/metrics.ts";
import type { ValueReader } from "#ports/value-store.ts";
import { createCronSchedules } from "./adapters/cron/cron-schedules.ts";
import { openDigestMarks } from "./adapters/digest-marks/digest-marks-file.ts";
import { createSmtpMailer } from "./adapters/mail-smtp/smtp-mailer.ts";
import type { AppOptions } from "./app-options.ts";
import type { Config } from "./config/config.ts";
import type { Core } from "./core.ts";

/** undefined = no mail server is configured. @throws MailConfigError */
export function createMailer(
  { config, smtpPassword }: Pick<AppOptions, "config" | "smtpPassword">,
  clock: Clock,
): Mailer | undefined {
  const { smtpUrl, mailFrom } = config;
  if (smtpUrl === undefined || mailFrom === undefined) return undefined;
  return createSmtpMailer({ url: smtpUrl, password: smtpPassword, from: mailFrom, clock });
}

/** What the outbox needs to write to teams. */
export function noticesOf(
  { config, service }: Pick<AppOptions, "config" | "service">,
  mailer: Mailer | undefined,
): OutboxDeps["notices"] {
  const teams = service?.service.teams ?? [];
  return {
    mailer,
    addresses: (team, rung) => teams.find(({ name }) => name === team)?.mail[rung] ?? [],
    linkOf: linkOf(config),
  };
}

/** Only an address that is configured: what the gateway listens on is of no use in a mail. */
const linkOf =
  ({ publicUrl }: Pick<Config, "publicUrl">): NoticeLink =>
  ({ about, caseId }) => {
    if (publicUrl === undefined) return undefined;
    if (about === "fix_withdrawn" || caseId === "") return `${publicUrl}/fixes`;
    // What is due for many cases of a problem is told of the problem.
    const list = caseId.startsWith("p-") ? "problems" : "cases";
    return `${publicUrl}/${list}/${encodeURIComponent(caseId)}`;
  };

interface DigestParts {
  readonly options: Pick<AppOptions, "config" | "service" | "log">;
  readonly mailer: Mailer | undefined;
  readonly core: Pick<Core, "service">;
  readonly cases: CaseReader;
  readonly value: ValueReader;
  readonly metrics: Metrics;
  readonly clock: Clock;
}

/** From now on until the stack ends, teams get their digests. */
export async function startDigests(
  stack: AsyncDisposableStack,
  { options, mailer, core, cases, value, metrics, clock }: DigestParts,
): Promise<void> {
  const { config, service, log } = options;
  const teams = service?.service.teams ?? [];
  if (!teams.some(({ digest }) => digest !== undefined)) return;
  if (mailer === undefined) {
    log.warn({}, "teams have a digest and no mail server is configured: nobody gets one");
    return;
  }
  // Recorded data have times of their own, by which no week of people goes.
  if (config.clock === "event") return;
  const marks = await openDigestMarks(join(config.dataDir, "digests.json"));
  const compose = async (team: Team, dueAt: number) => {
    const rules = core.service.rules();
    const products = core.service.products().map(({ id }) => id);
    const content = await digestContent(team, { value, cases, rules, products, teams }, dueAt);
    return digestMail(content, config.publicUrl ?? "");
  };
  const schedules = createCronSchedules(log);
  const parts = { teams, compose, mailer, marks, schedules, clock, log, metrics };
  stack.use(new DigestRunner(parts)).start();
}
