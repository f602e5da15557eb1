const FIELDS = [
  { what: "minute", from: 0, to: 59 },
  { what: "hour", from: 0, to: 23 },
  { what: "day of the month", from: 1, to: 31 },
  { what: "month", from: 1, to: 12 },
  { what: "weekday", from: 0, to: 7 },
] as const;

/** Undefined when the five fields are in order; else what is wrong and what would be right. */
export function cronProblem(text: string): string | undefined {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== FIELDS.length) {
    return `${JSON.stringify(text)} has ${fields.length} fields; write minute, hour, day of the month, month and weekday, e.g. "0 7 * * 1"`;
  }
  const wrong = FIELDS.find((field, i) => !fits(fields[i] ?? "", field));
  if (wrong === undefined) return undefined;
  const given = JSON.stringify(fields[FIELDS.indexOf(wrong)]);
  return `${given} is no ${wrong.what}; write *, */n, or numbers from ${wrong.from} to ${wrong.to}, e.g. "0 7 * * 1"`;
}

function fits(
  field: string,
  { from, to }: { readonly from: number; readonly to: number },
): boolean {
  return field.split(",").every((part) => {
    const found = /^(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:\/(\d{1,2}))?$/.exec(part);
    if (found === null) return false;
    const [low, high = low, step] = found.slice(1).map((n) => (n === undefined ? n : Number(n)));
    if (step === 0) return false;
    return low === undefined || (from <= low && low <= (high ?? low) && (high ?? low) <= to);
  });
}
