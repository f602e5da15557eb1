import { describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS } from "#domain/units.ts";
import { SeriesUnavailableError } from "#ports/series-store.ts";
import { caseView, deviceView, NOW } from "../../support/http-samples.ts";
import { dossierBench } from "./dossier-bench.ts";

describe("the dossier of a case", () => {
  it("says in this order: one sentence, do next, evidence, how sure, and so on to the answers", async () => {
    const { body, bodyText } = await dossierBench().dossier();
    expect(bodyText.split("\n")[0]).toBe(
      "Espresso Pro esp-0017, Utrecht, kitchen: The boiler runs too hot: Boiler temperature 141.2 Cel for 30 s, since 24 Nov 2026, 20:18 CET. It happened again once. It matters today.",
    );
    expect(body.flatMap((block) => (block.kind === "heading" ? [block.text] : []))).toEqual([
      "Do next",
      "Evidence",
      "How sure",
      "Checked or ruled out",
      "Normal for this device and for others",
      "Device and owner",
      "Earlier cases of this device",
      "What was tried",
      "Draft for the owner",
      "Was the finding right?",
    ]);
  });

  it("names one action, who does it and by when, by the service clocks if there are any", async () => {
    const without = await dossierBench().dossier();
    expect(without.bodyText).toContain(
      "Action: Call the owner today and ask to leave the machine switched off.\nWho: an agent\nBy when: today\nCall back: The owner expects a call. Offer two times to choose from.",
    );
    const target = { dueAt: NOW + HOUR_MS, warnAt: NOW, metAt: null, breachedAt: null };
    const targets = {
      level: "gold",
      team: "Field service",
      firstResponse: target,
      solution: { ...target, dueAt: NOW + DAY_MS },
    };
    const withClocks = await dossierBench({ view: { targets } }).dossier();
    expect(withClocks.bodyText).toContain("Who: an agent of Field service");
    expect(withClocks.bodyText).toContain(
      "By when: first response by 24 Nov 2026, 22:00 CET, solution by 25 Nov 2026, 21:00 CET",
    );
    expect(withClocks.bodyText).toContain("It matters by 25 Nov 2026, 21:00 CET.");
    const paused = await dossierBench({
      view: { targets: { ...targets, paused: true } },
    }).dossier();
    expect(paused.bodyText).not.toContain("first response by");
  });

  it("asks for an inspection instead of a repair when the finding is not sure", async () => {
    const evidence = { ...caseView("x").evidence, sure: "low: one reading only" };
    const { bodyText } = await dossierBench({ view: { evidence } }).dossier();
    expect(bodyText).toContain("Action: Ask for an inspection, not for a repair");
  });

  it("compares with what was normal for this device and is now for its peers", async () => {
    const bench = dossierBench();
    const peers = [90, 91, 92, 93, 99].map((value, i) =>
      deviceView(`peer-${i}`, { signals: { boiler_temp: { value, at: NOW } } }),
    );
    const stale = deviceView("old", {
      signals: { boiler_temp: { value: 1, at: NOW - 30 * DAY_MS } },
    });
    const other = deviceView("other", {
      cohort: "else",
      signals: { boiler_temp: { value: 5, at: NOW } },
    });
    bench.cases.deviceList.push(...peers, stale, other);
    const { bodyText } = await bench.dossier();
    expect(bodyText).toContain("Boiler temperature when found: 141.2 °C");
    expect(bodyText).toContain(
      "Boiler temperature usually: 94 °C in the middle, mostly 92 °C to 96 °C (5 to 95 % of the values of the 14 days before it began).",
    );
    expect(bodyText).toContain(
      "Boiler temperature of peers now: 92 °C in the middle, 90 °C to 99 °C (5 devices of espresso-pro/nl).",
    );
  });

  it("says what was checked: connection, other alerts, other cases of device and owner, common cause", async () => {
    const bench = dossierBench();
    bench.cases.alertList = [
      {
        key: "esp-0017/sensor/1",
        device: "esp-0017",
        product: "espresso-pro",
        rule: "sensor",
        kind: "fault",
        severity: "normal",
        level: "watch",
        phase: "firing",
        unknown: false,
        since: NOW,
        onsetAt: NOW - HOUR_MS,
        title: "The boiler sensor shows a frozen value",
        evidence: null,
      },
    ];
    bench.cases.deviceList.push(deviceView("esp-0042"));
    bench.cases.caseList.push(
      caseView("case-2", { device: "esp-0042", title: "The pump is weak", rule: "pump" }),
      caseView("case-3", { device: "esp-0099" }),
      caseView("case-0", {
        status: "resolved",
        resolution: "false_alarm",
        verdict: "sensor_fault",
        openedAt: NOW - 40 * DAY_MS,
      }),
    );
    const { bodyText } = await bench.dossier();
    expect(bodyText).toContain("- Connection: online, last heard of 24 Nov 2026, 20:59 CET.");
    expect(bodyText).toContain(
      "other alerts on this device: The boiler sensor shows a frozen value (since 24 Nov 2026, 20:00 CET).",
    );
    expect(bodyText).toContain("- Other cases: none is open on this device.");
    expect(bodyText).toContain(
      "- Owner: open on 1 other device of the owner: esp-0042: The pump is weak",
    );
    expect(bodyText).toContain("- Common cause: 1 other device has an open case of this rule");
    expect(bodyText).toContain(
      "(15 Oct 2026, 22:00 CEST: False alarm; verdict: The sensor was wrong)",
    );
  });

  it("tells device and owner: firmware, owner's reference, contract, language, region", async () => {
    const { bodyText } = await dossierBench().dossier();
    for (const row of [
      "Serial number: NL-2210-0017",
      "Place: Utrecht, kitchen",
      "Region: west",
      "Firmware: 2.4.1",
      "Owner: owner-7",
      "Contract: gold",
      "Owner's language: nl",
    ]) {
      expect(bodyText).toContain(row);
    }
  });

  it("shows what was tried with its proof", async () => {
    const { bodyText } = await dossierBench().dossier();
    expect(bodyText).toContain(
      "- 24 Nov 2026, 20:19 CET: Command: set_heater (succeeded; Not proved: it did not help). boiler_temp was still 139.8 Cel after 10 min.",
    );
  });

  it("attaches the chart of the console and links to the live one, fixed to the same window", async () => {
    const bench = dossierBench();
    const { charts, bodyText } = await bench.dossier();
    expect(charts.map(({ name, type }) => [name, type])).toEqual([
      ["case-case-1.png", "image/png"],
    ]);
    expect(bench.drawn[0]?.timeZone).toBe("Europe/Amsterdam");
    expect(bench.drawn[0]?.plots.map(({ title, marks }) => [title, marks.length])).toEqual([
      ["Boiler temperature", 2],
      ["Heater on", 2],
    ]);
    const [read] = bench.series.asked.filter(({ points }) => points === 400);
    const from = new Date(read?.from ?? 0).toISOString();
    expect(bodyText).toContain(`https://care.example.com/cases/case-1?from=${from}&to=`);
    expect(bodyText).toContain("Attached case-case-1.png: the signals from");
  });

  it("has five links that answer, and one to the console", async () => {
    const { body, link } = await dossierBench().dossier();
    const links = body.flatMap((block) => (block.kind === "link" ? [block.url] : [])).slice(1);
    expect(links).toEqual([
      ...["confirmed", "false_alarm", "sensor_fault", "duplicate", "deferred"].map(
        (verdict) => `https://care.example.com/answer/case-1/token-case-1-30d?verdict=${verdict}`,
      ),
      "https://care.example.com/cases/case-1",
    ]);
    expect(link).toMatch(/^https:\/\/care\.example\.com\/cases\/case-1\?from=.*&to=/);
    const unknown = await dossierBench({ publicUrl: "" }).dossier();
    expect(unknown.link).toBe("");
    expect(unknown.body.some(({ kind }) => kind === "link")).toBe(false);
  });

  it("says what is missing instead of failing: samples, store, device, product, rule", async () => {
    const bench = dossierBench();
    bench.series.points.clear();
    const none = await bench.dossier();
    expect(none.bodyText).toContain("no samples of the 14 days before it began are stored.");
    expect(none.bodyText).toContain("\nNo samples of this time are stored.");
    expect(none.charts).toEqual([]);
    const down = dossierBench();
    down.series.read = () =>
      Promise.reject(new SeriesUnavailableError("The series store is down."));
    expect((await down.dossier()).bodyText).toContain("The series store is down.");
    const broken = await dossierBench({ brokenPen: true }).dossier();
    expect(broken.bodyText).toContain("The chart could not be drawn: Error: unreachable");
    const gone = dossierBench();
    gone.cases.deviceList = [];
    gone.cases.events = [];
    gone.forgetProducts();
    const { bodyText } = await gone.dossier();
    expect(bodyText).toContain("esp-0017 is not registered any more");
    const silent = dossierBench({
      view: { evidence: { ...caseView("x").evidence, signals: [], values: {} } },
    });
    expect((await silent.dossier()).bodyText).toContain("rests on what did not happen");
    expect(await silent.source.ofCase("none", { charts: false, desk: "rt" })).toBeUndefined();
  });

  it("reads what was normal once per case, however often the ticket is brought up to date", async () => {
    const bench = dossierBench();
    await bench.dossier("case-1", false);
    const { length } = bench.series.asked;
    await bench.dossier("case-1", false);
    expect(bench.series.asked.slice(length)).toEqual([]);
  });

  it("of underuse shows the use per day, its own normal and that of peers", async () => {
    const view = { kind: "underuse" as const, severity: "normal" as const };
    const bench = dossierBench({
      view: { ...view, evidence: { ...caseView("x").evidence, signals: [] } },
    });
    bench.cases.deviceList.push(...["a", "b", "c"].map((id) => deviceView(id)));
    const { bodyText, charts } = await bench.dossier();
    expect(charts.map(({ name }) => name)).toEqual(["case-case-1-use.png"]);
    expect(bodyText).toContain("Cups per day: ");
    expect(bodyText).toMatch(
      /Cups per day of peers: \d+\.\d in the middle.*\(3 devices of espresso-pro\/nl\)/,
    );
  });
});

describe("the subject", () => {
  it("follows the desk's template, in one clean line of at most 200 characters", async () => {
    expect((await dossierBench().dossier()).subject).toBe(
      "The boiler runs too hot: esp-0017 (Espresso Pro)",
    );
    const subject = "{severity} {kind} {rule}: {device}, {place} {unknown} {title}";
    const style = { timeZone: "UTC", templates: { subject } };
    expect((await dossierBench({ style }).dossier()).subject).toBe(
      "Urgent Fault boiler-overheats: esp-0017, Utrecht, kitchen {unknown} The boiler runs too hot",
    );
    const title = `😀\u202e<b>\n${"long ".repeat(99)}`;
    const long = await dossierBench({ view: { title } }).dossier();
    expect(long.subject.length).toBeLessThanOrEqual(200);
    expect(long.subject).toMatch(/^😀\ufffd<b> long .*…$/);
    const nowhere = dossierBench({ device: { attrs: {} } });
    const other = await nowhere.source.ofCase("case-1", { charts: false, desk: "unknown desk" });
    expect(other?.subject).toBe("esp-0017: The boiler runs too hot");
  });
});
