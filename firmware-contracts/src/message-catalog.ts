import type { z } from "zod";
import {
  birthSchema,
  commandSchema,
  desiredSchema,
  eventSchema,
  measurementSchema,
  reportedSchema,
  resultSchema,
  senmlSchema,
  statusSchema,
  timeAnswerSchema,
  timeRequestSchema,
} from "./message-schemas.ts";
import type { DownClass, UpClass } from "./topics.ts";

/** One kind of message on one topic class, with what documents say about it. */
export interface MessageKind {
  /** Key in AsyncAPI and name of the JSON Schema file. */
  readonly name: string;
  readonly class: UpClass | DownClass;
  /** `up`: the device publishes. */
  readonly direction: "up" | "down";
  readonly qos: 0 | 1;
  readonly retain: boolean;
  readonly title: string;
  readonly schema: z.ZodType;
  /** Payloads of an espresso-pro; tests decode them. */
  readonly examples: readonly unknown[];
}

const HEAD = { boot: 417, seq: 90_211, ts: 1_795_356_199_123, up: 883_121 } as const;
const upOnce = { direction: "up", qos: 1, retain: false } as const;

export const MESSAGE_KINDS: readonly MessageKind[] = [
  {
    ...upOnce,
    name: "status",
    class: "status",
    retain: true,
    title: "Presence",
    schema: statusSchema,
    examples: [
      { s: "online", boot: 417 },
      { s: "lost", boot: 417 },
      { s: "offline", boot: 417, reason: "planned" },
      { s: "sleeping", boot: 417, wake: 3_600 },
    ],
  },
  {
    ...upOnce,
    name: "birth",
    class: "birth",
    title: "Birth",
    schema: birthSchema,
    examples: [
      {
        ...HEAD,
        model: "EP-2",
        hw: "C",
        fw: "4.2.0",
        set: { setpoint: 93 },
        attrs: { region: "nl" },
      },
    ],
  },
  {
    ...upOnce,
    name: "tele",
    class: "tele",
    title: "Measurements",
    schema: measurementSchema,
    examples: [
      { ...HEAD, m: { boiler_temp: 93.4, state: "idle" } },
      {
        ...HEAD,
        p: [
          { t: -30_000, m: { boiler_temp: 93.1 } },
          { t: 0, m: { boiler_temp: 93.4, leak: false, flow: null } },
        ],
      },
    ],
  },
  {
    ...upOnce,
    name: "hist",
    class: "hist",
    title: "Measurements from the device's buffer",
    schema: measurementSchema,
    examples: [{ ...HEAD, p: [{ t: -7_200_000, m: { boiler_temp: 91.8 } }] }],
  },
  {
    ...upOnce,
    name: "senml",
    class: "tele",
    title: "Measurements as SenML",
    schema: senmlSchema,
    examples: [
      [
        { bn: "urn:dev:ow:10e2073a0108006:", bt: -10, n: "boiler_temp", u: "Cel", v: 93.4 },
        { n: "state", vs: "idle" },
        { n: "leak", vb: false, t: 5 },
      ],
    ],
  },
  {
    ...upOnce,
    name: "event",
    class: "event",
    title: "Events",
    schema: eventSchema,
    examples: [
      { ...HEAD, code: "brew_done", attrs: { seconds: 27 } },
      { ...HEAD, e: [{ code: "descale_due", t: -5_000 }, { code: "descale_dismissed" }] },
    ],
  },
  {
    ...upOnce,
    name: "res",
    class: "res",
    title: "Command result",
    schema: resultSchema,
    examples: [
      { ...HEAD, id: "01JDK2Z5T0", st: "succeeded" },
      { ...HEAD, id: "01JDK2Z5T0", st: "rejected", code: "unsafe", msg: "brewing" },
      { ...HEAD, id: "01JDK2Z5T0", st: "duplicate", was: "succeeded" },
    ],
  },
  {
    ...upOnce,
    name: "rep",
    class: "rep",
    title: "Reported settings",
    schema: reportedSchema,
    examples: [{ ...HEAD, v: 12, set: { setpoint: 92, reminders: true } }],
  },
  {
    ...upOnce,
    name: "time-request",
    class: "time",
    qos: 0,
    title: "Time request",
    schema: timeRequestSchema,
    examples: [{ boot: 417, up: 883_121 }],
  },
  {
    name: "cmd",
    class: "cmd",
    direction: "down",
    qos: 1,
    retain: false,
    title: "Command",
    schema: commandSchema,
    examples: [
      {
        id: "01JDK2Z5T0",
        name: "set_heater",
        args: { enabled: false },
        iat: 1_795_356_199_123,
        exp: 1_795_356_259_123,
        ttl: 60,
        ctr: 1_041,
      },
    ],
  },
  {
    name: "des",
    class: "des",
    direction: "down",
    qos: 1,
    retain: true,
    title: "Desired settings",
    schema: desiredSchema,
    examples: [{ v: 12, set: { setpoint: 92 } }],
  },
  {
    name: "time-answer",
    class: "time",
    direction: "down",
    qos: 0,
    retain: false,
    title: "Time answer",
    schema: timeAnswerSchema,
    examples: [{ up: 883_121, ts: 1_795_356_199_123 }],
  },
];
