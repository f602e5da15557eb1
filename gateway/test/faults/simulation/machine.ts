import { compileRuleset } from "#domain/rules/compile.ts";
import type { EpochMs } from "#domain/units.ts";
import type { Sources } from "#pipeline/load-sources.ts";
import { BOILER_PRODUCT, BOILER_RULES } from "../../support/boiler-ruleset.ts";
import { failing, whenReads } from "../../support/failing-rules.ts";
import { Disk } from "./disk.ts";
import { JournalFiles } from "./journal-thread.ts";
import type { Broken } from "./mutants.ts";
import { brokenCompiler } from "./mutants.ts";
import { Receiver } from "./receiver.ts";
import { Dice, Scheduler, ServerClock } from "./scheduler.ts";
import { CaseFile, ConsumedMark, SeriesServer, StateFile } from "./stores.ts";

/** The reading that too-hot cannot stand; only a fault of the plan makes a device send it. */
export const POISON_TEMP = 177;

const SOURCES: Sources = {
  hash: "h1",
  products: [BOILER_PRODUCT],
  rules: [BOILER_RULES],
};

const known = compileRuleset(SOURCES);

/** There is one ruleset, and compiling it takes longer than a run. */
const compileOnce: typeof compileRuleset = (sources) =>
  sources.hash === SOURCES.hash ? known : compileRuleset(sources);

/** Everything that outlives a run of the gateway: files, clocks, and what is at the other ends. */
export class Machine {
  readonly scheduler: Scheduler;
  readonly serverClock = new ServerClock();
  readonly disk: Disk;
  readonly files = new JournalFiles();
  readonly cases: CaseFile;
  readonly state: StateFile;
  readonly series: SeriesServer;
  readonly consumed: ConsumedMark;
  readonly receiver: Receiver;
  readonly broken: Broken | undefined;
  readonly compile: typeof compileRuleset;
  readonly chances: { readonly doubtfulCommit: number };
  readonly sources = SOURCES;

  constructor(seed: number, start: EpochMs, broken: Broken | undefined) {
    const dice = new Dice(seed);
    this.scheduler = new Scheduler(start, dice);
    this.broken = broken;
    this.disk = new Disk(liesOf(broken));
    this.cases = new CaseFile(this.disk);
    this.state = new StateFile(this.disk);
    this.series = new SeriesServer(this.scheduler);
    this.consumed = new ConsumedMark(this.disk);
    this.receiver = new Receiver(this.scheduler);
    this.chances = { doubtfulCommit: dice.chance(0.5) ? 0.02 : 0 };
    this.compile = brokenCompiler(
      failing({ "too-hot": whenReads("temp", POISON_TEMP) }, "step", compileOnce),
      broken,
    );
    if (dice.chance(0.3)) this.series.isPoison = (row) => row.values.temp === 83;
    this.#break(broken);
  }

  /** The process is gone. With the power, what was not synced is gone too. */
  reboot(powerCut: boolean): void {
    const dice = powerCut ? this.scheduler.dice : undefined;
    if (dice === undefined) this.files.file.sync();
    else if (this.files.file.powerCut(dice)) this.files.reload();
    this.cases.restart(dice);
    this.state.restart(dice);
    this.consumed.restart(dice);
  }

  #break(broken: Broken | undefined): void {
    this.consumed.forgetful = broken === "forgets what the series needs to go on";
    this.receiver.forgetful = broken === "the receiver forgets ids";
    this.cases.dropsQuarantine = broken === "quarantine is not written";
  }
}

function liesOf(broken: Broken | undefined): ReadonlySet<string> {
  if (broken === "acknowledges before the disk has it") return new Set(["journal"]);
  return new Set(broken === "a snapshot is ahead of its effects" ? ["cases"] : []);
}
