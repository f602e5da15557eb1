import { writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Started {
  readonly http: string;
  readonly mqtt: string;
  readonly signInLink: string;
  readonly firstToken?: string;
  /** Unknown devices may register by connecting. */
  readonly open: boolean;
}

/** For tools that start a gateway on free ports: where it is. */
export function writeAddresses(
  dataDir: string,
  { pid, http, mqtt, signInLink }: Started & { readonly pid: number },
): void {
  const text = `${JSON.stringify({ pid, http, mqtt, signInLink })}\n`;
  writeFileSync(join(dataDir, "gateway.json"), text, { mode: 0o600 });
}
