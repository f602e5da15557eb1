import type { Auth } from "#ports/auth.ts";
import type { Clock } from "#ports/clock.ts";
import type { DeskSide } from "#ports/desk-side.ts";
import { createAnswerLinks } from "../../src/adapters/answer-links/sign-answer.ts";
import { buildApp, createHttpServer } from "../../src/adapters/http/server.ts";
import { FakeValue } from "./fake-value.ts";
import {
  FakeAuth,
  FakeCases,
  FakeGateway,
  FakeMetrics,
  FakeSeries,
  HandClock,
  silentLog,
} from "./http-fakes.ts";
import {
  boilerSeries,
  caseEvents,
  caseView,
  deviceView,
  espresso,
  heaterSeries,
  NOW,
  overheats,
  quarantineEntry,
} from "./http-samples.ts";

/** Signs the links of tests. */
const ANSWER_SECRET = Buffer.alloc(32, 7);

export function fakes<A extends Auth = FakeAuth>(auth?: A, clock: Clock = new HandClock(NOW)) {
  const api = new FakeGateway();
  const cases = new FakeCases();
  const series = new FakeSeries();
  api.productList = [espresso];
  api.ruleList = [overheats];
  cases.deviceList = [
    deviceView("esp-0017", {
      openCases: 1,
      worst: "urgent",
      signals: {
        ...deviceView("x").signals,
        boiler_temp: { value: 139.8, at: NOW - 20_000 },
      },
    }),
    deviceView("esp-0042", { presence: "lost", lastSeenAt: NOW - 5 * 3_600_000 }),
    deviceView("esp-0001"),
  ];
  cases.caseList = [
    caseView("case-1"),
    caseView("case-2", {
      device: "esp-0001",
      kind: "underuse",
      severity: "normal",
      status: "resolved",
      stage: "done",
      title: "The machine is hardly used",
      resolution: "recovered",
      resolvedAt: NOW - 60_000,
      actions: [],
      callback: false,
    }),
  ];
  cases.events = caseEvents("case-1");
  cases.quarantined = [quarantineEntry()];
  series.points.set("esp-0017 boiler_temp", boilerSeries());
  series.points.set("esp-0017 heater", heaterSeries());
  const fakeAuth = new FakeAuth();
  return {
    api,
    cases,
    series,
    value: new FakeValue(),
    fakeAuth,
    clock,
    metrics: new FakeMetrics(),
    auth: auth ?? fakeAuth,
    answers: createAnswerLinks(ANSWER_SECRET),
    log: silentLog,
    version: "1.2.3",
    host: "127.0.0.1",
    port: 0,
  };
}

export type Fakes = ReturnType<typeof fakes> & { readonly desks?: DeskSide };

export async function testApp(parts: Fakes = fakes()) {
  const { app, routes } = await buildApp(parts);
  return { app, routes, ...parts };
}

export async function testServer(parts: Fakes = fakes()) {
  const server = createHttpServer(parts);
  const { port } = await server.start();
  return {
    ...parts,
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

export const bearer = (role: string) => ({ authorization: `Bearer token-${role}` });

/** Headers as a browser sends them with a change from one of our pages. */
export const browser = (role: string) => ({
  cookie: `voorzorg_session=session-${role}`,
  host: "console.example",
  origin: "http://console.example",
  "x-csrf-token": `csrf-${role}`,
});
