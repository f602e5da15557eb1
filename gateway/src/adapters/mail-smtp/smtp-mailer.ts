import type { SMTPTransportOptions } from "nodemailer";
import { createTransport } from "nodemailer";
import type { DurationMs } from "#domain/units.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "#domain/units.ts";
import type { Clock } from "#ports/clock.ts";
import type { Mail, Mailer, MailSent } from "#ports/mailer.ts";
import type { Sender, SmtpServer } from "./mail-settings.ts";
import { MailConfigError, parseSender, parseSmtpUrl } from "./mail-settings.ts";

export interface SmtpMailerOptions {
  /** `smtps://user@host` or `smtp://host:587`; see `parseSmtpUrl`. */
  readonly url: string;
  /** Of the user in the URL. */
  readonly password?: string | undefined;
  /** `Name <box@example.com>`. */
  readonly from: string;
  readonly clock: Clock;
}

/** Ends a mail that takes longer, whatever it waits for. */
const TIMEOUT_MS: DurationMs = 2 * MINUTE_MS;
const CONNECT_MS: DurationMs = 15 * SECOND_MS;
/** Silence of the server; some scan a mail before they answer its end. */
const SILENCE_MS: DurationMs = MINUTE_MS;
const SHOWN_CHARS = 200;

/** Waits after 1, 2 … tries; the last one repeats. */
const SCHEDULE: readonly DurationMs[] = [
  MINUTE_MS,
  5 * MINUTE_MS,
  15 * MINUTE_MS,
  30 * MINUTE_MS,
  HOUR_MS,
];

/**
 * One connection at a time and a new one for each mail: there are few, and a connection that is kept would
 * have to be repaired. @throws MailConfigError
 */
export function createSmtpMailer(options: SmtpMailerOptions): Mailer {
  const server = parseSmtpUrl(options.url);
  const sender = parseSender(options.from);
  const { password = "" } = options;
  if ((server.user === "") !== (password === "")) {
    throw new MailConfigError(
      server.user === ""
        ? "smtpPasswordFile is given and smtpUrl names no user; write smtps://user@host"
        : "smtpUrl names a user and there is no password; name its file as smtpPasswordFile",
    );
  }
  let last: Promise<unknown> = Promise.resolve();
  return {
    retryDelayMs: (attempts) => {
      const place = Math.min(Math.max(1, Math.trunc(attempts)), SCHEDULE.length) - 1;
      return SCHEDULE[place] ?? HOUR_MS;
    },
    send: (mail, signal) => {
      const sent = last.then(() => send({ mail, server, sender, password, options }, signal));
      last = sent;
      return sent;
    },
  };
}

interface Sending {
  readonly mail: Mail;
  readonly server: SmtpServer;
  readonly sender: Sender;
  readonly password: string;
  readonly options: SmtpMailerOptions;
}

async function send(sending: Sending, stopped?: AbortSignal): Promise<MailSent> {
  const { clock } = sending.options;
  const done = new AbortController();
  const late = new AbortController();
  clock.sleep(TIMEOUT_MS, done.signal).then(
    () => late.abort(new Error(`no answer within ${TIMEOUT_MS / SECOND_MS} s`)),
    () => undefined,
  );
  const signals = stopped === undefined ? [late.signal] : [late.signal, stopped];
  const ended = AbortSignal.any(signals);
  const handed = { over: false };
  try {
    return await submit(sending, handed, ended);
  } catch (error) {
    const why: unknown = ended.aborted ? ended.reason : error;
    return judge(why, handed.over, sending.server);
  } finally {
    done.abort();
  }
}

async function submit(
  { mail, server, sender, password }: Sending,
  handed: { over: boolean },
  signal: AbortSignal,
): Promise<MailSent> {
  const { host, port } = server;
  const transport = createTransport({
    host,
    port,
    ...TLS[server.tls],
    ...(server.user === "" ? {} : { auth: { user: server.user, pass: password } }),
    dnsTimeout: CONNECT_MS,
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    logger: {
      // Only here the library tells that the last byte has left.
      info: ({ tnx }: { readonly tnx?: unknown }) => {
        if (tnx === "message") handed.over = true;
      },
    },
    // What is sent is what was composed here: nothing is fetched from elsewhere for it.
    disableFileAccess: true,
    disableUrlAccess: true,
  } satisfies SMTPTransportOptions);
  const info = await transport.sendMail({
    from: { name: sender.name, address: sender.address },
    to: mail.to.map((address) => ({ name: "", address })),
    subject: mail.subject,
    text: mail.text,
    ...(mail.html === undefined ? {} : { html: mail.html }),
    messageId: `<${mail.id.replace(/[^A-Za-z0-9._-]/g, "-").slice(0, 64)}@${sender.domain}>`,
    // RFC 3834: nobody's absence note is to come back.
    headers: { "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All" },
    signal,
  });
  const rejected = info.rejected.length;
  return { outcome: "done", detail: `${host} answered ${shown(info.response)}`, rejected };
}

const TLS: Readonly<Record<SmtpServer["tls"], SMTPTransportOptions>> = {
  implicit: { secure: true, tls: { minVersion: "TLSv1.2" } },
  required: { secure: false, requireTLS: true, tls: { minVersion: "TLSv1.2" } },
  offered: { secure: false, tls: { rejectUnauthorized: false } },
};

/** Answers to these belong to this mail; those to a connection or a sign-in may be put right by a person. */
const ABOUT_THE_MAIL: ReadonlySet<unknown> = new Set(["MAIL FROM", "RCPT TO", "DATA"]);

function judge(error: unknown, handedOver: boolean, { host }: SmtpServer): MailSent {
  const { responseCode, response, command, code, message } = error as {
    readonly responseCode?: number;
    readonly response?: string;
    readonly command?: string;
    readonly code?: string;
    readonly message?: string;
  };
  if (responseCode !== undefined) {
    const refuses = responseCode >= 500 && code !== "EAUTH" && ABOUT_THE_MAIL.has(command);
    // Some servers repeat what they were given.
    const said = code === "EAUTH" ? String(responseCode) : (response ?? String(responseCode));
    const detail = `${host} answered ${shown(said)} to ${command}`;
    return { outcome: refuses ? "refused" : "later", detail, rejected: 0 };
  }
  const detail = `${host}: ${shown(message ?? String(error))}`;
  return { outcome: handedOver ? "unknown" : "later", detail, rejected: 0 };
}

/** Servers repeat addresses in their answers. */
const shown = (text: string): string =>
  JSON.stringify(text.replace(/[^\s<>@]+@[^\s<>]+/g, "(address)").slice(0, SHOWN_CHARS));
