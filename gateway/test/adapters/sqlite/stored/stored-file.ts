/**
 * A kind of file in the data folder and what each earlier build left in it. The rows are frozen: they
 * are what that build wrote, not what today's code would write.
 */
export interface StoredFile {
  /** As it is called in a data folder. */
  readonly name: string;
  /** Where its migrations are declared, from `src/adapters`. */
  readonly source: string;
  readonly migrations: readonly string[];
  /** Of schema version 1, 2 …; null where builds of that version had no such file. */
  readonly versions: readonly (StoredVersion | null)[];
  /** Opens the file as the gateway does, which brings it up to date, and answers what is in it. */
  readonly read: (path: string) => unknown;
}

export interface StoredVersion {
  /** SQL that fills every table of the version. */
  readonly rows: string;
  /** What `read` must answer of them. */
  readonly holds: unknown;
  /** Tables without rows, and why that leaves nothing untested. */
  readonly empty?: Readonly<Record<string, string>>;
  /** The gateway never migrates such a file: it reads it as it is and goes on in another. */
  readonly keepsVersion?: true;
}
