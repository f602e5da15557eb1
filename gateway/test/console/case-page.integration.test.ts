import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { chromium } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { DAY_MS } from "#domain/units.ts";
import type { Clock } from "#ports/clock.ts";
import { FakeAuth } from "../support/http-fakes.ts";
import { fakes, testServer } from "../support/http-harness.ts";
import { caseView, NOW } from "../support/http-samples.ts";
import { approvalCase, workedCase } from "../support/worked-case.ts";

const CHROMIUM_ARGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic"];
const PHONE = { width: 360, height: 740 };
const DESKTOP = { width: 1280, height: 900 };

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

const evaluate = <T>(page: Page, expression: string): Promise<T> => page.evaluate(expression);
const widerThanScreen = (page: Page) =>
  evaluate<number>(
    page,
    "document.documentElement.scrollWidth - document.documentElement.clientWidth",
  );
const colourOf = (page: Page, text: string) =>
  evaluate<string>(
    page,
    `getComputedStyle([...document.querySelectorAll(".badge")].find((b) => b.textContent === ${JSON.stringify(text)})).color`,
  );

describe("a case and its answer link in a browser", () => {
  let browser: Browser;
  let server: Awaited<ReturnType<typeof testServer>>;
  let shots = "";
  let answer = "";
  const contexts: BrowserContext[] = [];

  beforeAll(async () => {
    shots = await mkdtemp(join(tmpdir(), "voorzorg-case-"));
    browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: CHROMIUM_ARGS });
    server = await testServer(fakes(new FakeAuth(), wallClock));
    answer = `${server.url}/answer/case-1/${server.answers.sign("case-1", NOW + DAY_MS)}`;
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
  });
  beforeEach(() => {
    server.api.acted.length = 0;
    server.cases.caseList = [workedCase("case-1"), approvalCase("case-2"), caseView("case-3")];
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
      if ((request.headers().referer ?? "").includes("/answer/")) complaints.push("referrer");
    });
    return { page, complaints };
  }

  for (const [look, size, dark] of [
    ["phone by day", PHONE, false],
    ["desktop by night", DESKTOP, true],
  ] as const) {
    it(`shows cases, approvals and answers without a complaint and without sideways scrolling (${look})`, async () => {
      const { page, complaints } = await open({ size, dark });
      const urls = [
        `${server.url}/cases/case-1`,
        `${server.url}/cases/case-2`,
        `${server.url}/cases/case-1?from=2026-11-24T19:00:00Z&to=2026-11-24T19:40:00Z`,
        answer,
      ];
      for (const [i, url] of urls.entries()) {
        await page.goto(url);
        const plots = await page.locator("[data-plot]").count();
        await expect.poll(() => page.locator("[data-plot] canvas").count()).toBe(plots);
        expect([url, await widerThanScreen(page)]).toEqual([url, 0]);
        await page.screenshot({
          path: join(shots, `${look.replaceAll(" ", "-")}-${i}.png`),
          fullPage: true,
        });
      }
      expect(complaints).toEqual([]);
    }, 60_000);
  }

  it("tells the promised times in words and in different colours", async () => {
    const { page } = await open();
    await page.goto(`${server.url}/cases/case-1`);
    const promised = (await page.locator(".targets").textContent())?.replace(/\s+/g, " ");
    expect(promised).toContain("First responseKept 24 Nov");
    expect(promised).toContain("SolutionDue soon due 24 Nov, 22:00");
    expect(await colourOf(page, "Kept")).not.toBe(await colourOf(page, "Due soon"));
  });

  it("takes a verdict in one click, and with a comment that was opened for it", async () => {
    const { page } = await open({ role: "agent" });
    await page.goto(`${server.url}/cases/case-3`);
    await page.getByRole("button", { name: "Known already" }).click();
    await page.waitForURL("**/cases/case-3");
    await page.getByText("With a comment").click();
    await page.locator("#verdict-comment").fill("probe loose");
    await page.getByRole("button", { name: "The sensor was wrong" }).click();
    await expect.poll(() => server.api.acted.length).toBe(2);
    expect(server.api.acted.map(({ action }) => action)).toMatchObject([
      { name: "verdict", verdict: "duplicate", comment: "" },
      { name: "verdict", verdict: "sensor_fault", comment: "probe loose" },
    ]);
  });

  it("is approved and declined by keyboard alone, on a phone, without scripts", async () => {
    const { page } = await open({ size: PHONE, scripts: false });
    await page.goto(`${server.url}/cases/case-2`);
    await page.locator("#approval-comment").fill("seen it");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/cases/case-2");
    await page.locator("#approval-comment").focus();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    await expect.poll(() => server.api.acted.length).toBe(2);
    expect(server.api.acted.map(({ action }) => action)).toMatchObject([
      { name: "approve", caseId: "case-2", comment: "seen it" },
      { name: "decline", caseId: "case-2", comment: "" },
    ]);
  });

  it("takes a step back and notes the owner's call", async () => {
    const { page } = await open();
    await page.goto(`${server.url}/cases/case-1`);
    await page.getByRole("button", { name: "Take back set_heater" }).click();
    await page.waitForURL("**/cases/case-1");
    await page.goto(`${server.url}/cases/case-3`);
    await page.getByRole("button", { name: "The owner called" }).click();
    await expect.poll(() => server.api.acted.length).toBe(2);
    expect(server.api.acted.map(({ action }) => action.name)).toEqual(["undo", "owner_called"]);
  });

  it("is answered from a mail by somebody who is not signed in: look, then one press", async () => {
    for (const scripts of [true, false]) {
      server.api.acted.length = 0;
      const { page, complaints } = await open({ role: "nobody", size: PHONE, scripts });
      await page.goto(`${answer}?verdict=confirmed`);
      expect(server.api.acted).toEqual([]);
      expect(await page.locator("h1").textContent()).toBe("The boiler runs too hot");
      await page.getByLabel("Comment").fill("valve stuck");
      await page.getByRole("button", { name: "Right: the problem was there" }).click();
      await expect.poll(() => page.locator("h1").textContent()).toBe("Thank you");
      expect(server.api.acted).toMatchObject([
        { action: { verdict: "confirmed", comment: "valve stuck" }, by: "desk agent" },
      ]);
      await page.reload();
      const keys = new Set(server.api.acted.map(({ key }) => key));
      expect(keys.size).toBe(1);
      expect(complaints).toEqual([]);
    }
  });
});
