import type { ProductModel } from "@voorzorg/firmware-contracts";
import type { AlertView } from "#domain/alert/alert.ts";
import type { CaseEvent, CaseView } from "#domain/case/case.ts";
import type { DeviceView } from "#domain/device-view.ts";
import type { ActionAnswer, QuarantineEntry } from "#domain/effects.ts";
import type { ProblemView } from "#domain/problem/problem.ts";
import type { Action, RegisteredDevice } from "#domain/record.ts";
import type { FixView, RemedySwitch } from "#domain/remedy/fix.ts";
import type { Auth, Identity, Removal, Role } from "#ports/auth.ts";
import type { CaseFilter, CaseReader, Page, ProblemFilter } from "#ports/case-store.ts";
import type { Clock } from "#ports/clock.ts";
import type { Change, GatewayApi, Health, RuleInForce } from "#ports/gateway-api.ts";
import type { Log } from "#ports/log.ts";
import type { Metrics } from "#ports/metrics.ts";
import type { SeriesAnswer, SeriesPoint, SeriesQuery, SeriesReader } from "#ports/series-store.ts";

/** A clock moved by hand; sleepers wake when time passes them. */
export class HandClock implements Clock {
  #now: number;
  #sleepers: { readonly at: number; readonly wake: () => void }[] = [];

  constructor(now: number) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  elapsed(): number {
    return this.#now;
  }

  sleep(duration: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#sleepers.push({ at: this.#now + duration, wake: resolve });
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
  }

  async pass(duration: number): Promise<void> {
    this.#now += duration;
    const due = this.#sleepers.filter(({ at }) => at <= this.#now);
    this.#sleepers = this.#sleepers.filter(({ at }) => at > this.#now);
    for (const { wake } of due) wake();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };

export class FakeMetrics implements Metrics {
  readonly counted: string[] = [];
  count(name: string, labels: Readonly<Record<string, string>> = {}): void {
    this.counted.push(`${name} ${Object.values(labels).join(" ")}`);
  }
  observe(): void {}
  gauge(): void {}
}

export interface Acted {
  readonly action: Action;
  readonly by: string;
  readonly key: string | undefined;
}

/** Answers ok to every action and remembers it. */
export class FakeGateway implements GatewayApi {
  readonly acted: Acted[] = [];
  readonly put: RegisteredDevice[] = [];
  answer: ActionAnswer | undefined;
  productList: readonly ProductModel[] = [];
  ruleList: readonly RuleInForce[] = [];
  current: Health = {
    status: "ok",
    reasons: [],
    ready: true,
    version: "0.0.0",
    clock: "live",
    serviceTime: 0,
    journal: { newest: 3, decided: 3, stored: 3 },
    outboxDue: 0,
  };
  readonly #listeners = new Set<(change: Change) => void>();

  async act(action: Action, by: string, key?: string): Promise<ActionAnswer> {
    this.acted.push({ action, by, key });
    const id = "caseId" in action ? action.caseId : "command-1";
    return this.answer ?? { ok: true, id };
  }
  async putDevice(device: RegisteredDevice) {
    this.put.push(device);
    return { answer: this.answer ?? { ok: true as const, id: device.id }, secret: "s3cret" };
  }
  products() {
    return this.productList;
  }
  rules() {
    return this.ruleList;
  }
  async health() {
    return this.current;
  }
  async metrics() {
    return "voorzorg_connections 2\n";
  }
  onChange(listener: (change: Change) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }
  tell(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }
}

/** Read models in memory; a cursor is the number of items before it. */
export class FakeCases implements CaseReader {
  caseList: CaseView[] = [];
  events: CaseEvent[] = [];
  alertList: AlertView[] = [];
  deviceList: DeviceView[] = [];
  quarantined: QuarantineEntry[] = [];
  problemList: ProblemView[] = [];
  fixList: FixView[] = [];
  switches: RemedySwitch[] = [];

  async cases(filter: CaseFilter) {
    return paged(
      this.caseList.filter(
        (item) =>
          item.status === (filter.status ?? item.status) &&
          item.stage === (filter.stage ?? item.stage) &&
          item.kind === (filter.kind ?? item.kind) &&
          item.device === (filter.device ?? item.device) &&
          item.rule === (filter.rule ?? item.rule) &&
          item.problem === (filter.problem ?? item.problem),
      ),
      filter,
    );
  }
  async problems(filter: ProblemFilter) {
    return paged(
      this.problemList.filter(
        (item) =>
          item.status === (filter.status ?? item.status) &&
          item.product === (filter.product ?? item.product) &&
          item.rule === (filter.rule ?? item.rule),
      ),
      filter,
    );
  }
  async problem(id: string) {
    return this.problemList.find((item) => item.id === id);
  }
  async fixes(filter: Parameters<CaseReader["fixes"]>[0]) {
    return this.fixList.filter(
      (item) =>
        item.product === (filter.product ?? item.product) &&
        item.rule === (filter.rule ?? item.rule),
    );
  }
  async remedies() {
    return this.switches;
  }
  async case(id: string) {
    return this.caseList.find((item) => item.id === id);
  }
  async timeline(caseId: string) {
    return this.events.filter((event) => event.caseId === caseId);
  }
  async alerts(filter: Parameters<CaseReader["alerts"]>[0]) {
    return paged(
      this.alertList.filter(
        (item) =>
          item.level === (filter.level ?? item.level) &&
          item.device === (filter.device ?? item.device),
      ),
      filter,
    );
  }
  async devices(filter: Parameters<CaseReader["devices"]>[0]) {
    return paged(
      this.deviceList.filter((item) => item.product === (filter.product ?? item.product)),
      filter,
    );
  }
  async device(id: string) {
    return this.deviceList.find((item) => item.id === id);
  }
  async quarantine(filter: Parameters<CaseReader["quarantine"]>[0]) {
    return paged(
      this.quarantined.filter(
        (item) =>
          item.device === (filter.device ?? item.device) &&
          item.code === (filter.code ?? item.code),
      ),
      filter,
    );
  }
  async counts() {
    const open = this.caseList.filter(({ status }) => status !== "resolved");
    const of = (kind: CaseView["kind"]) => open.filter((item) => item.kind === kind).length;
    return {
      devices: this.deviceList.length,
      online: this.deviceList.filter(({ presence }) => presence === "online").length,
      openCases: { fault: of("fault"), misuse: of("misuse"), underuse: of("underuse") },
      escalated: open.filter(({ stage }) => stage === "escalated").length,
      quarantined: this.quarantined.length,
      outboxDue: 0,
    };
  }
  [Symbol.dispose](): void {}
}

function paged<T>(
  items: readonly T[],
  { limit, cursor }: { readonly limit: number; readonly cursor?: string },
): Page<T> {
  const from = Number(cursor ?? 0);
  const next = from + limit;
  return {
    items: items.slice(from, next),
    nextCursor: next < items.length ? String(next) : null,
  };
}

export class FakeSeries implements SeriesReader {
  readonly points = new Map<string, readonly SeriesPoint[]>();
  readonly asked: SeriesQuery[] = [];
  missing: string | null = null;

  async read(query: SeriesQuery): Promise<SeriesAnswer> {
    this.asked.push(query);
    const all = this.points.get(`${query.device} ${query.signal}`) ?? [];
    const found = all.filter(({ at }) => at >= query.from && at < query.to);
    return { points: found.slice(0, query.points), missing: this.missing };
  }
}

/** One token and one session per role, both named after it: `token-agent`, `session-agent`. */
export class FakeAuth implements Auth {
  readonly gone = new Set<string>();
  last: Removal = "removed";

  byToken(secret: string): Identity | undefined {
    return this.#identity(secret, "token");
  }
  bySession(secret: string): Identity | undefined {
    return this.#identity(secret, "session");
  }
  stands({ id }: Identity): boolean {
    return !this.gone.has(id);
  }
  async signIn(name: string, password: string) {
    const identity = password === "right" ? this.bySession(`session-${name}`) : undefined;
    return identity && { secret: identity.id, identity };
  }
  signInByCode(code: string) {
    const identity = code === "good" && !this.gone.has(code) && this.bySession("session-admin");
    this.gone.add(code);
    return identity ? { secret: identity.id, identity } : undefined;
  }
  signOut(secret: string): void {
    this.gone.add(secret);
  }
  users() {
    return [{ name: "ann", role: "agent" as const, createdAt: 0 }];
  }
  async createUser({ name }: { readonly name: string }) {
    return name === "ann" ? ("exists" as const) : ("created" as const);
  }
  async removeUser() {
    return this.last;
  }
  tokens() {
    return [{ id: "t1", name: "grafana", role: "viewer" as const, createdAt: 0 }];
  }
  async createToken({ name, role }: { readonly name: string; readonly role: Role }) {
    return { view: { id: "t2", name, role, createdAt: 0 }, secret: "vz_new" };
  }
  async removeToken() {
    return this.last;
  }

  #identity(secret: string, via: "token" | "session"): Identity | undefined {
    const found = /^(token|session)-(viewer|agent|engineer|admin)$/.exec(secret);
    if (found?.[1] !== via || this.gone.has(secret)) return undefined;
    const role = found[2] as Role;
    return { name: role, role, via, id: secret, csrf: via === "session" ? `csrf-${role}` : "" };
  }
}
