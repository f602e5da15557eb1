import { once } from "node:events";
import type { Socket } from "node:net";
import type { AddressObject, ParsedMail } from "mailparser";
import { simpleParser } from "mailparser";
import type { SMTPServerOptions } from "smtp-server";
import { SMTPServer } from "smtp-server";

export interface ReceivedMail {
  readonly mail: ParsedMail;
  readonly raw: string;
  readonly recipients: readonly string[];
  readonly secure: boolean;
  readonly user: string | undefined;
}

export interface MailServerOptions extends SMTPServerOptions {
  readonly host?: string;
  /** Answer to the whole mail, instead of taking it. */
  readonly afterData?: (
    attempt: number,
  ) => { code: number; text: string } | "cut" | "silent" | undefined;
}

/** A real mail server in this process that keeps what it takes. */
export class MailServer implements AsyncDisposable {
  readonly received: ReceivedMail[] = [];
  /** Mails whose last byte arrived, taken or not. */
  attempts = 0;
  readonly #server: SMTPServer;
  readonly #sockets = new Set<Socket>();
  readonly #host: string;
  readonly #options: MailServerOptions;

  private constructor(options: MailServerOptions) {
    this.#options = options;
    this.#host = options.host ?? "127.0.0.1";
    const { afterData: _, host: __, ...rest } = options;
    this.#server = new SMTPServer({
      authOptional: true,
      disableReverseLookup: true,
      closeTimeout: 50,
      logger: false,
      hideSTARTTLS: true,
      onData: (stream, session, done) => {
        stream.toArray().then(
          (chunks: Buffer[]) => this.#take(Buffer.concat(chunks), session, done),
          (error: Error) => done(error),
        );
      },
      ...rest,
    });
    this.#server.server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
    // A client that goes away in the middle is part of what is tested.
    this.#server.on("error", () => undefined);
  }

  static async start(options: MailServerOptions = {}): Promise<MailServer> {
    const server = new MailServer(options);
    server.#server.listen(0, server.#host);
    await once(server.#server.server, "listening");
    return server;
  }

  /** Without a scheme: `127.0.0.1:12345`. */
  get address(): string {
    const bound = this.#server.server.address();
    if (bound === null || typeof bound === "string") throw new Error("the server does not listen");
    return `${this.#host}:${bound.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #take(
    raw: Buffer,
    session: Parameters<NonNullable<SMTPServerOptions["onData"]>>[1],
    done: (error?: Error | null, message?: string) => void,
  ): Promise<void> {
    this.attempts += 1;
    const answer = this.#options.afterData?.(this.attempts);
    if (answer === "silent") return;
    if (answer === "cut") {
      for (const socket of this.#sockets) socket.destroy();
      return;
    }
    if (answer !== undefined) {
      done(Object.assign(new Error(answer.text), { responseCode: answer.code }));
      return;
    }
    this.received.push({
      mail: await simpleParser(raw),
      raw: raw.toString("utf8"),
      recipients: session.envelope.rcptTo.map(({ address }) => address),
      secure: session.secure,
      user: typeof session.user === "string" ? session.user : undefined,
    });
    done(null, "taken");
  }
}

/** Addresses of a header. */
export const addressesOf = (
  header: AddressObject | AddressObject[] | undefined,
): readonly string[] =>
  [header ?? []].flat().flatMap(({ value }) => value.map(({ address }) => address ?? ""));
