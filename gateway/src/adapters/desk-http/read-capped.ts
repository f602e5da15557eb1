/** Text of an answer, at most `maxBytes` of it; rejects when the connection breaks before the end. */
export async function readCapped(
  response: Response,
  maxBytes: number,
): Promise<{ readonly text: string; readonly whole: boolean }> {
  const reader = response.body?.getReader();
  if (reader === undefined) return { text: "", whole: true };
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    chunks.push(part.value);
    size += part.value.length;
    if (size > maxBytes) {
      await reader.cancel().catch(() => undefined);
      return { text: Buffer.concat(chunks).subarray(0, maxBytes).toString("utf8"), whole: false };
    }
  }
  return { text: Buffer.concat(chunks).toString("utf8"), whole: true };
}
