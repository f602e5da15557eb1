import { createHash } from "node:crypto";

/**
 * The part of a description that the gateway rewrites. It stands between two comments that Redmine does
 * not show; the closing one carries the hash of what was written, which tells an edit by a person.
 */
interface Block {
  readonly before: string;
  readonly content: string;
  readonly after: string;
  /** What stands there is not what was written. */
  readonly edited: boolean;
}

const BEGIN = "<!-- voorzorg:evidence, rewritten by the gateway -->";
const BLOCK =
  /^([\s\S]*?)<!-- voorzorg:evidence, [^>]*-->([\s\S]*?)<!-- \/voorzorg:evidence ([0-9a-f]{16}) -->([\s\S]*)$/;

const normal = (text: string): string => text.replace(/\r\n?/g, "\n").trim();

const hashOf = (content: string): string =>
  createHash("sha256").update(normal(content)).digest("hex").slice(0, 16);

function blockIn(description: string): Block | undefined {
  const [, before, content, hash, after] = BLOCK.exec(description) ?? [];
  if (before === undefined || content === undefined || after === undefined) return undefined;
  return { before, content, after, edited: hashOf(content) !== hash };
}

/** Hash of what stands between the marks now; "" = there is no such block. */
export function evidenceHash(description: string): string {
  const block = blockIn(description);
  return block === undefined ? "" : hashOf(block.content);
}

/**
 * The description with this block. What people wrote around it stays; what they wrote into it moves
 * below it; marks that they took away come back at the end.
 */
export function withEvidence(description: string, evidence: string): string {
  const content = normal(evidence);
  const mine = `${BEGIN}\n\n${content}\n\n<!-- /voorzorg:evidence ${hashOf(content)} -->`;
  const block = blockIn(description);
  if (block === undefined) {
    const text = description.trimEnd();
    return text === "" ? mine : `${text}\n\n${mine}`;
  }
  const moved = block.edited ? `\n\n${normal(block.content)}` : "";
  return `${block.before}${mine}${moved}${block.after}`;
}
