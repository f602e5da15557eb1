const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
/** What a duration looks like in YAML; also the pattern in the generated JSON Schema. */
export const DURATION_PATTERN = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/** `500ms`, `30s`, `5m`, `2h`, `1d`, `1.5h` to milliseconds; undefined when it is none of these. */
export function parseDuration(text: string): number | undefined {
  const match = DURATION_PATTERN.exec(text);
  const unitMs = UNITS_MS[match?.[2] ?? ""];
  if (match?.[1] === undefined || unitMs === undefined) return undefined;
  const ms = Math.round(Number(match[1]) * unitMs);
  return Number.isSafeInteger(ms) ? ms : undefined;
}
