/** cyrb53 (public domain, bryc): a well-mixed 53-bit hash of a string; not for secrets. */
function cyrb53(text: string, seed: number): number {
  let h1 = 0xdeadbeef ^ seed;
  let h2 = 0x41c6ce57 ^ seed;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    h1 = Math.imul(h1 ^ code, 2654435761);
    h2 = Math.imul(h2 ^ code, 1597334677);
  }
  h1 = Math.imul(h1 ^ (h1 >>> 16), 2246822507) ^ Math.imul(h2 ^ (h2 >>> 13), 3266489909);
  h2 = Math.imul(h2 ^ (h2 >>> 16), 2246822507) ^ Math.imul(h1 ^ (h1 >>> 13), 3266489909);
  return 4294967296 * (2097151 & h2) + (h1 >>> 0);
}

/** 18 characters [0-9a-z] (93 bits): the same parts give the same id on every machine and in every replay. */
export function stableId(prefix: string, parts: readonly (string | number)[]): string {
  const text = JSON.stringify(parts);
  const digits = [cyrb53(text, 1), cyrb53(text, 2)].map((h) => h.toString(36).padStart(11, "0"));
  return `${prefix}-${digits.map((d) => d.slice(-9)).join("")}`;
}

/** FNV-1a over bytes, 32 bits: tells a repeated payload from a changed one, with the sequence number. */
export function payloadHash(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  return hash >>> 0;
}
