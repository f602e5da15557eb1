import { LIMITS, U32_MAX } from "./limits.ts";
import { COMMAND_STATES } from "./messages.ts";
import type { ProductModel } from "./product-model.ts";
import { macroName } from "./product-references.ts";
import { DOWN_CLASSES, UP_CLASSES, WIRE_VERSION } from "./topics.ts";

/** A C header (C99 and C++) with everything that a firmware would otherwise type by hand. */
export function cHeader(products: readonly ProductModel[]): string {
  const body = [...commonLines(), ...products.flatMap(productLines)];
  refuseTwins(body);
  return `${[
    "/* Generated from the product files by firmware-contracts/src/generate.ts. Do not edit. */",
    "/* SPDX-License-Identifier: Apache-2.0 */",
    "#ifndef VOORZORG_CONTRACT_H",
    "#define VOORZORG_CONTRACT_H",
    ...body,
    "",
    "#endif /* VOORZORG_CONTRACT_H */",
  ].join("\n")}\n`;
}

const define = (name: string, value: string): string => `#define VZ_${name} ${value}`;
const quoted = (text: string): string => JSON.stringify(text);
const comment = (text: string): string => `/* ${text.replaceAll("*/", "* /")} */`;

function commonLines(): readonly string[] {
  const topics = [...UP_CLASSES, ...DOWN_CLASSES.filter((cls) => cls !== "time")];
  return [
    "",
    comment("Topics: printf formats, arguments are product id and device id."),
    define("WIRE_VERSION", quoted(WIRE_VERSION)),
    ...topics.map((cls) =>
      define(`TOPIC_${macroName(cls)}_FMT`, quoted(`${WIRE_VERSION}/%s/%s/${cls}`)),
    ),
    "",
    comment("Limits. A larger frame closes the connection, a larger payload is quarantined."),
    define("MAX_FRAME_BYTES", `${LIMITS.frameBytes}u`),
    define("MAX_PAYLOAD_BYTES", `${LIMITS.payloadBytes}u`),
    define("MAX_POINTS", `${LIMITS.points}u`),
    define("MAX_DEPTH", `${LIMITS.depth}u`),
    define("MAX_ID_LENGTH", `${LIMITS.idLength}u`),
    define("MAX_TEXT_LENGTH", `${LIMITS.textLength}u`),
    define("MAX_BOOT", `${U32_MAX}u`),
    define("MAX_SEQ", `${U32_MAX}u`),
    "",
    comment("Values of s in status and st in res."),
    ...["online", "offline", "lost", "sleeping"].map((state) =>
      define(`STATUS_${macroName(state)}`, quoted(state)),
    ),
    ...COMMAND_STATES.map((state) => define(`RESULT_${macroName(state)}`, quoted(state))),
  ];
}

function productLines(product: ProductModel): readonly string[] {
  const name = macroName(product.id);
  const entries = <T>(record: Readonly<Record<string, T>>): readonly [string, T][] =>
    Object.entries(record);
  return [
    "",
    comment(`${product.title}, contract version ${product.version}`),
    define(`${name}_ID`, quoted(product.id)),
    define(`${name}_VERSION`, `${product.version}u`),
    define(`${name}_EXPECTED_PERIOD_MS`, `${product.expectedPeriodMs}u`),
    ...entries(product.signals).flatMap(([signal, { title, unit, values }]) => [
      `${define(`${name}_SIGNAL_${macroName(signal)}`, quoted(signal))} ${comment(unit === undefined ? title : `${title}, ${unit}`)}`,
      ...(values ?? []).map((value) =>
        define(`${name}_VALUE_${macroName(signal)}_${macroName(value)}`, quoted(value)),
      ),
    ]),
    ...entries(product.settings).map(([setting, { title, unit }]) => {
      const line = define(`${name}_SETTING_${macroName(setting)}`, quoted(setting));
      return `${line} ${comment(unit === undefined ? title : `${title}, ${unit}`)}`;
    }),
    ...codeLines(`${name}_EVENT`, product.events),
    ...codeLines(`${name}_COMMAND`, product.commands),
    ...entries(product.commands).flatMap(([command, { args }]) =>
      Object.keys(args).map((arg) =>
        define(`${name}_ARG_${macroName(command)}_${macroName(arg)}`, quoted(arg)),
      ),
    ),
  ];
}

/** The code as on the wire, and its number for tables and switch statements. */
function codeLines(
  prefix: string,
  models: Readonly<Record<string, { readonly number: number; readonly title: string }>>,
): readonly string[] {
  const codes = Object.entries(models);
  if (codes.length === 0) return [];
  return [
    ...codes.map(([code, { title }]) => {
      const line = define(`${prefix}_${macroName(code)}`, quoted(code));
      return `${line} ${comment(title)}`;
    }),
    `enum vz_${prefix.toLowerCase()}_number {`,
    ...codes.map(
      ([code, { number }], index) =>
        `  VZ_${prefix}_${macroName(code)}_NUMBER = ${number}${index < codes.length - 1 ? "," : ""}`,
    ),
    "};",
  ];
}

/** The parser keeps codes apart; names joined from two parts can still meet. */
function refuseTwins(lines: readonly string[]): void {
  const seen = new Set<string>();
  for (const line of lines) {
    const name = /^#define (\w+)|^ {2}(VZ_\w+) =/.exec(line);
    const macro = name?.[1] ?? name?.[2];
    if (macro === undefined) continue;
    if (seen.has(macro)) {
      throw new Error(`two names of the product files become ${macro} in the C header; rename one`);
    }
    seen.add(macro);
  }
}
