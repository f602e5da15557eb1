import { createHash, timingSafeEqual } from "node:crypto";

/** Takes as long whatever is different: nobody can guess a signature sign by sign. */
export function equalText(a: string, b: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
