import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "vitest";

const run = promisify(execFile);
const GENERATED = join(import.meta.dirname, "../generated");
const folder = await mkdtemp(join(tmpdir(), "voorzorg-header-"));
afterAll(() => rm(folder, { recursive: true }));

const FIRMWARE = `#include "voorzorg_contract.h"
#include <stdio.h>
#include <string.h>
enum vz_espresso_pro_event_number last = VZ_ESPRESSO_PRO_EVENT_E_HEATER_NUMBER;
int main(void) {
  char topic[256];
  int length = snprintf(topic, sizeof topic, VZ_TOPIC_TELE_FMT, VZ_ESPRESSO_PRO_ID, "ep-1");
  return length > 0 && strcmp(topic, "vz1/espresso-pro/ep-1/tele") == 0 && last == 901 ? 0 : 1;
}
`;

describe("the C header with a real compiler", () => {
  test.each(["-std=c99", "-std=c11"])("compiles without a warning, %s", async (standard) => {
    const source = join(folder, "firmware.c");
    await writeFile(source, FIRMWARE);
    const flags = [standard, "-Wall", "-Wextra", "-Werror", "-pedantic", "-I", GENERATED];
    const { stderr } = await run("cc", [...flags, "-fsyntax-only", source]);
    expect(stderr).toBe("");
  });

  test("a firmware that uses it builds the right topic", async () => {
    const source = join(folder, "firmware.c");
    const program = join(folder, "firmware");
    await writeFile(source, FIRMWARE);
    await run("cc", ["-std=c99", "-I", GENERATED, "-o", program, source]);
    await run(program);
  });
});
