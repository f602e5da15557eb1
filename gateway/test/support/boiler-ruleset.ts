import type { SourceFile } from "#domain/record.ts";

/** A small product with one rule of each kind, so that a test shows all that it depends on. */
export const BOILER_PRODUCT: SourceFile = {
  path: "products/boiler.yaml",
  text: `
id: boiler
title: Test boiler
version: 1
expectedPeriod: 1m
signals:
  temp: { kind: gauge, title: Temperature, unit: Cel, range: [0, 200], period: 1m }
  state: { kind: state, title: State, values: ["off", "on", "error"] }
  cups: { kind: counter, title: Cups, unit: "1" }
events:
  dismissed: { number: 1, title: Warning dismissed, severity: info }
commands:
  cool: { number: 1, title: Cool down, args: { level: { kind: number, range: [0, 3] } } }
  reset: { number: 2, title: Reset, safeWhen: "state != 'error'" }
  show: { number: 3, title: Show a text, args: { text: { kind: string, maxLength: 200 } } }
settings:
  target: { title: Target temperature, kind: number, unit: Cel, range: [80, 98], default: 93 }
use: { title: Cups, unit: "1", counter: cups }
adviceCommand: show
`,
};

export const BOILER_RULES: SourceFile = {
  path: "rules/boiler.yaml",
  text: `
product: boiler
rules:
  - id: too-hot
    kind: fault
    severity: urgent
    title: The boiler runs too hot
    why: It wears the seals.
    when: temp > 135.0 && state != 'off'
    clear: temp < 120.0
    for: 2m
    keep: 5m
    playbook:
      - command: { name: cool, args: { level: 2 }, expiresIn: 10m }
        verify: { when: temp < 100.0, within: 15m }
      - command: { name: reset, expiresIn: 10m }
        verify: { when: temp < 100.0, within: 15m }
      - escalate: { next: Send a technician., advice: Please do not use it., callback: true }
  - id: warning-ignored
    kind: misuse
    title: The warning was dismissed again and again
    why: It shortens its life.
    count: { event: dismissed, atLeast: 3, within: 1d }
    playbook:
      - advice: { text: A short rinse helps., expiresIn: 2d }
        verify: { when: state == 'off', within: 3d }
      - escalate: { next: Call the owner. }
  - id: silent
    kind: fault
    title: The boiler is silent
    why: It may have lost its connection.
    silence: { after: 30m }
    playbook:
      - escalate: { next: Ask the owner to check the plug. }
  - id: never-used
    kind: underuse
    title: The boiler was never used
    why: The owner may need help.
    usage: { never: { within: 3d } }
    playbook:
      - advice: { text: Your first cup in three steps., expiresIn: 5d }
        verify: { when: cups > 0.0, within: 7d }
      - escalate: { next: Offer help. }
`,
};

/** Rules that look at other rules or other devices, for the same product. */
export const BOILER_NEIGHBOURS: SourceFile = {
  path: "rules/boiler-neighbours.yaml",
  text: `
product: boiler
rules:
  - id: warm
    kind: fault
    level: watch
    title: The boiler is warm
    why: A reason to look.
    when: temp > 100.0
  - id: dismissed-once
    kind: misuse
    level: watch
    title: The warning was dismissed
    why: A reason to look.
    event: { code: dismissed }
  - id: warm-and-dismissed
    kind: fault
    title: The boiler is warm and its warning is dismissed
    why: Together they mean that nobody cares.
    all: { rules: [warm, dismissed-once], within: 2h }
    keep: 10m
    playbook:
      - escalate: { next: Call the owner. }
  - id: something
    kind: fault
    level: watch
    title: Something is going on
    why: For an overview.
    any: { rules: [warm, silent, dismissed-once, warm-and-dismissed] }
  - id: step
    kind: fault
    title: The temperature leaves its normal
    why: It may be the thermostat.
    levels:
      watch: { shift: { signals: [temp], learnFor: 30m, memory: 60, limit: 6 } }
      act: { rate: { signal: temp, per: minute, window: 5m, above: 8 }, keep: 5m }
    playbook:
      - escalate: { next: Look at it. }
  - id: unlike-its-peers
    kind: fault
    level: watch
    title: The boiler is hotter than others
    why: The same model at the same time.
    cohort: { signal: temp, window: 20m, memory: 5, minPeers: 3, limit: 4, minSpread: 2 }
  - id: frozen
    kind: fault
    level: watch
    title: The temperature does not move
    why: The sensor may hang.
    stuck: { signal: temp, eps: 3, within: 6m, while: "state != 'off'" }
`,
};
