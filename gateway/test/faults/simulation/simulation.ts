import { stableId } from "#domain/stable-id.ts";
import type { EpochMs } from "#domain/units.ts";
import { MINUTE_MS, SECOND_MS } from "#domain/units.ts";
import { registered, START } from "../../support/records.ts";
import { Agent } from "./agent.ts";
import { carryOut } from "./carry-out.ts";
import { checkOutcome, checkTruth } from "./final-checks.ts";
import { Machine } from "./machine.ts";
import type { Broken } from "./mutants.ts";
import type { Violation } from "./oracle.ts";
import { Oracle } from "./oracle.ts";
import type { Plan } from "./plan.ts";
import { planOf } from "./plan.ts";
import { checkReplays } from "./replay-checks.ts";
import { Dice, Life } from "./scheduler.ts";
import { SimDevice } from "./sim-device.ts";
import { SimGateway } from "./sim-gateway.ts";

export interface Outcome {
  readonly seed: number;
  readonly violations: readonly Violation[];
  /** The same for the same seed: everything that was written, and when. */
  readonly digest: string;
  readonly records: number;
  readonly acknowledged: number;
  readonly cases: number;
  readonly runs: number;
}

export interface RunOptions {
  /** Instead of the seed's own. */
  readonly plan?: Plan;
  readonly broken?: Broken;
}

/** How long everything may take to be in order again after the last fault. */
const RECOVERY_MS = 3 * 60 * MINUTE_MS;
/** The deciding thread writes held-back pages within this. */
const FLUSH_MS = 20 * SECOND_MS;

/** One run: the whole gateway over simulated devices, network, disk, clocks and receivers. */
export class Simulation {
  readonly seed: number;
  readonly plan: Plan;
  readonly machine: Machine;
  readonly devices: readonly SimDevice[];
  readonly oracle: Oracle;
  readonly agent: Agent;
  /** Devices that cannot reach the gateway. */
  readonly unreachable = new Set<string>();
  #life = new Life(0);
  gateway: SimGateway | undefined;
  #runs = 0;

  constructor(seed: number, { plan = planOf(seed), broken }: RunOptions = {}) {
    this.seed = seed;
    this.plan = plan;
    this.machine = new Machine(seed, START, broken);
    const { scheduler } = this.machine;
    const ids = Array.from({ length: plan.devices }, (_, i) => `b${i + 1}`);
    this.devices = ids.map((id, i) => new SimDevice(id, scheduler, new Dice(seed * 31 + i)));
    for (const device of this.devices) {
      device.forgetful = broken === "devices forget which commands they have run";
    }
    this.oracle = new Oracle(this.machine, this.devices);
    this.agent = new Agent(this);
  }

  async run(): Promise<Outcome> {
    const { scheduler } = this.machine;
    for (const device of this.devices) device.start();
    for (const step of this.plan.steps) {
      scheduler.after(step.at, undefined, () => carryOut(this, step));
    }
    this.#boot();
    const stop = this.#untilViolated(START + this.plan.lasts);
    await stop;
    if (this.oracle.violations.length === 0) await this.#recover();
    this.#end();
    if (this.oracle.violations.length === 0) {
      await checkOutcome(this.oracle);
      checkTruth(this.oracle);
      await checkReplays(this.oracle, new Dice(this.seed + 7));
    }
    return this.#outcome();
  }

  /** Ends the process as it stands; it starts again after a while. */
  end(how: { readonly powerCut: boolean; readonly downFor: number }): void {
    if (!this.#life.alive) return;
    this.#end();
    const { scheduler } = this.machine;
    scheduler.after(0, undefined, () => {
      this.machine.reboot(how.powerCut);
      this.oracle.onRestart();
    });
    scheduler.after(how.downFor + 1, undefined, () => this.#boot());
  }

  /** The device tries to connect until it is connected. */
  connect(device: SimDevice): void {
    const { scheduler } = this.machine;
    scheduler.after(scheduler.dice.between(200, 9_000), undefined, () => {
      const may = device.powered && !this.unreachable.has(device.id) && !device.isOnline;
      if (may && this.gateway?.link?.connect(device) === true) return;
      if (!device.isOnline) this.connect(device);
    });
  }

  #boot(): void {
    this.#runs += 1;
    const life = new Life(this.#runs);
    this.#life = life;
    this.machine.disk.run(life);
    const gateway = new SimGateway(this.machine, life, {
      acknowledged: (message) => this.oracle.onAcknowledged(message),
      commandSent: (payload) => this.oracle.onCommandSent(payload),
      takenBack: (ids) => this.oracle.onTakenBack(ids),
      lost: (device) => this.connect(device),
      failed: (what) => this.oracle.report("alive", what),
    });
    this.gateway = gateway;
    const first = this.#runs === 1;
    gateway
      .start(this.machine.sources)
      .then(() => {
        const known = this.devices.slice(0, 2).map(({ id }) => registered(id));
        // The last device registers itself by connecting.
        if (first || known.length > 0)
          for (const one of known) void gateway.register(one).catch(() => undefined);
      })
      // Nothing can be written: the supervisor starts it again after a while.
      .catch(() => this.end({ powerCut: false, downFor: 10 * SECOND_MS }));
    if (first) for (const device of this.devices) this.connect(device);
  }

  #end(): void {
    this.#life.alive = false;
    this.gateway?.link?.vanish();
    this.gateway = undefined;
  }

  async #untilViolated(end: EpochMs): Promise<void> {
    const { scheduler } = this.machine;
    while (scheduler.now < end && this.oracle.violations.length === 0) {
      const next = Math.min(end, scheduler.now + MINUTE_MS);
      await scheduler.runUntil(next, () => this.oracle.check());
    }
  }

  /** Everything is put right; then everything must come right. */
  async #recover(): Promise<void> {
    const { scheduler, disk, series, receiver } = this.machine;
    disk.full = false;
    disk.crashAtPoint(0, () => undefined);
    series.mood = "good";
    receiver.mood = "good";
    this.unreachable.clear();
    for (const device of this.devices) device.retire();
    const deadline = scheduler.now + RECOVERY_MS;
    while (!this.#isQuiet()) {
      await this.#untilViolated(scheduler.now + MINUTE_MS);
      if (this.oracle.violations.length > 0) return;
      if (scheduler.now > deadline) {
        this.oracle.report("recovery", `not everything was done: ${this.#left()}`);
        return;
      }
    }
    await this.#untilViolated(scheduler.now + FLUSH_MS);
  }

  #isQuiet(): boolean {
    const { cases } = this.machine;
    const owed = cases.dueOutbox(1).length;
    const unacknowledged = this.devices.some((device) => device.unacknowledged > 0);
    return !unacknowledged && owed === 0 && this.agent.isDone && this.gateway?.isQuiet() === true;
  }

  #left(): string {
    const unacknowledged = this.devices.map((device) => device.unacknowledged);
    const owed = this.machine.cases.dueOutbox(3).map(({ entry }) => `${entry.kind} ${entry.id}`);
    const quiet = this.gateway?.isQuiet();
    return JSON.stringify({ unacknowledged, owed, quiet, agent: this.agent.isDone });
  }

  #outcome(): Outcome {
    const { files, cases } = this.machine;
    const written = files.records.map(({ at, bytes }) => [
      at,
      Buffer.from(bytes).toString("base64"),
    ]);
    return {
      seed: this.seed,
      violations: this.oracle.violations,
      digest: stableId("t", [JSON.stringify(written), this.oracle.acknowledged.length]),
      records: files.newest,
      acknowledged: this.oracle.acknowledged.length,
      cases: cases.views().size,
      runs: this.#runs,
    };
  }
}

export const simulate = (seed: number, options: RunOptions = {}): Promise<Outcome> =>
  new Simulation(seed, options).run();
