/** A name in double quotes: database, field, tag. */
export const influxQlIdentifier = (name: string): string => `"${escaped(name, /["\\]/g)}"`;

/** A text in single quotes. */
export const influxQlString = (text: string): string => `'${escaped(text, /['\\]/g)}'`;

/** InfluxQL knows the escapes of its quote, of the backslash and of the line end. */
const escaped = (text: string, special: RegExp): string =>
  text.toWellFormed().replace(special, "\\$&").replaceAll("\n", "\\n");
