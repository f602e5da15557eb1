/**
 * The simulator's only access to real time. Everything simulated takes its time as an argument;
 * the wall clock paces sending, measures latencies and limits waiting.
 */
export const wallNowMs = (): number => Date.now();

/** Monotonic, with fractions of a millisecond; for latencies. */
export const monotonicMs = (): number => performance.now();

export const sleepMs = (durationMs: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, durationMs));

/** As `sleepMs`, and ends at once when `signal` aborts; then no timer is left to keep the process alive. */
export function sleepUntilAborted(durationMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(done, durationMs);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done, { once: true });
  });
}

/** Gives the event loop one turn, so that packets already received are handled. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Calls `tick` every `periodMs` until disposed. */
export function every(periodMs: number, tick: () => void): Disposable {
  const timer = setInterval(tick, periodMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** Rejects with `onLate()` when `work` takes longer than `limitMs`. */
export async function withinMs<T>(
  work: Promise<T>,
  limitMs: number,
  onLate: () => Error,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(onLate()), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Aborts after `durationMs`; does not keep the process alive. */
export const abortAfter = (durationMs: number): AbortSignal => AbortSignal.timeout(durationMs);
