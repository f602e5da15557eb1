import { readFile } from "node:fs/promises";
import { BenchError } from "./bench.ts";

/** USER_HZ, which Linux fixes at 100 for user space on all platforms that Node runs on. */
const TICKS_PER_SECOND = 100;

/** CPU seconds of a process since its start, user and system, all threads. */
export async function cpuSeconds(pid: number): Promise<number> {
  let stat: string;
  try {
    stat = await readFile(`/proc/${pid}/stat`, "utf8");
  } catch (error) {
    const reason = `the CPU time of process ${pid} cannot be read; this bench needs Linux`;
    throw new BenchError(reason, { cause: error });
  }
  return parseCpuSeconds(stat);
}

/** proc(5): the name in brackets may hold blanks and brackets; utime and stime are fields 14 and 15. */
export function parseCpuSeconds(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
