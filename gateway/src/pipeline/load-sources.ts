import { GatewayError } from "#domain/errors.ts";
import type { SourceFile } from "#domain/record.ts";
import { compileRuleset } from "#domain/rules/compile.ts";
import type { CompiledRuleset } from "#domain/rules/ruleset.ts";

/** Products or rules are wrong; nothing of them is put in force. */
export class RulesetError extends GatewayError {
  readonly code = "VZ_RULESET_INVALID";
}

export interface Sources {
  readonly hash: string;
  readonly products: readonly SourceFile[];
  readonly rules: readonly SourceFile[];
}

/** Checks the whole ruleset. @throws RulesetError with every problem, its place and what would be right. */
export function checkSources(
  files: Pick<Sources, "products" | "rules">,
  sha256: (text: string) => string,
): { readonly sources: Sources; readonly ruleset: CompiledRuleset } {
  const hash = sha256(JSON.stringify([files.products, files.rules]));
  const compiled = compileRuleset({ ...files, hash });
  if (compiled.ok) return { sources: { ...files, hash }, ruleset: compiled.ruleset };
  const lines = compiled.problems.map((p) => `  ${p.file}:${p.line}:${p.column} ${p.message}`);
  throw new RulesetError(
    `The products and rules have ${lines.length} problem(s):\n${lines.join("\n")}`,
  );
}
