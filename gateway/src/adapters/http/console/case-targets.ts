import type { ServiceTarget, ServiceTargets } from "#domain/case/case.ts";
import type { EpochMs } from "#domain/units.ts";
import type { Html } from "./html.ts";
import { html } from "./html.ts";
import { badge, time } from "./words.ts";

/** The service clocks of a case: due when, and whether it looks good, in colour and in words. */
export function caseTargets(targets: ServiceTargets, now: EpochMs): Html {
  const isPaused = targets.paused === true;
  return html`<section class="card targets" aria-labelledby="targets-heading">
<h2 id="targets-heading">Promised</h2>
<dl class="facts">
${targetRow("First response", targets.firstResponse, { now, isPaused })}
${targetRow("Solution", targets.solution, { now, isPaused })}
</dl>
<p class="faint">Team ${targets.team}, service level ${targets.level}. Due times count business hours.${isPaused && " The clocks stand still while the gateway acts; the times are as if a person took over now."}</p>
</section>`;
}

interface Clocks {
  readonly now: EpochMs;
  readonly isPaused: boolean;
}

const targetRow = (name: string, target: ServiceTarget, clocks: Clocks): Html =>
  html`<div><dt>${name}</dt><dd>${targetBadge(target, clocks)} ${
    target.metAt === null
      ? html`<span>due ${time(target.dueAt)}</span>`
      : html`<span>${time(target.metAt)}</span> <span class="faint">due ${time(target.dueAt)}</span>`
  }</dd></div>`;

function targetBadge(
  { dueAt, warnAt, metAt, breachedAt }: ServiceTarget,
  { now, isPaused }: Clocks,
): Html {
  if (metAt !== null) {
    return breachedAt === null && metAt <= dueAt
      ? badge("good", "Kept")
      : badge("bad", "Kept late");
  }
  if (breachedAt !== null) return badge("worst", "Missed");
  if (isPaused) return badge("quiet", "Not running");
  if (now >= dueAt) return badge("worst", "Missed");
  return now >= warnAt ? badge("watch", "Due soon") : badge("good", "In time");
}
