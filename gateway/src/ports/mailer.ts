import type { DurationMs } from "#domain/units.ts";

export interface Mail {
  /**
   * Same over all tries of one mail, `[A-Za-z0-9._-]`, at most 64 characters: becomes the Message-ID, by
   * which mail servers and clients recognise a repeat.
   */
  readonly id: string;
  /** Addresses; at least one. */
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  /** A whole document; absent = text only. */
  readonly html?: string;
}

export interface MailSent {
  /**
   * `done`: the server has it. `later`: it was not sent, try the same id again. `refused`: the server will
   * never take it. `unknown`: all of it was handed over and no answer came: it may arrive twice if tried again.
   */
  readonly outcome: "done" | "later" | "refused" | "unknown";
  /** For people; holds no address and no secret. */
  readonly detail: string;
  /** Of the addresses of a mail that was taken, so many were not. */
  readonly rejected: number;
}

/** Sends mails one after the other. Never throws, never repeats by itself. */
export interface Mailer {
  send(mail: Mail, signal?: AbortSignal): Promise<MailSent>;
  /** How long to wait after the given number of tries. */
  retryDelayMs(attempts: number): DurationMs;
}
