import { open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { GatewayError } from "#domain/errors.ts";
import type { DigestMark, DigestMarks } from "#ports/digest-marks.ts";

/** The file of what digests were sent cannot be read, understood or written; none is sent on a guess. */
export class DigestMarksError extends GatewayError {
  readonly code = "VZ_DIGEST_MARKS";
}

/** A list: a team may have any name, also one that a property cannot have. */
const Marks = z.array(
  z.strictObject({
    team: z.string(),
    dueAt: z.number(),
    state: z.enum(["sending", "owed", "sent", "failed"]),
    at: z.number(),
    detail: z.string(),
  }),
);

/** A small JSON file that is replaced as a whole: after a crash it holds the old or the new marks. */
export async function openDigestMarks(path: string): Promise<DigestMarks> {
  const marks = new Map<string, DigestMark>();
  for (const { team, ...mark } of await read(path)) marks.set(team, mark);
  let last: Promise<unknown> = Promise.resolve();
  return {
    of: (team) => marks.get(team),
    put: (team, mark) => {
      const written = last.then(async () => {
        const all = new Map(marks).set(team, mark);
        await write(
          path,
          [...all].map(([name, one]) => ({ team: name, ...one })),
        );
        marks.set(team, mark);
      });
      last = written.catch(() => undefined);
      return written;
    },
  };
}

async function read(path: string): Promise<z.output<typeof Marks>> {
  try {
    return Marks.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return [];
    throw new DigestMarksError(
      `cannot read ${path}: ${String(cause)}; make it readable, or remove it: then a digest of the last day may come twice`,
      { cause },
    );
  }
}

async function write(path: string, marks: z.input<typeof Marks>): Promise<void> {
  const temporary = `${path}.new`;
  try {
    await using file = await open(temporary, "w", 0o600);
    await file.writeFile(`${JSON.stringify(marks, null, 2)}\n`);
    await file.sync();
    await rename(temporary, path);
    await using folder = await open(dirname(path), "r");
    await folder.sync();
  } catch (cause) {
    throw new DigestMarksError(
      `cannot write ${path}: ${String(cause)}; make room and its folder writable`,
      {
        cause,
      },
    );
  }
}
