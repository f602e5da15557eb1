import { DatabaseSync } from "node:sqlite";
import { openDatabase } from "../../../src/adapters/sqlite/database.ts";

/** Migrates the file and is killed in the moment before the schema change would be committed. */
const [, , path, migrations] = process.argv;
if (path === undefined || migrations === undefined) {
  throw new Error("usage: migration-child.ts PATH JSON");
}
const exec = DatabaseSync.prototype.exec;
DatabaseSync.prototype.exec = function (sql: string): void {
  if (sql === "COMMIT") process.kill(process.pid, "SIGKILL");
  // What was changed is to lie in the write-ahead log already.
  if (sql === "BEGIN IMMEDIATE") exec.call(this, "PRAGMA cache_size = 1");
  exec.call(this, sql);
};
openDatabase(path, { migrations: JSON.parse(migrations) });
