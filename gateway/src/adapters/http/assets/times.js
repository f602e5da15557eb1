const DAY_MS = 86_400_000;

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const dayAndClock = new Intl.DateTimeFormat(undefined, {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });
const withYear = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/**
 * Shows every <time> in the viewer's zone; the whole of it stands in the title.
 * @param {ParentNode} within
 */
export function showLocalTimes(within) {
  const now = Date.now();
  for (const element of within.querySelectorAll("time[datetime]")) {
    const at = new Date(element.getAttribute("datetime") ?? "");
    if (Number.isNaN(at.getTime())) continue;
    element.textContent = short(at, element.hasAttribute("data-day") ? undefined : now);
    element.setAttribute("title", full.format(at));
  }
}

/**
 * The clock alone for a moment of today, unless the day is asked for (now is left out).
 * @param {Date} at
 * @param {number | undefined} now
 */
function short(at, now) {
  if (now !== undefined && at.toDateString() === new Date(now).toDateString()) {
    return clock.format(at);
  }
  const far = Math.abs(Date.now() - at.getTime()) > 180 * DAY_MS;
  return far ? withYear.format(at) : dayAndClock.format(at);
}
