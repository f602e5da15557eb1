import type { ProductModel } from "@voorzorg/firmware-contracts";
import type { ActionAnswer } from "#domain/effects.ts";
import type { Action, RegisteredDevice } from "#domain/record.ts";
import type { CompiledRuleset } from "#domain/rules/ruleset.ts";
import type { StoppedRule } from "#domain/rules/stopped-rule.ts";
import type { DurationMs, EpochMs, Offset } from "#domain/units.ts";
import type { DecideReport } from "#pipeline/decide.ts";
import type { Ingress } from "#pipeline/ingress.ts";
import type { Clock } from "#ports/clock.ts";
import type { Change, GatewayApi, Health, RuleInForce } from "#ports/gateway-api.ts";

/** An action answers after it is applied; past this it is still applied, only the answer is late. */
const ANSWER_WITHIN_MS: DurationMs = 10_000;

export interface GatewayServiceDeps {
  readonly ingress: Pick<Ingress, "append">;
  readonly ruleset: CompiledRuleset;
  readonly clock: Clock;
  readonly version: string;
  readonly newId: () => string;
  /** Makes the secret of a device known and answers it; shown once. */
  readonly issueSecret: (device: string, product: string) => Promise<string>;
  readonly stored: () => Promise<Offset>;
  readonly newest: () => Offset;
  readonly outboxDue: () => number;
  readonly metricsText: () => Promise<string>;
}

const stoppedText = ({ product, rule, device, offset, reason }: StoppedRule): string =>
  `Rule ${product}/${rule} failed on record ${offset} of ${device} and is stopped until its definition changes: ${reason}`;

/** The commanding side of the API: writes records and answers when they are applied. */
export class GatewayService implements GatewayApi {
  readonly #deps: GatewayServiceDeps;
  readonly #waiting = new Map<Offset, (answer: ActionAnswer) => void>();
  readonly #early = new Map<Offset, ActionAnswer>();
  readonly #listeners = new Set<(change: Change) => void>();
  readonly #reasons = new Map<string, string>();
  readonly #impairments = new Map<string, string>();
  #stopped: readonly StoppedRule[] = [];
  #status: Health["status"] = "starting";
  #decided: Offset = 0;
  #serviceTime: EpochMs = 0;
  #clock: "live" | "event" = "live";

  constructor(deps: GatewayServiceDeps) {
    this.#deps = deps;
  }

  get serviceTime(): EpochMs {
    return this.#serviceTime;
  }

  setStatus(status: Health["status"]): void {
    this.#status = status;
  }

  /** A reason to take no messages or decide none; undefined takes it back. */
  degraded(what: string, reason: string | undefined): void {
    if (reason === undefined) this.#reasons.delete(what);
    else this.#reasons.set(what, reason);
  }

  /** Something that a person should see to, though devices are served; undefined takes it back. */
  impaired(what: string, reason: string | undefined): void {
    if (reason === undefined) this.#impairments.delete(what);
    else this.#impairments.set(what, reason);
  }

  /** Takes over what the deciding thread reports. */
  take(report: DecideReport): void {
    this.#decided = report.applied;
    this.#stopped = report.stopped;
    this.#serviceTime = report.serviceTime;
    this.#clock = report.clock;
    for (const { offset, answer } of report.answers) {
      const resolve = this.#waiting.get(offset);
      if (resolve === undefined) this.#early.set(offset, answer);
      else resolve(answer);
      this.#waiting.delete(offset);
    }
    // Answers that nobody asked for (replayed, registered by themselves) must not pile up.
    for (const offset of this.#early.keys()) {
      if (this.#early.size <= 1_000) break;
      this.#early.delete(offset);
    }
    for (const change of report.changes) for (const listen of this.#listeners) listen(change);
  }

  async act(action: Action, by: string, idempotencyKey?: string): Promise<ActionAnswer> {
    const id = idempotencyKey === undefined ? this.#deps.newId() : `${by}/${idempotencyKey}`;
    return this.#answered(await this.#deps.ingress.append({ kind: "action", id, by, action }));
  }

  async putDevice(
    device: RegisteredDevice,
    by: string,
  ): Promise<{ readonly answer: ActionAnswer; readonly secret: string }> {
    if (!this.#deps.ruleset.products.has(device.product)) {
      const known = [...this.#deps.ruleset.products.keys()].join(", ");
      const reason = `product: ${JSON.stringify(device.product)} is not known; one of ${known} would be right.`;
      return { answer: { ok: false, status: 422, reason }, secret: "" };
    }
    const record = { kind: "registry", change: "put", device, by } as const;
    const answer = await this.#answered(await this.#deps.ingress.append(record));
    const secret = answer.ok ? await this.#deps.issueSecret(device.id, device.product) : "";
    return { answer, secret };
  }

  products(): readonly ProductModel[] {
    return [...this.#deps.ruleset.products.values()].map((p) => p.model);
  }

  rules(): readonly RuleInForce[] {
    const rules = [...this.#deps.ruleset.products.values()].flatMap((p) => p.rules);
    return rules.map(({ rule }) => {
      const stop = this.#stopped.find((s) => s.rule === rule.id && s.product === rule.product);
      if (stop === undefined) return { ...rule, stopped: null };
      const { at, offset, device, reason } = stop;
      return { ...rule, stopped: { at, offset, device, reason } };
    });
  }

  async health(): Promise<Health> {
    const newest = this.#deps.newest();
    const stopped = this.#stopped.map(stoppedText);
    const reasons = [...this.#reasons.values(), ...this.#impairments.values(), ...stopped];
    return {
      status: this.#status === "ok" && reasons.length > 0 ? "degraded" : this.#status,
      reasons,
      ready: this.#status === "ok" && this.#reasons.size === 0,
      version: this.#deps.version,
      clock: this.#clock,
      serviceTime: this.#serviceTime,
      journal: { newest, decided: this.#decided, stored: await this.#deps.stored() },
      outboxDue: this.#deps.outboxDue(),
    };
  }

  metrics(): Promise<string> {
    return this.#deps.metricsText();
  }

  onChange(listener: (change: Change) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  #answered(offset: Offset): Promise<ActionAnswer> {
    const early = this.#early.get(offset);
    if (early !== undefined) {
      this.#early.delete(offset);
      return Promise.resolve(early);
    }
    const { promise, resolve } = Promise.withResolvers<ActionAnswer>();
    this.#waiting.set(offset, resolve);
    const late: ActionAnswer = {
      ok: false,
      status: 409,
      reason:
        "The request is recorded and will be applied; the service is busy. Look again shortly.",
    };
    const answered = new AbortController();
    this.#deps.clock.sleep(ANSWER_WITHIN_MS, answered.signal).then(
      () => {
        if (this.#waiting.delete(offset)) resolve(late);
      },
      () => undefined,
    );
    return promise.finally(() => answered.abort());
  }
}
