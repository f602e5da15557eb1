import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { differences } from "../scripts/generate.ts";

const checkNode = path.join(import.meta.dirname, "..", "scripts", "check-node.mjs");

/** Runs the check with another Node version and platform in `process`. */
async function checkAs(version: string, platform: string): Promise<{ code: number; said: string }> {
  const pretend = `for (const [key, value] of Object.entries({ platform: "${platform}", arch: "x64" }))
    Object.defineProperty(process, key, { value });
  Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${version}" } });`;
  const args = ["--import", `data:text/javascript,${encodeURIComponent(pretend)}`, checkNode];
  return promisify(execFile)(process.execPath, args).then(
    () => ({ code: 0, said: "" }),
    (error: { code: number; stderr: string }) => ({ code: error.code, said: error.stderr }),
  );
}

describe("the Node that runs a script is checked before anything else", () => {
  test("a new enough Node passes in silence", async () => {
    expect(await checkAs("24.21.0", "linux")).toEqual({ code: 0, said: "" });
  });
  test("an older one is refused with what to do", async () => {
    const { code, said } = await checkAs("20.19.0", "linux");
    expect(code).toBe(1);
    expect(said).toContain("needs Node 24 or newer, and this is Node 20.19.0");
    expect(said).toContain("npm ci");
  });
  test("where no packaged Node fits, it says so instead of pointing at npm", async () => {
    const { code, said } = await checkAs("22.1.0", "freebsd");
    expect(code).toBe(1);
    expect(said).toContain("no packaged Node for freebsd-x64");
  });
});

describe("a generated file that is not what its source generates is found", () => {
  const bytes = (text: string): Buffer => Buffer.from(text);
  const before = new Map([["generated/a", bytes("a")]]);
  test.each([
    ["changed", new Map([["generated/a", bytes("b")]]), ["generated/a"]],
    ["removed", new Map(), ["generated/a"]],
    ["added", new Map([...before, ["generated/b", bytes("")]]), ["generated/b"]],
    ["same", before, []],
  ] as const)("%s", (_what, after, expected) => {
    expect(differences(before, after)).toEqual(expected);
  });
});
