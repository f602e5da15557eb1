import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { Influx2Server } from "../../support/influx2-server.ts";

const SCRIPT = fileURLToPath(new URL("../../../../scripts/test-influx2.ts", import.meta.url));

async function run(...args: readonly string[]): Promise<{ code: number; output: string }> {
  const env = { PATH: process.env.PATH, NO_COLOR: "1" };
  return promisify(execFile)(process.execPath, [SCRIPT, ...args], { env }).then(
    ({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      code: error.code,
      output: error.stdout + error.stderr,
    }),
  );
}

test("the suite for a real InfluxDB 2 passes against the double, and leaves no bucket behind", async () => {
  await using server = await Influx2Server.start();
  const { url, token, org } = server;
  const { code, output } = await run("--url", url, "--token", token, "--org", org);
  expect(output).toMatch(/Tests\s+21 passed/);
  expect(code).toBe(0);
  expect(server.buckets).toEqual([server.bucket]);
});

test.each([
  ["without options", [], 2, "missing: --url, --token, --org"],
  ["with an unknown option", ["--tokn", "x"], 2, "--tokn"],
  ["without a server", ["--url", "http://127.0.0.1:9", "--token", "t", "--org", "o"], 1, "/health"],
] as const)("%s it says what is wrong", async (_title, args, code, words) => {
  const ended = await run(...args);
  expect(ended.code).toBe(code);
  expect(ended.output).toContain(words);
});

test("with a wrong token every test fails with the server's words", async () => {
  await using server = await Influx2Server.start();
  const { code, output } = await run("--url", server.url, "--token", "wrong", "--org", server.org);
  expect(code).toBe(1);
  expect(output).toContain("unauthorized access");
});
