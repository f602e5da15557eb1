/** Where in a system call trace the three moments of one acknowledged message lie; -1 = never seen. */
export interface SyncTrace {
  /** The journal file was written with the message in it. */
  readonly written: number;
  /** The first fdatasync or fsync of that file after it had returned. */
  readonly synced: number;
  /** The PUBACK was written to the device. */
  readonly acknowledged: number;
}

const WRITE = /(?:pwrite64|pwritev|write|writev)\((\d+)<([^>]*\/journal\/[^>]*)>/;
const SYNC = /(?:fdatasync|fsync)\(\d+<([^>]*)>/;
const PUBACK_TO_SOCKET = /(?:write|writev|sendto|sendmsg)\(\d+<(?:TCP|socket)/;

/**
 * Reads the output of `strace -f -yy`: `PID call(FD<path>, …) = result`. A call that another thread
 * interrupts is two lines, `call(… <unfinished ...>` and `<... call resumed>…`; it counts when it returned.
 *
 * `marker`: text inside the payload. `puback`: how strace prints the four bytes of the PUBACK.
 */
export function readSyncTrace(
  trace: string,
  { marker, puback }: { readonly marker: string; readonly puback: string },
): SyncTrace {
  let [written, synced, acknowledged] = [-1, -1, -1];
  let file = "";
  const underWay = new Map<string, string>();
  trace.split("\n").forEach((line, index) => {
    const pid = line.slice(0, line.indexOf(" "));
    const journalWrite = WRITE.exec(line);
    if (written < 0 && journalWrite !== null && line.includes(marker)) {
      written = index;
      file = journalWrite[2] ?? "";
      return;
    }
    const sync = SYNC.exec(line);
    if (sync !== null && line.includes("<unfinished")) underWay.set(pid, sync[1] ?? "");
    const returned = /<\.\.\. f(?:data)?sync resumed>/.test(line) ? underWay.get(pid) : sync?.[1];
    const isDone = returned !== undefined && !line.includes("<unfinished") && / = 0$/.test(line);
    if (written >= 0 && synced < 0 && isDone && returned === file) synced = index;
    if (acknowledged < 0 && PUBACK_TO_SOCKET.test(line) && line.includes(puback)) {
      acknowledged = index;
    }
  });
  return { written, synced, acknowledged };
}

/** Written, then on the disk, then acknowledged. */
export const isDurableFirst = ({ written, synced, acknowledged }: SyncTrace): boolean =>
  written >= 0 && written < synced && synced < acknowledged;
