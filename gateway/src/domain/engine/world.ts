import assert from "node:assert/strict";
import type { AlertView } from "#domain/alert/alert.ts";
import type { CaseView } from "#domain/case/case.ts";
import type { AlertTransition } from "#domain/effects.ts";
import type { CohortState } from "#domain/engine/cohorts.ts";
import { Outcome } from "#domain/engine/outcome.ts";
import type {
  CaseState,
  DeviceState,
  RuleSlot,
  RulesetSources,
  ServiceState,
} from "#domain/engine/state.ts";
import { startService } from "#domain/engine/state.ts";
import { Timers } from "#domain/engine/timers.ts";
import type { Likeness } from "#domain/problem/likeness.ts";
import type { ProblemState } from "#domain/problem/problem-state.ts";
import type { RemedySwitch } from "#domain/remedy/fix.ts";
import type { FixState } from "#domain/remedy/remedy-state.ts";
import type { CompiledResult, RulesetSources as CompilerInput } from "#domain/rules/compile.ts";
import { compileRuleset } from "#domain/rules/compile.ts";
import type { CompiledProduct, CompiledRule, CompiledRuleset } from "#domain/rules/ruleset.ts";
import type { StoppedRule } from "#domain/rules/stopped-rule.ts";
import { definitionOf, failureText, ruleOfStop } from "#domain/rules/stopped-rule.ts";
import type { ServiceInForce } from "#domain/service/service-file.ts";
import { believedUntil } from "#domain/telemetry/device-time.ts";
import { DeviceSignals } from "#domain/telemetry/signal-view.ts";
import type { DurationMs, EpochMs } from "#domain/units.ts";

interface FailedRule {
  readonly compiled: CompiledRule;
  readonly reason: string;
}

/**
 * The whole decision state while a record is applied, and the effects that it has so far. The
 * functions of the engine change it in place; nothing in it comes from outside the journal.
 */
export class World extends Outcome {
  /** How a ruleset is made ready to run. */
  compile: (sources: CompilerInput) => CompiledResult = compileRuleset;
  service: ServiceState = startService();
  sources: RulesetSources = { hash: "", products: [], rules: [] };
  ruleset: CompiledRuleset = { hash: "", products: new Map() };
  readonly devices = new Map<string, DeviceState>();
  readonly cases = new Map<string, CaseState>();
  /** What devices know of their peers, by product, rule and cohort. */
  readonly cohorts = new Map<string, CohortState>();
  readonly problems = new Map<string, ProblemState>();
  /** How the steps of playbooks did over all devices, by product, rule and step. */
  readonly fixes = new Map<string, FixState>();
  /** What new cases are compared with, gathered from the state when it is first needed. */
  likeness: Likeness | undefined;
  /** Since when a rule judges as it does now, by `product/rule`; 0 = longer than known. */
  readonly rulesSince = new Map<string, EpochMs>();
  /** Teams and targets; undefined = none are configured. */
  levels: ServiceInForce | undefined;
  /** Rules of the device under way whose alert changed and whose composites have not judged that yet. */
  readonly moved = new Set<string>();
  readonly timers = new Timers();

  readonly changed = {
    devices: new Set<string>(),
    removedDevices: new Set<string>(),
    cases: new Set<string>(),
    /** Last views of cases that left the state before they were handed over. */
    forgottenCases: new Map<string, CaseView>(),
    /** `device` + "\n" + `rule`. */
    alerts: new Set<string>(),
    /** Last views of alerts whose rule is gone, by key. */
    goneAlerts: new Map<string, AlertView>(),
    /** By id; with the last state of those that left the decision state. */
    problems: new Map<string, ProblemState | undefined>(),
    fixes: new Set<string>(),
    /** The off switch, by product; "" = the fleet. */
    remedies: new Map<string, RemedySwitch>(),
  };
  readonly unsaved = new Set<string>();

  #stopped: ReadonlySet<CompiledRule> = new Set();
  /** Rules that failed on this record and still are in force on the devices. */
  #failed: FailedRule[] = [];

  /** `at`: time of the change on the rule's own clock. */
  alertChanged(
    device: DeviceState,
    compiled: CompiledRule,
    told: Pick<AlertTransition, "change" | "at"> & { readonly slot: RuleSlot },
  ): void {
    const lag = compiled.detector.clock === "service" ? this.lagOf(device) : 0;
    this.tellAlert(device, compiled, { ...told, lag });
  }

  /** Nobody will take the changes. */
  discardChanges(): void {
    for (const changes of Object.values(this.changed)) changes.clear();
    this.unsaved.clear();
  }

  touchDevice(device: DeviceState): void {
    this.changed.devices.add(device.registered.id);
    this.unsaved.add(`device/${device.registered.id}`);
  }

  touchAlert(device: DeviceState, rule: string): void {
    this.changed.alerts.add(`${device.registered.id}\n${rule}`);
    this.unsaved.add(`device/${device.registered.id}`);
  }

  touchCase(state: CaseState): void {
    this.changed.cases.add(state.view.id);
    this.unsaved.add(`case/${state.view.id}`);
  }

  touchProblem(problem: ProblemState): void {
    this.changed.problems.set(problem.id, undefined);
    this.unsaved.add(`problem/${problem.id}`);
  }

  /** Takes the problem out of the decision state, as `forgetCase`. */
  forgetProblem(problem: ProblemState): void {
    const { id } = problem;
    if (this.changed.problems.has(id)) this.changed.problems.set(id, problem);
    this.problems.delete(id);
    this.timers.set(`p/${id}`, 0);
    this.unsaved.add(`problem/${id}`);
  }

  /** Takes the case out of the decision state; its view and timeline stay readable. */
  forgetCase(state: CaseState): void {
    const { id } = state.view;
    if (this.changed.cases.delete(id)) this.changed.forgottenCases.set(id, state.view);
    this.cases.delete(id);
    this.timers.set(`c/${id}`, 0);
    this.timers.set(`r/${id}`, 0);
    this.timers.set(`t/${id}`, 0);
    this.likeness?.caseGone(id);
    const problem = this.problems.get(state.view.problem ?? "");
    if (problem?.status === "open") {
      problem.cases = problem.cases.filter((one) => one !== id);
      this.touchProblem(problem);
    }
    this.unsaved.add(`case/${id}`);
  }

  productOf(device: DeviceState): CompiledProduct | undefined {
    return this.ruleset.products.get(device.registered.product);
  }

  ruleOf(device: DeviceState, rule: string): CompiledRule | undefined {
    const found = this.productOf(device)?.rules.find((compiled) => compiled.rule.id === rule);
    return found !== undefined && this.isStopped(found) ? undefined : found;
  }

  isStopped(compiled: CompiledRule): boolean {
    return this.#stopped.size > 0 && this.#stopped.has(compiled);
  }

  /** Finds the stopped rules of the state among those in force. */
  knowStopped(): void {
    const found = this.service.stopped.map((stop) => ruleOfStop(this.ruleset.products, stop));
    this.#stopped = new Set(found.filter((compiled) => compiled !== undefined));
  }

  /** Asks a rule; undefined when it fails, which stops it. */
  ask<T>(device: DeviceState, compiled: CompiledRule, question: () => T): T | undefined {
    try {
      return question();
    } catch (error) {
      this.ruleFailed(device, compiled, error);
      return undefined;
    }
  }

  /** The rule judges nothing from now on; what it left behind is cleared up at the end of the record. */
  ruleFailed(device: DeviceState, compiled: CompiledRule, error: unknown): void {
    if (this.isStopped(compiled)) return;
    const { product, id: rule } = compiled.rule;
    const reason = failureText(error);
    const definition = definitionOf(compiled);
    const stop: StoppedRule = {
      product,
      rule,
      at: this.now,
      offset: this.offset,
      device: device.registered.id,
      reason,
      definition,
    };
    this.service.stopped = [...this.service.stopped, stop];
    this.#stopped = new Set([...this.#stopped, compiled]);
    this.#failed.push({ compiled, reason });
    this.unsaved.add("service");
    this.count("rules_stopped_total", { product, rule });
  }

  takeFailed(): FailedRule | undefined {
    return this.#failed.shift();
  }

  deviceOf(state: CaseState): DeviceState {
    const device = this.devices.get(state.view.device);
    assert(device !== undefined, `case ${state.view.id} is on unknown device ${state.view.device}`);
    return device;
  }

  /**
   * The device time that corresponds to the service time now: its newest accepted time and what has
   * passed since. A device that was never heard of lives on the service clock.
   */
  deviceNow(device: DeviceState): EpochMs {
    if (device.deviceTime === 0) return this.now;
    return device.deviceTime + Math.max(0, this.now - device.deviceTimeSetAt);
  }

  /**
   * The device time as far as it is believed: what the rules on the device as such (use, days) are
   * judged by, so that one stamp of another year makes no device look unused.
   */
  believedNow(device: DeviceState, at = this.deviceNow(device)): EpochMs {
    return believedUntil(this.service.clock, device.registered.id, at);
  }

  /**
   * Service time minus device time: what carries a deadline from one clock to the other. While the
   * service clock stands before the moment at which the device's was set, the device's stands still.
   */
  lagOf(device: DeviceState): DurationMs {
    return Math.max(this.now, device.deviceTimeSetAt) - this.deviceNow(device);
  }

  signalsOf(device: DeviceState, product: CompiledProduct, at: EpochMs): DeviceSignals {
    return new DeviceSignals(product.model, device, at);
  }
}
