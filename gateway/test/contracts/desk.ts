import { afterAll, beforeAll, describe } from "vitest";
import type { AgentVerdict } from "#domain/record.ts";
import type { Desk, DeskCapabilities } from "#ports/desk.ts";
import type { DeskSettings } from "#ports/desk-settings.ts";
import { agentsContract, mergesContract } from "./desk-agents.ts";
import { checkContract } from "./desk-check.ts";
import { cursorContract } from "./desk-cursor.ts";
import { fenceContract } from "./desk-fence.ts";
import { ticketsContract } from "./desk-tickets.ts";
import { writesContract } from "./desk-writes.ts";

/** A person at the desk, with an account of their own. */
export interface DeskAgent {
  /** As `by` and `owner` show the person. */
  readonly name: string;
  take(id: string): Promise<unknown>;
  giveBack(id: string): Promise<unknown>;
  /** Internal. */
  comment(id: string, text: string): Promise<unknown>;
  status(id: string, to: "open" | "resolved" | "rejected"): Promise<unknown>;
  verdict(id: string, verdict: AgentVerdict): Promise<unknown>;
  /** Another subject: a field that is none of ours. */
  rename(id: string, subject: string): Promise<unknown>;
  /** To the second queue. */
  move(id: string): Promise<unknown>;
  /** Where `capabilities.merges`. */
  merge?(id: string, into: string): Promise<unknown>;
  /** A ticket of the agent's own, in the first queue, about a device. Answers its id. */
  create(about: { readonly subject: string; readonly device: string }): Promise<string>;
}

export interface DeskUnderTest extends AsyncDisposable {
  readonly desk: Desk;
  readonly settings: DeskSettings;
  /** Not the default one. */
  readonly secondQueue: string;
  readonly agent: DeskAgent;
  /** The same desk, with something else in its file or another token. */
  other(settings: Partial<DeskSettings>, token?: string): Desk;
  /** The ticket's page as an agent gets it, HTML. */
  page(id: string): Promise<string>;
  /** Sizes in bytes of the files of a ticket, by name. */
  files(id: string): Promise<ReadonlyMap<string, number>>;
  /** Ids of the tickets that it belongs to. */
  parents(id: string): Promise<readonly string[]>;
  /** Made by our user as the connector makes it, but its reference was lost. Answers its id. */
  makeOrphan(): Promise<string>;
  /** Resolves when everything done so far is to be found and read as a change. */
  settle(): Promise<void>;
}

export interface DeskContract {
  readonly kind: string;
  /** What the desk under test says of itself; which tests are run depends on it. */
  readonly capabilities: Omit<DeskCapabilities, "kind" | "limits" | "searchLagMs">;
  /** A double without a file of settings has nothing to check and no pages; default false. */
  readonly behaviourOnly?: boolean;
  /** Called once; the tests share the desk and use tickets of their own. */
  open(): Promise<DeskUnderTest>;
}

/** The desk of the test file, open while its tests run. */
export type Opened = () => DeskUnderTest;

/** What the port promises. */
export function deskContract(contract: DeskContract): void {
  describe(`a desk of kind ${contract.kind}`, () => {
    let open: DeskUnderTest | undefined;
    beforeAll(async () => {
      open = await contract.open();
    }, 120_000);
    afterAll(() => open?.[Symbol.asyncDispose]());
    const opened: Opened = () => {
      if (open === undefined) throw new Error("the desk did not open");
      return open;
    };
    const { behaviourOnly = false } = contract;
    if (!behaviourOnly) {
      ticketsContract(opened, contract);
      writesContract(opened, contract);
      checkContract(opened);
    }
    fenceContract(opened, contract);
    if (contract.capabilities.changes) {
      cursorContract(opened);
      agentsContract(opened);
    }
    if (contract.capabilities.merges) mergesContract(opened);
  });
}
