import { monotonicMs, Random, sleepMs } from "@voorzorg/device-sim";
import { SystemClock } from "../../gateway/src/adapters/system-clock/system-clock.ts";
import type { BenchContext, BenchResult } from "./bench.ts";
import { BenchError, defineBench } from "./bench.ts";
import type { BenchDeskLink } from "./desk/bench-desk.ts";
import { benchDesk } from "./desk/bench-desk.ts";
import { drain } from "./desk/drain.ts";
import { DeskServer, httpLink } from "./desk/http-desk.ts";
import { Outbreak } from "./desk/outbreak.ts";
import { SimClock } from "./desk/sim-clock.ts";
import { TicketBook } from "./desk/ticket-book.ts";
import { rounded } from "./statistics.ts";
import { TempDir } from "./temp-dir.ts";

const START_MS = Date.UTC(2026, 0, 1);
/** Lanes worked on at the same time may end in another order than they began. */
const ORDER_SLACK = 16;
const RSS_GROWTH_MB = 64;

interface Options {
  readonly cases: number;
  readonly perMinute: number;
  readonly httpPerMinute: number;
  readonly seed: number;
}

/** Everything opens a case at once: the tickets come one after the other, as the desk allows. */
export const deskBench = defineBench({
  name: "desk",
  summary: "10,000 cases at once into a help desk: in order, within its limit, memory flat",
  options: {
    cases: { default: 10_000, min: 100, max: 1e6, help: "that open in one moment" },
    perMinute: { default: 300, min: 1, max: 1e6, help: "requests a desk takes, simulated time" },
    httpPerMinute: { default: 15_000, min: 60, max: 1e6, help: "requests the server takes" },
    seed: { default: 1, min: 0, max: 1e9, help: "of back-offs" },
  },
  async run(options, context): Promise<BenchResult> {
    await using dir = await TempDir.create("voorzorg-desk-");
    const simulated = await simulatedTime(options, dir.sub("simulated.db"));
    context.out(`simulated: ${JSON.stringify(simulated)}`);
    const overHttp = await realTime(options, dir.sub("http.db"), context);
    const ok = [simulated, overHttp].every(
      (one) =>
        one.tickets === options.cases &&
        one.references === options.cases &&
        one.mostInAMinute <= one.limit &&
        one.mostOutOfOrder <= ORDER_SLACK &&
        one.rssGrowthMb <= RSS_GROWTH_MB,
    );
    return { figures: { cases: options.cases, simulated, overHttp }, ok };
  },
});

async function simulatedTime({ cases, perMinute, seed }: Options, path: string) {
  const clock = new SimClock(START_MS);
  const book = new TicketBook();
  const outbreak = new Outbreak(cases, START_MS);
  const random = new Random(seed);
  const startedMs = monotonicMs();
  const link = bookLink(book, clock, () => random.between(50, 150));
  const { rssGrowthMb } = await drain({
    ...{ outbreak, clock, path, perMinute, cases },
    desk: benchDesk(link, perMinute),
    random: () => random.next(),
    until: (done) => clock.run(done),
  });
  return {
    limit: perMinute,
    minutes: rounded((clock.now() - START_MS) / 60_000, 1),
    ...figuresOf(book),
    journalTold: outbreak.told,
    wallSeconds: rounded((monotonicMs() - startedMs) / 1_000, 1),
    rssGrowthMb: rounded(rssGrowthMb, 1),
  };
}

async function realTime(
  { cases, httpPerMinute: limit, seed }: Options,
  path: string,
  context: BenchContext,
) {
  await using server = await DeskServer.start(context);
  const clock = new SystemClock();
  const outbreak = new Outbreak(cases, START_MS);
  const random = new Random(seed);
  const startedMs = monotonicMs();
  const { rssGrowthMb } = await drain({
    ...{ outbreak, clock, path, perMinute: limit, cases },
    desk: benchDesk(httpLink(server.url, clock, limit), limit),
    random: () => random.next(),
    until: async (done) => {
      while (!done()) {
        if (context.signal.aborted) throw new BenchError("stopped");
        await sleepMs(20);
      }
    },
  });
  const seconds = (monotonicMs() - startedMs) / 1_000;
  return {
    limit,
    ...(await server.figures()),
    journalTold: outbreak.told,
    ticketsPerSecond: rounded(cases / seconds, 1),
    wallSeconds: rounded(seconds, 1),
    rssGrowthMb: rounded(rssGrowthMb, 1),
  };
}

const figuresOf = ({ tickets, references, calls, mostInAMinute, mostOutOfOrder }: TicketBook) => ({
  ...{ tickets, references, calls, mostInAMinute, mostOutOfOrder },
});

/** A desk without a network; each request takes a while of the simulated time. */
function bookLink(book: TicketBook, clock: SimClock, latencyMs: () => number): BenchDeskLink {
  const asked = async <T>(answer: () => T) => {
    book.called(clock.now());
    await clock.sleep(latencyMs());
    return { kind: "done", value: answer() } as const;
  };
  return {
    find: (reference) => asked(() => book.find(reference)),
    create: (ticket) => asked(() => ({ id: book.create(ticket) })),
    read: async (id) => {
      const { value } = await asked(() => book.read(id));
      if (value !== undefined) return { kind: "done", value };
      return { kind: "refused", code: "not_found", reason: `no ticket ${id}` };
    },
    changes: () => asked(() => null),
  };
}
