/**
 * The values by their keys. A map has the order of its insertions, and after a restart that of the
 * snapshot: whatever decides must not depend on it.
 */
export const inOrder = <T>(map: ReadonlyMap<string, T>): readonly T[] =>
  [...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
