import { createHash } from "node:crypto";
import { toMarkdown } from "#pipeline/document/markdown.ts";
import { toText } from "#pipeline/document/text.ts";
import type { Attachment, GatewayFields, NewTicket, TicketChange } from "#ports/desk.ts";
import type { DeskSettings } from "#ports/desk-settings.ts";
import type { Document } from "#ports/document.ts";
import { severityWord } from "../desk-http/desk-words.ts";

/** What is posted; `ticket` is the reference that the ticket was created with, for the receiver to find its own. */
export type WebhookMessage =
  | { readonly type: "desk.check"; readonly data: Record<string, never> }
  | { readonly type: "ticket.create"; readonly data: Readonly<Record<string, unknown>> }
  | { readonly type: "ticket.update"; readonly data: Readonly<Record<string, unknown>> }
  | { readonly type: "ticket.comment"; readonly data: Readonly<Record<string, unknown>> }
  | { readonly type: "ticket.attachment"; readonly data: Readonly<Record<string, unknown>> }
  | { readonly type: "ticket.link"; readonly data: Readonly<Record<string, unknown>> }
  | { readonly type: "ticket.reject"; readonly data: Readonly<Record<string, unknown>> };

/** As blocks for a receiver that renders itself, and rendered for one that only stores text. */
export const rendered = (document: Document) => ({
  blocks: document,
  markdown: toMarkdown(document),
  text: toText(document),
});

const fieldsOf = (settings: DeskSettings, fields: GatewayFields) => ({
  revision: fields.revision,
  // "" = whatever stands there stays.
  ...(fields.severity === ""
    ? {}
    : { severity: severityWord(settings, fields.severity) || fields.severity }),
  link: fields.link,
  evidence: rendered(fields.evidence),
});

export const fileOf = ({ name, type, bytes }: Attachment) => ({
  name,
  type,
  base64: Buffer.from(bytes).toString("base64"),
});

export function createMessage(settings: DeskSettings, ticket: NewTicket): WebhookMessage {
  const { reference, body, attachments, dedupKey, device, product } = ticket;
  const { subject, queue, follows, parent } = ticket;
  return {
    type: "ticket.create",
    data: {
      ticket: reference,
      dedupKey,
      device,
      product,
      subject,
      queue,
      follows,
      parent,
      ...fieldsOf(settings, ticket),
      body: rendered(body),
      attachments: settings.options.attachments === "none" ? [] : attachments.map(fileOf),
    },
  };
}

export const updateMessage = (
  settings: DeskSettings,
  ticket: string,
  { fields, status }: TicketChange,
): WebhookMessage => ({
  type: "ticket.update",
  data: {
    ticket,
    ...(fields === undefined ? {} : fieldsOf(settings, fields)),
    ...(status === undefined ? {} : { status }),
  },
});

/** The same message sent again has the same id, so that the receiver takes it once. */
export function messageId(message: WebhookMessage, more = ""): string {
  const content = JSON.stringify([message.type, message.data, more]);
  return `msg_${createHash("sha256").update(content).digest("hex").slice(0, 32)}`;
}
