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
