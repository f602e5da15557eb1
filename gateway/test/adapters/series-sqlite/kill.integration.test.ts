import { expect, it } from "vitest";
import { surviveKills } from "../../support/sealing-kill.ts";
import { tempFolder } from "../../support/temp-folder.ts";

it("samples that were stored are there after every one of 100 kill -9 while they were written and sealed", async () => {
  using folder = tempFolder();
  expect(await surviveKills(folder.path, 100)).toBeGreaterThan(300);
}, 600_000);
