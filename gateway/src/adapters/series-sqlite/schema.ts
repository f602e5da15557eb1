/**
 * Schema of a month, one entry per version. Device numbers are the file's own: a partition needs no
 * other file to be read or removed.
 *
 * 1: one row per sample, its values as JSON.
 * 2: `page` is what came in and is not sorted by device yet; `block` is samples of one device within
 *    one UTC day, where a higher id was written later and wins; `rollup` belongs to its block;
 *    `unmerged` lists the days of devices that have blocks to be merged. `sample` stays readable
 *    until upkeep has turned its rows into blocks.
 */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE device (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
   CREATE TABLE sample (device_id INTEGER NOT NULL, at INTEGER NOT NULL, "values" TEXT NOT NULL,
     PRIMARY KEY (device_id, at)) WITHOUT ROWID;`,
  `ALTER TABLE device ADD COLUMN newest INTEGER;
   UPDATE device SET newest = (SELECT max(at) FROM sample WHERE device_id = device.id);
   CREATE TABLE page (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
   CREATE TABLE block (id INTEGER PRIMARY KEY, device_id INTEGER NOT NULL, first INTEGER NOT NULL,
     last INTEGER NOT NULL, count INTEGER NOT NULL, bytes BLOB NOT NULL);
   CREATE INDEX block_by_time ON block (device_id, last, first);
   CREATE TABLE rollup (block_id INTEGER NOT NULL, step INTEGER NOT NULL, bytes BLOB NOT NULL,
     PRIMARY KEY (block_id, step)) WITHOUT ROWID;
   CREATE TABLE unmerged (device_id INTEGER NOT NULL, day INTEGER NOT NULL, blocks INTEGER NOT NULL,
     PRIMARY KEY (device_id, day)) WITHOUT ROWID;`,
];
