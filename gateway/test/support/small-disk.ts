import { spawnSync } from "node:child_process";
import { mkdirSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "./temp-folder.ts";

/** A file system of so many MiB, and room beside it. */
export interface SmallDisk extends Disposable {
  /** The mounted folder. */
  readonly path: string;
  /** A folder on the machine's own disk. */
  readonly beside: string;
}

/** `at`: where it is mounted, within the folder beside it. Needs root. */
export function smallDisk(mebibytes: number, at = "disk"): SmallDisk {
  const folder = tempFolder();
  const path = join(folder.path, at);
  try {
    const disk = mounted(path, mebibytes);
    return {
      path,
      beside: folder.path,
      [Symbol.dispose]: () => {
        disk[Symbol.dispose]();
        folder[Symbol.dispose]();
      },
    };
  } catch (error) {
    folder[Symbol.dispose]();
    throw error;
  }
}

/** A file system of its own at the path, which is made if it is not there. */
export function mounted(path: string, mebibytes: number): Disposable {
  mkdirSync(path, { recursive: true });
  const options = `size=${mebibytes}m`;
  const { status, stderr } = spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", path]);
  if (status !== 0) {
    throw new Error(`no small disk to fill: ${stderr}; run the integration tests as root`);
  }
  return { [Symbol.dispose]: () => void spawnSync("umount", ["--lazy", path]) };
}

/** Takes all room but so many bytes; answers the file that takes it. */
export function fill(disk: string, leave: number): string {
  const { bavail, bsize } = statfsSync(disk);
  const ballast = join(disk, "ballast");
  writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - leave)));
  return ballast;
}
