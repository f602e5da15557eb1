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
    element.textContent = short(at, now);
    element.setAttribute("title", full.format(at));
  }
}

/**
 * @param {Date} at
 * @param {number} now
 */
function short(at, now) {
  const sameDay = at.toDateString() === new Date(now).toDateString();
  if (sameDay) return clock.format(at);
  return Math.abs(now - at.getTime()) < 180 * DAY_MS ? dayAndClock.format(at) : withYear.format(at);
}
