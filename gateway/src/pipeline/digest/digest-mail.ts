import { durationText } from "#domain/detect/wording.ts";
import type { DigestContent } from "#pipeline/digest/digest-content.ts";
import type { Markup } from "#pipeline/mail/mail-html.ts";
import {
  heading,
  join,
  line,
  link,
  list,
  page,
  paragraph,
  quiet,
  small,
  table,
} from "#pipeline/mail/mail-html.ts";
import type { ValueFigures } from "#pipeline/value/figures.ts";
import type { Share } from "#pipeline/value/statistics.ts";
import { countText, percentText, spreadText } from "#pipeline/value/words.ts";
import { STAGE_TEXT } from "#pipeline/wording/case-words.ts";
import { dayIn } from "#pipeline/wording/moment.ts";
import type { Mail } from "#ports/mailer.ts";

interface Line {
  readonly text: string;
  readonly url?: string | undefined;
  readonly more?: string;
}

interface Section {
  readonly title: string;
  readonly lines: readonly Line[];
}

/** Lines of one kind; the console has all of them. */
const SHOWN = 5;
const WHY =
  "You get this because you are in this team in the service file of the gateway, which also says when. Nobody reads answers to this address.";

/** `publicUrl`: address of the console without a slash at its end; "" = others do not reach it, no links. */
export function digestMail(
  content: DigestContent,
  publicUrl: string,
): Pick<Mail, "subject" | "text" | "html"> {
  const { team, from, to, timeZone, products } = content;
  const subject = `${team}: ${weekText(content.figures, content)}`;
  const days = `${dayIn("en", from, timeZone)} to ${dayIn("en", to, timeZone)}`;
  const period = `${days} · ${products.join(", ") || "no product"}`;
  const sections = sectionsOf(content, publicUrl).filter(({ lines }) => lines.length > 0);
  const figures = figureRows(content.figures, content.before);
  const title = `Week of team ${team}`;
  const valueUrl = publicUrl === "" ? undefined : `${publicUrl}/value?days=7`;
  return {
    subject,
    text: plain({ title, period, content, sections, figures, valueUrl }),
    html: page(
      title,
      join([
        quiet(period),
        paragraph(opening(content)),
        ...sections.flatMap((section) => [heading(section.title), list(section.lines.map(item))]),
        heading("In figures"),
        table("This week beside the one before", HEAD, figures),
        ...(valueUrl === undefined
          ? []
          : [line(link("All figures and how they are counted", valueUrl))]),
        quiet(WHY),
      ]),
    ),
  };
}

const HEAD = ["Figure", "This week", "Before"];

const item = ({ text, url, more }: Line): Markup =>
  join([link(text, url), ...(more === undefined ? [] : [small(more)])]);

/** For the subject line: what somebody must know who reads no further. */
function weekText({ cases }: ValueFigures, { backlog }: DigestContent): string {
  const waiting = backlog.escalated + backlog.approval;
  const opened = `${countText(cases)} ${cases === 1 ? "case" : "cases"} this week`;
  return waiting === 0
    ? `${opened}, none waits for a person`
    : `${opened}, ${countText(waiting)} ${waiting === 1 ? "waits" : "wait"} for a person`;
}

function opening({ figures, backlog }: DigestContent): string {
  const { cases, foundBefore, ownerCalls, fixes } = figures;
  const waiting = backlog.escalated + backlog.approval;
  const sentences = [
    cases === 0
      ? "No case opened this week."
      : `${countText(cases)} ${cases === 1 ? "case" : "cases"} opened this week.`,
    foundBefore.share !== null &&
      `${countText(foundBefore.count)} of ${countText(foundBefore.of)} were found before the owner called.`,
    cases > 0 &&
      ownerCalls.known === 0 &&
      "No owner's call is known, so nobody can say how many were found before they called.",
    fixes.verified > 0 && `${countText(fixes.verified)} were fixed from afar, proved by telemetry.`,
    backlog.open > 0 &&
      `${countText(backlog.open)} are open, of which ${countText(waiting)} ${waiting === 1 ? "waits" : "wait"} for a person.`,
  ];
  return sentences.filter((one) => one !== false).join(" ");
}

function sectionsOf(content: DigestContent, publicUrl: string): readonly Section[] {
  const { rules, backlog, missed, problems, attention, off, to } = content;
  const at = (path: string) => (publicUrl === "" ? undefined : `${publicUrl}${path}`);
  const caseAt = (id: string) => at(`/cases/${encodeURIComponent(id)}`);
  return [
    {
      title: "Waits for a person",
      lines: backlog.oldest.map(({ id, title, device, stage, openedAt }) => ({
        text: title,
        url: caseAt(id),
        more: `${device} · ${STAGE_TEXT[stage]} · open for ${durationText(Math.max(0, to - openedAt))}`,
      })),
    },
    {
      title: "Missed targets",
      lines: missed.map(({ caseId, title, device, target, metAt }) => ({
        text: title,
        url: caseAt(caseId),
        more: `${device} · ${target} too late${metAt === null ? ", still not met" : ""}`,
      })),
    },
    {
      title: "Problems over many devices",
      lines: problems.slice(0, SHOWN).map(({ id, title, status, openCases, summary }) => ({
        text: title,
        url: at(`/problems/${encodeURIComponent(id)}`),
        more: `${status === "open" ? `${countText(openCases)} open cases` : status} · ${summary}`,
      })),
    },
    {
      title: "Switched off",
      lines: off.map(({ product, by, reason }) => ({
        text: `Playbooks of ${product === "" ? "the whole fleet" : product} do nothing by themselves`,
        url: at("/fixes"),
        more: `${by}: ${reason}`,
      })),
    },
    {
      title: "Rules that need a look",
      lines: attention.slice(0, SHOWN).map(({ title, product, rule, why }) => ({
        text: title,
        url: at(`/cases?rule=${encodeURIComponent(rule)}`),
        more: `${product} · ${why.join(" ")}`,
      })),
    },
    {
      title: "What was found",
      lines: rules.slice(0, SHOWN).map(({ title, product, rule, figures }) => ({
        text: `${countText(figures.cases)} × ${title}`,
        url: at(`/cases?rule=${encodeURIComponent(rule)}`),
        more: [product, ...ruleFacts(figures)].join(" · "),
      })),
    },
  ];
}

function ruleFacts(f: ValueFigures): readonly string[] {
  return [
    f.foundBefore.share !== null &&
      `${countText(f.foundBefore.count)} found before the owner called`,
    f.fixes.verified > 0 && `${countText(f.fixes.verified)} fixed and proved`,
    f.falseCases.count > 0 && `${countText(f.falseCases.count)} false`,
    f.escalated.count > 0 && `${countText(f.escalated.count)} went to a person`,
  ].filter((fact) => fact !== false);
}

const shareCell = ({ count, of, share }: Share): string =>
  share === null ? "not known" : `${percentText(share)} (${countText(count)}/${countText(of)})`;

function figureRows(now: ValueFigures, before: ValueFigures): readonly (readonly string[])[] {
  const row = (name: string, of: (figures: ValueFigures) => string) => [name, of(now), of(before)];
  const rows = [
    row("Cases opened", (f) => countText(f.cases)),
    row("Found before the owner called", (f) => shareCell(f.foundBefore)),
    row("Ahead of the owner's call", (f) => spreadText(f.lead)),
    row("Fixes proved and held", (f) => shareCell(f.verifiedFix)),
    row("From case to proof", (f) => spreadText(f.proof)),
    row("False cases, of those judged", (f) => shareCell(f.falseCases)),
    row("Cases with a verdict", (f) => shareCell(f.judged)),
    row("Went to a person", (f) => shareCell(f.escalated)),
    row("First responses too late", (f) => shareCell(f.responsesMissed)),
    row("Solutions too late", (f) => shareCell(f.solutionsMissed)),
  ];
  return rows.filter(([, ...cells]) => cells.some((cell) => cell !== "not known"));
}

function plain(parts: {
  readonly title: string;
  readonly period: string;
  readonly content: DigestContent;
  readonly sections: readonly Section[];
  readonly figures: readonly (readonly string[])[];
  readonly valueUrl: string | undefined;
}): string {
  const { title, period, content, sections, figures, valueUrl } = parts;
  const lines = [title, period, "", opening(content), ""];
  for (const section of sections) {
    lines.push(section.title, "-".repeat(section.title.length));
    for (const { text, url, more } of section.lines) {
      lines.push(`* ${text}`);
      if (more !== undefined) lines.push(`  ${more}`);
      if (url !== undefined) lines.push(`  ${url}`);
    }
    lines.push("");
  }
  lines.push("In figures", "----------");
  for (const [name, now, before] of figures) lines.push(`${name}: ${now} (week before: ${before})`);
  if (valueUrl !== undefined) lines.push("", `All figures and how they are counted: ${valueUrl}`);
  lines.push("", "-- ", WHY, "");
  return lines.join("\n");
}
