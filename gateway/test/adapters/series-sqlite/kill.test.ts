import { expect, it } from "vitest";
import { surviveKills } from "../../support/sealing-kill.ts";
import { tempFolder } from "../../support/temp-folder.ts";

it("samples that were stored are there after kill -9 while they were written and sealed", async () => {
  using folder = tempFolder();
  expect(await surviveKills(folder.path, 3)).toBeGreaterThan(8);
});
