import type { OutboxEntry } from "#domain/effects.ts";
import { heading, join, line, link, page, paragraph, quiet } from "#pipeline/mail/mail-html.ts";
import { momentText } from "#pipeline/wording/moment.ts";
import type { Mail } from "#ports/mailer.ts";

type NoticeEntry = Extract<OutboxEntry, { kind: "notice" }>;

/** Address of the page that a notice is about. */
export type NoticeLink = (notice: Pick<NoticeEntry, "about" | "caseId">) => string | undefined;

const WHY =
  "You get this because you are in this team's chain in the service file of the gateway. Nobody reads answers to this address.";

/** One mail of one or more notices to the same people, in the order given. */
export function noticeMail(
  notices: readonly NoticeEntry[],
  linkOf: NoticeLink,
): Pick<Mail, "subject" | "text" | "html"> {
  const [first] = notices;
  const more = notices.length - 1;
  const alone = first?.subject ?? "";
  const subject = more === 0 ? alone : `${alone} (and ${more} more)`;
  const texts = notices.map((notice) => {
    const url = linkOf(notice);
    const lines = [notice.subject, momentText(notice.createdAt, "UTC"), "", notice.text];
    return [...lines, ...(url === undefined ? [] : ["", url])].join("\n");
  });
  const parts = notices.map((notice) => {
    const url = linkOf(notice);
    return join([
      ...(more === 0 ? [] : [heading(notice.subject)]),
      quiet(momentText(notice.createdAt, "UTC")),
      paragraph(notice.text),
      ...(url === undefined ? [] : [line(link("Open it in the console", url))]),
    ]);
  });
  return {
    subject,
    text: `${texts.join(`\n\n${"-".repeat(20)}\n\n`)}\n\n-- \n${WHY}\n`,
    html: page(more === 0 ? alone : `${notices.length} notices`, join([...parts, quiet(WHY)])),
  };
}
