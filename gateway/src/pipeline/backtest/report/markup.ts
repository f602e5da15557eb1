const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text of rules and recordings as HTML, in elements and in attributes with double quotes. */
export const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);

/** Four significant digits, without an exponent where people would not expect one. */
export function shownNumber(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e7 || size < 1e-3)) return value.toExponential(2);
  if (size >= 10_000) return String(Math.round(value));
  return String(Number(value.toPrecision(size >= 1_000 ? 5 : 4)));
}

export const shownTime = (at: number): string =>
  Number.isFinite(at) ? new Date(at).toISOString().slice(0, 16).replace("T", " ") : "-";
