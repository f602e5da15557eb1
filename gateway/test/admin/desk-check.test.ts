import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { tempFolder } from "../support/temp-folder.ts";
import { admin } from "./admin-fixture.ts";

function desks(root: string, url: string): string {
  const folder = join(root, "desks");
  mkdirSync(folder);
  writeFileSync(join(folder, "token"), "1-35-secret\n");
  writeFileSync(
    join(folder, "rt.yaml"),
    `kind: rt
url: ${url}
tokenFile: token
queues: { default: Proactive Service }
fields: { reference: Case Ref, dedupKey: Dedup Key, device: Device ID }
`,
  );
  return folder;
}

describe("admin desk check", () => {
  it("says that the desk does not answer and what to look at, and never shows the token", async () => {
    using root = tempFolder();
    const folder = desks(root.path, "http://127.0.0.1:9");
    const run = await admin(["desk", "check", "rt", "--desks", folder]);
    expect(run.code).toBe(1);
    expect(run.out).toContain("could not be asked");
    expect(run.out).toContain("Look at `url`");
    expect(run.out + run.err).not.toContain("secret");
  });

  it("tells a refused token from a desk that is away", async () => {
    using root = tempFolder();
    const server = createServer((_request, response) => {
      response.writeHead(401, { "content-type": "application/json" });
      response.end(JSON.stringify({ message: "Unauthorized" }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const run = await admin([
      "desk",
      "check",
      "rt",
      "--desks",
      desks(root.path, `http://127.0.0.1:${port}`),
    ]);
    server.close();
    expect(run.code).toBe(1);
    expect(run.out).toContain("tokenFile");
  });

  it("names the desks that there are when another is asked for", async () => {
    using root = tempFolder();
    const run = await admin([
      "desk",
      "check",
      "zendesk",
      "--desks",
      desks(root.path, "http://127.0.0.1:9"),
    ]);
    expect(run).toMatchObject({ code: 1 });
    expect(run.err).toContain("there are rt");
  });

  it("shows every problem of the files with its place", async () => {
    using root = tempFolder();
    const folder = desks(root.path, "ftp://127.0.0.1:9");
    const run = await admin(["desk", "check", "rt", "--desks", folder]);
    expect(run.err).toMatch(/rt\.yaml:2:6: url: .*https:/);
  });
});
