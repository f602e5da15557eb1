import { GatewayError } from "#domain/errors.ts";

/** URL, sender or password of the mail server cannot be used. The message does not contain the password. */
export class MailConfigError extends GatewayError {
  readonly code = "VZ_MAIL_CONFIG";
}

/**
 * `implicit`: TLS from the first byte (smtps). `required`: STARTTLS, or nothing is sent. `offered`: to this
 * machine itself, where TLS adds nothing; used when the server offers it, whatever its certificate.
 */
export type MailTls = "implicit" | "required" | "offered";

export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  readonly tls: MailTls;
  /** "" = without signing in. */
  readonly user: string;
}

/** RFC 8314 and RFC 6409: submission with TLS from the start, and with STARTTLS. */
const PORTS = { "smtps:": 465, "smtp:": 587 } as const;
const LOOPBACK: ReadonlySet<string> = new Set(["127.0.0.1", "[::1]", "localhost"]);

/** @throws MailConfigError */
export function parseSmtpUrl(text: string): SmtpServer {
  const url = URL.parse(text);
  const protocol = url?.protocol;
  if (url === null || (protocol !== "smtps:" && protocol !== "smtp:") || url.hostname === "") {
    throw new MailConfigError(
      "the URL of the mail server is none; write smtps://user@mail.example.com or smtp://mail.example.com:587",
    );
  }
  if (url.password !== "") {
    throw new MailConfigError(
      "the URL of the mail server holds a password; put it into a file and name that as smtpPasswordFile",
    );
  }
  if (!["", "/"].includes(url.pathname) || url.search !== "" || url.hash !== "") {
    throw new MailConfigError(
      "the URL of the mail server goes on after host and port; only the scheme, user, host and port are used",
    );
  }
  const isLocal = LOOPBACK.has(url.hostname);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? PORTS[protocol] : Number(url.port),
    tls: protocol === "smtps:" ? "implicit" : isLocal ? "offered" : "required",
    user: decodeURIComponent(url.username),
  };
}

export interface Sender {
  readonly name: string;
  readonly address: string;
  readonly domain: string;
}

const ADDRESS = /^[^\s@<>,;:"()[\]\\]+@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)$/;

/** `Name <box@example.com>` or the address alone. @throws MailConfigError */
export function parseSender(text: string): Sender {
  const [, name = "", bracketed] = /^([^<>\r\n]*?)\s*<([^<>]+)>$/.exec(text.trim()) ?? [];
  const address = bracketed ?? text.trim();
  const domain = ADDRESS.exec(address)?.[1];
  if (domain === undefined) {
    throw new MailConfigError(
      `mailFrom ${JSON.stringify(text)} is no address; write "Voorzorg <voorzorg@example.com>"`,
    );
  }
  return { name: name.replace(/^"|"$/g, "").trim(), address, domain };
}
