import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openDigestMarks } from "../../../src/adapters/digest-marks/digest-marks-file.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const folder = tempFolder();
afterAll(() => folder[Symbol.dispose]());

const mark = (dueAt: number) => ({ dueAt, state: "sent", at: 5, detail: "250 OK" }) as const;

describe("marks of digests", () => {
  it("are there after a restart, the newest of each team", async () => {
    const path = join(folder.path, "digests.json");
    const marks = await openDigestMarks(path);
    expect(marks.of("Coffee")).toBeUndefined();
    await Promise.all([
      marks.put("Coffee", mark(1)),
      marks.put("__proto__", mark(3)),
      marks.put("Coffee", mark(2)),
    ]);
    const again = await openDigestMarks(path);
    expect([again.of("Coffee"), again.of("__proto__")]).toEqual([mark(2), mark(3)]);
  });

  it("that cannot be read stop the start instead of sending on a guess", async () => {
    const path = join(folder.path, "broken.json");
    for (const text of ["", "[", '[{"team":"Coffee","dueAt":"x"}]', "{}"]) {
      writeFileSync(path, text);
      await expect(openDigestMarks(path)).rejects.toMatchObject({ code: "VZ_DIGEST_MARKS" });
    }
  });

  it("that cannot be written leave the file as it was, and the digest unmarked", async () => {
    const path = join(folder.path, "kept.json");
    const marks = await openDigestMarks(path);
    await marks.put("Coffee", mark(1));
    const before = readFileSync(path, "utf8");
    const gone = await openDigestMarks(join(folder.path, "no", "such", "digests.json"));
    await expect(gone.put("Coffee", mark(2))).rejects.toMatchObject({ code: "VZ_DIGEST_MARKS" });
    expect(gone.of("Coffee")).toBeUndefined();
    expect(readFileSync(path, "utf8")).toBe(before);
  });
});
