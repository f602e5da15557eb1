import { describe, expect, it } from "vitest";
import { MINUTE_MS } from "#domain/units.ts";
import { Neighbours } from "#pipeline/dossier/neighbours.ts";
import { FakeCases, HandClock } from "../../support/http-fakes.ts";
import { deviceView, NOW } from "../../support/http-samples.ts";

const fleet = (size: number, cohort = "c") =>
  Array.from({ length: size }, (_, i) => deviceView(`d-${String(i).padStart(4, "0")}`, { cohort }));

describe("the devices around one", () => {
  it("are looked up in pages, letting other work come between, and again only after ten minutes", async () => {
    const cases = new FakeCases();
    const clock = new HandClock(NOW);
    cases.deviceList = fleet(450);
    let pages = 0;
    const list = cases.devices.bind(cases);
    cases.devices = (filter) => {
      pages += 1;
      return list(filter);
    };
    let breaths = 0;
    const breathe = async () => {
      breaths += 1;
    };
    const neighbours = new Neighbours({ cases, clock, breathe });
    const [first] = cases.deviceList;
    if (first === undefined) throw new Error("no device");
    await Promise.all([neighbours.peers(first), neighbours.ofOwner(first)]);
    expect([pages, breaths]).toEqual([3, 3]);
    await clock.pass(9 * MINUTE_MS);
    await neighbours.peers(first);
    expect(pages).toBe(3);
    await clock.pass(2 * MINUTE_MS);
    await neighbours.peers(first);
    expect(pages).toBe(6);
  });

  it("of a large cohort are drawn from all of it, never the device itself, and never of another cohort", async () => {
    const cases = new FakeCases();
    const device = deviceView("d-0000", { cohort: "c" });
    cases.deviceList = [...fleet(600), deviceView("other", { cohort: "else" })];
    const neighbours = new Neighbours({ cases, clock: new HandClock(NOW) });
    const ids = (await neighbours.peers(device)).map(({ id }) => id);
    expect(new Set(ids).size).toBe(60);
    expect(ids).not.toContain("d-0000");
    expect(ids).not.toContain("other");
    expect(ids.filter((id) => id > "d-0300").length).toBeGreaterThan(25);
    expect(await neighbours.ofOwner({ ...device, owner: "" })).toEqual([]);
    expect(await neighbours.ofOwner(device)).toHaveLength(10);
  });

  it("are looked up again after a failure", async () => {
    const cases = new FakeCases();
    cases.deviceList = fleet(3);
    const list = cases.devices.bind(cases);
    cases.devices = () => Promise.reject(new Error("busy"));
    const neighbours = new Neighbours({ cases, clock: new HandClock(NOW) });
    const device = deviceView("d-0000", { cohort: "c" });
    await expect(neighbours.peers(device)).rejects.toThrow("busy");
    cases.devices = list;
    expect(await neighbours.peers(device)).toHaveLength(2);
  });
});
