import { DatabaseSync } from "node:sqlite";

/**
 * Begins to migrate each file and is killed before the commit, with all that was changed already in
 * the write-ahead log.
 */
const [, , plan] = process.argv;
if (plan === undefined) throw new Error("usage: migration-child.ts JSON");
const files: readonly { readonly path: string; readonly migrations: readonly string[] }[] =
  JSON.parse(plan);
for (const { path, migrations } of files) {
  const db = new DatabaseSync(path);
  db.exec("PRAGMA journal_mode = WAL; PRAGMA cache_size = 1; BEGIN IMMEDIATE");
  for (const migration of migrations) db.exec(migration);
  db.exec("CREATE TABLE half_way (x BLOB); INSERT INTO half_way VALUES (zeroblob(100000))");
}
process.kill(process.pid, "SIGKILL");
