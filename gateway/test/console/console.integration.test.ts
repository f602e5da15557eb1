import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { chromium } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS } from "#domain/units.ts";
import { weekOf } from "#pipeline/value/counting.ts";
import { NO_CASES } from "#pipeline/value/figures.ts";
import type { Clock } from "#ports/clock.ts";
import { FakeAuth } from "../support/http-fakes.ts";
import { fakes, testServer } from "../support/http-harness.ts";
import { caseEvents, caseView, NOW } from "../support/http-samples.ts";

const CHROMIUM_ARGS = [
  "--headless=new",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const PHONE = { width: 360, height: 740 };
const DESKTOP = { width: 1280, height: 900 };
const PAGES = [
  "/",
  "/cases",
  "/cases/case-1",
  "/devices/esp-0017",
  "/value",
  "/quarantine",
  "/account",
];

/** Three weeks of one rule, of which something is known. */
const WEEKS = [3, 2, 1].map((ago) => ({
  ...NO_CASES,
  ...{ product: "espresso-pro", rule: "boiler-overheats", kind: "fault" as const },
  week: weekOf(NOW) - ago * 7 * DAY_MS,
  ...{ cases: 9, real: 8, foundBefore: 7, called: 2, calledLater: 1, leadMs: [3 * HOUR_MS] },
  ...{ tried: 5, verified: 3, failed: 2, proofMs: [HOUR_MS], confirmed: 3, falseAlarm: 1 },
}));

/** The browser's own time goes on, so the streams need real timers. */
const wallClock: Clock = {
  now: () => NOW,
  elapsed: () => 0,
  sleep: (duration, signal) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, duration);
      signal?.addEventListener("abort", () => {
        clearTimeout(timer);
        reject(signal.reason);
      });
    }),
};

/** As text: the tests are type-checked without a browser's globals. */
const evaluate = <T>(page: Page, expression: string): Promise<T> => page.evaluate(expression);

describe("the console in a browser", () => {
  let browser: Browser;
  let server: Awaited<ReturnType<typeof testServer>>;
  let shots = "";
  const contexts: BrowserContext[] = [];

  beforeAll(async () => {
    shots = await mkdtemp(join(tmpdir(), "voorzorg-console-"));
    browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: CHROMIUM_ARGS });
    const parts = fakes(new FakeAuth(), wallClock);
    parts.value.found = WEEKS;
    server = await testServer(parts);
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
  });
  afterEach(async () => {
    await Promise.all(contexts.splice(0).map((context) => context.close()));
  });

  async function open(
    options: {
      readonly size?: typeof PHONE;
      readonly dark?: boolean;
      readonly role?: string;
      readonly scripts?: boolean;
    } = {},
  ): Promise<{ readonly page: Page; readonly complaints: string[] }> {
    const context = await browser.newContext({
      viewport: options.size ?? DESKTOP,
      colorScheme: options.dark === true ? "dark" : "light",
      locale: "en-GB",
      timezoneId: "Europe/Amsterdam",
      javaScriptEnabled: options.scripts ?? true,
    });
    contexts.push(context);
    const role = options.role ?? "engineer";
    const cookie = { name: "voorzorg_session", value: `session-${role}`, url: server.url };
    if (role !== "nobody") await context.addCookies([cookie]);
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("request", (request) => {
      if (!request.url().startsWith(server.url)) complaints.push(`foreign ${request.url()}`);
    });
    return { page, complaints };
  }

  const widerThanScreen = (page: Page) =>
    evaluate<number>(
      page,
      "document.documentElement.scrollWidth - document.documentElement.clientWidth",
    );

  for (const [name, size] of [
    ["phone", PHONE],
    ["desktop", DESKTOP],
  ] as const) {
    for (const dark of [false, true]) {
      const look = `${name}-${dark ? "dark" : "light"}`;
      it(`shows every page without a complaint and without sideways scrolling (${look})`, async () => {
        const { page, complaints } = await open({ size, dark });
        for (const path of PAGES) {
          await page.goto(server.url + path);
          await expect.poll(() => page.locator("#main h1").count()).toBe(1);
          const plots = await page.locator("[data-plot]").count();
          await expect.poll(() => page.locator("[data-plot] canvas").count()).toBe(plots);
          expect([path, await widerThanScreen(page)]).toEqual([path, 0]);
          const file = `${look}${path.replaceAll("/", "_")}.png`;
          await page.screenshot({ path: join(shots, file), fullPage: true });
        }
        expect(complaints).toEqual([]);
      }, 60_000);
    }
  }

  it("tells its meaning without colour and without a picture", async () => {
    const { page } = await open();
    await page.goto(`${server.url}/cases/case-1`);
    const figure = page.locator("figure").first();
    await expect
      .poll(() => figure.locator(".reading").textContent())
      .toContain("Allowed: at most 135 °C");
    expect(await figure.locator(".marks").textContent()).toMatch(/Began: .*Found: /s);
    await figure.locator(".u-over").hover({ position: { x: 20, y: 50 } });
    await expect.poll(() => figure.locator(".plot-reading").textContent()).toMatch(/^9\d.* °C · /);
    await figure.locator("summary").click();
    expect(await figure.locator("tbody tr").count()).toBeGreaterThan(10);
    expect(await page.locator("#head .badges").textContent()).toMatch(
      /Urgent.*Needs a person.*Fault/s,
    );
  });

  it("shows times in the viewer's zone", async () => {
    const { page } = await open();
    await page.goto(`${server.url}/cases/case-1`);
    const opened = page.locator("#timeline time").first();
    expect(await opened.getAttribute("datetime")).toBe("2026-11-24T19:19:00.000Z");
    await expect.poll(() => opened.textContent()).toContain("20:19");
  });

  it("is worked by keyboard alone: skip link, case, take it", async () => {
    const { page } = await open({ role: "agent" });
    await page.goto(`${server.url}/cases`);
    await page.keyboard.press("Tab");
    expect(await evaluate(page, "document.activeElement.textContent")).toBe("Skip to content");
    await page.keyboard.press("Enter");
    for (let i = 0; i < 20; i++) {
      await page.keyboard.press("Tab");
      if ((await evaluate(page, "document.activeElement.getAttribute('href')")) === "/cases/case-1")
        break;
    }
    const outline = await evaluate(page, "getComputedStyle(document.activeElement).outlineStyle");
    expect(outline).toBe("solid");
    await Promise.all([page.waitForURL("**/cases/case-1"), page.keyboard.press("Enter")]);
    await page.getByRole("button", { name: "Take this case" }).focus();
    await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
    expect(new URL(page.url()).pathname).toBe("/cases/case-1");
    expect(server.api.acted.at(-1)).toMatchObject({
      action: { name: "acknowledge", caseId: "case-1" },
      by: "agent",
    });
  });

  it("shows a change by itself, keeps what is being typed, and says so to a screen reader", async () => {
    const { page } = await open({ role: "agent" });
    await page.goto(`${server.url}/cases/case-1`);
    await expect.poll(() => page.locator("#live-state").textContent()).toBe("Live");
    await page.locator("#comment").fill("Called, no answer");
    server.cases.caseList = [
      caseView("case-1", { summary: "The boiler cooled down to 90 °C.", stage: "watching" }),
    ];
    server.cases.events = [
      ...caseEvents("case-1"),
      {
        offset: 200,
        n: 0,
        caseId: "case-1",
        at: NOW,
        kind: "proved",
        by: "gateway",
        reason: "boiler_temp 90 Cel.",
      },
    ];
    server.api.tell({ kind: "case", id: "case-1", summary: "open watching" });
    await expect.poll(() => page.locator("#head").textContent()).toContain("cooled down");
    expect(await page.locator("#timeline li").count()).toBe(6);
    expect(await page.locator("#comment").inputValue()).toBe("Called, no answer");
    await expect
      .poll(() => page.locator("#announcer").textContent())
      .toContain("This case changed.");
    await expect.poll(() => page.locator("#evidence canvas").count()).toBe(2);
  });

  it("sends a command with the arguments that the product declares", async () => {
    const { page } = await open({ role: "engineer" });
    await page.goto(`${server.url}/devices/esp-0017`);
    await page.getByText("Change the set point").click();
    await page.getByLabel("celsius in °C").fill("92.5");
    await page.getByRole("button", { name: "Send set_setpoint" }).click();
    await page.waitForURL("**/devices/esp-0017#commands-heading");
    expect(server.api.acted.at(-1)?.action).toEqual({
      name: "command",
      device: "esp-0017",
      command: "set_setpoint",
      args: { celsius: 92.5 },
      expiresInMs: 600_000,
    });
  });

  it("offers no buttons to who may only look", async () => {
    const { page } = await open({ role: "viewer" });
    await page.goto(`${server.url}/cases/case-1`);
    expect(await page.locator("main form").count()).toBe(0);
    await page.goto(`${server.url}/devices/esp-0017`);
    expect(await page.locator("main form").count()).toBe(0);
  });

  it("signs in, comes back to where one wanted to be, and signs out", async () => {
    const { page, complaints } = await open({ role: "nobody" });
    await page.goto(`${server.url}/quarantine`);
    await page.getByLabel("Name").fill("agent");
    await page.getByLabel("Password").fill("right");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/quarantine");
    expect(await page.locator("h1").textContent()).toBe("Quarantine");
    await page.goto(`${server.url}/account`);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.waitForURL("**/sign-in");
    expect(complaints).toEqual([]);
  });

  it("works without scripts: reads, filters, acts", async () => {
    const { page } = await open({ role: "engineer", scripts: false, size: PHONE });
    await page.goto(`${server.url}/cases`);
    await page.getByLabel("Kind").selectOption("underuse");
    await page.getByRole("button", { name: "Show" }).click();
    expect(page.url()).toContain("kind=underuse");
    await page.goto(`${server.url}/cases/case-1`);
    await page.locator("#comment").fill("Seen");
    await page.getByRole("button", { name: "Write on the timeline" }).click();
    expect(server.api.acted.at(-1)?.action).toMatchObject({ name: "comment", comment: "Seen" });
  });

  it("shows what a device sends as text, never as markup", async () => {
    server.cases.caseList = [
      caseView("case-1", {
        title: '<img src=x onerror="document.title=1">',
        summary: "</p><script>1</script>",
      }),
    ];
    const { page, complaints } = await open();
    await page.goto(`${server.url}/cases/case-1`);
    expect(await page.locator("h1").textContent()).toContain("<img src=x");
    expect(await page.locator("main img, main script").count()).toBe(0);
    expect(complaints).toEqual([]);
  });
});
