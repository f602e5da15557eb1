/** A burst of changes is one refresh. */
const QUIET_MS = 400;
/** Even without a pause in the changes the page is refreshed this often. */
const AT_LATEST_MS = 3_000;

/** Markup of each region as the server sent it, before scripts touched it. */
const sent = new Map();

/** @param {Document} page */
export function rememberRegions(page) {
  for (const region of page.querySelectorAll("[data-region]"))
    sent.set(region.id, region.innerHTML);
}

/**
 * Listens for changes of what this page shows, and fetches the page again for its regions.
 * Only while the page is looked at: browsers allow few connections per host, and tabs are many.
 */
export function followChanges() {
  const kind = document.body.dataset.live;
  if (kind === undefined) return;
  const url = address(kind, document.body.dataset.liveId);
  const follow = () => (document.hidden ? disconnect() : connect(url));
  document.addEventListener("visibilitychange", follow);
  window.addEventListener("pagehide", disconnect);
  window.addEventListener("pageshow", follow);
  follow();
}

/** @type {EventSource | undefined} */
let source;
/** Whether something may have been missed since the page was last fetched. */
let missed = false;

/** @param {string} url */
function connect(url) {
  if (source !== undefined) return;
  const opened = new EventSource(url);
  source = opened;
  opened.addEventListener("open", () => {
    showState("Live");
    if (missed) refreshSoon();
    missed = false;
  });
  opened.addEventListener("error", () => {
    missed = true;
    showState(opened.readyState === EventSource.CLOSED ? "Not live" : "Reconnecting");
  });
  opened.addEventListener("change", refreshSoon);
}

function disconnect() {
  if (source === undefined) return;
  source.close();
  source = undefined;
  missed = true;
}

/**
 * @param {string} kind
 * @param {string | undefined} id
 */
function address(kind, id) {
  const query = new URLSearchParams();
  if (kind !== "") query.set("kind", kind);
  if (id !== undefined) query.set("id", id);
  return `/api/events?${query}`;
}

let waitingSince = 0;
let timer = 0;
let busy = false;

function refreshSoon() {
  const now = Date.now();
  if (waitingSince === 0) waitingSince = now;
  clearTimeout(timer);
  const wait = Math.max(0, Math.min(QUIET_MS, waitingSince + AT_LATEST_MS - now));
  timer = setTimeout(refresh, wait);
}

async function refresh() {
  if (busy) return refreshSoon();
  waitingSince = 0;
  busy = true;
  try {
    const answer = await fetch(location.href, {
      // Refreshing by itself is no use of the session.
      headers: { accept: "text/html", "x-background": "1" },
    });
    if (answer.redirected) return location.reload();
    if (!answer.ok) return showState("Not fresh");
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const changed = [...page.querySelectorAll("[data-region]")].filter(replaceRegion);
    announce(changed);
  } catch {
    showState("Not fresh");
  } finally {
    busy = false;
  }
}

/**
 * True if the region now shows something else. One in which the viewer is typing waits.
 * @param {Element} fresh
 */
function replaceRegion(fresh) {
  const region = document.getElementById(fresh.id);
  if (region === null || sent.get(fresh.id) === fresh.innerHTML || isInUse(region)) return false;
  sent.set(fresh.id, fresh.innerHTML);
  const open = openDetails(region);
  const focus = focusIn(region);
  region.replaceChildren(...fresh.childNodes);
  for (const details of region.querySelectorAll("details")) {
    if (open.has(labelOf(details))) details.open = true;
  }
  if (focus !== "") {
    for (const link of region.querySelectorAll("a[href]")) {
      if (link instanceof HTMLElement && link.getAttribute("href") === focus) {
        link.focus({ preventScroll: true });
        break;
      }
    }
  }
  region.dispatchEvent(new CustomEvent("region-updated", { bubbles: true }));
  return true;
}

/** @param {Element} region */
function isInUse(region) {
  const active = document.activeElement;
  if (
    active !== null &&
    region.contains(active) &&
    active.matches("input, select, textarea, button")
  ) {
    return true;
  }
  return [...region.querySelectorAll("textarea")].some(
    (field) => field.value !== field.defaultValue,
  );
}

/** @param {Element} region */
function focusIn(region) {
  const active = document.activeElement;
  return active !== null && region.contains(active) ? (active.getAttribute("href") ?? "") : "";
}

/** @param {Element} region */
function openDetails(region) {
  return new Set([...region.querySelectorAll("details[open]")].map(labelOf));
}

/** @param {Element} details */
function labelOf(details) {
  return details.querySelector("summary")?.textContent ?? "";
}

/**
 * Only regions that say what their change means are told; a fleet's every reading would be noise.
 * @param {Element[]} changed
 */
function announce(changed) {
  const announcer = document.getElementById("announcer");
  const news = changed.flatMap(({ dataset }) => dataset.announce ?? []);
  if (announcer === null || news.length === 0) return;
  const time = new Date().toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
  announcer.textContent = `${[...new Set(news)].join(" ")} (${time})`;
}

/** @param {string} text */
function showState(text) {
  const state = document.getElementById("live-state");
  if (state === null || state.textContent === text) return;
  state.hidden = false;
  state.textContent = text;
  state.classList.toggle("off", text !== "Live");
}
