import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { GatewayProcess } from "./support/gateway-process.ts";
import { tempFolder } from "./support/temp-folder.ts";

test("a gateway whose secrets of the store cannot be used does not start, and says all that is wrong", async () => {
  using folder = tempFolder();
  const empty = join(folder.path, "empty");
  writeFileSync(empty, "\n");
  const { code, stderr } = await GatewayProcess.refused({
    VOORZORG_STORE: "influx2",
    VOORZORG_INFLUX_URL: "http://127.0.0.1:8086",
    VOORZORG_INFLUX_ORG: "o",
    VOORZORG_INFLUX_BUCKET: "b",
    VOORZORG_INFLUX_TOKEN_FILE: empty,
    VOORZORG_ADMIN_TOKEN_FILE: join(folder.path, "missing"),
  });
  expect(code).toBe(1);
  expect(stderr).toContain("has 2 problem(s)");
  expect(stderr).toContain(`VOORZORG_INFLUX_TOKEN_FILE: ${empty} is empty`);
  expect(stderr).toContain("VOORZORG_ADMIN_TOKEN_FILE");
});
