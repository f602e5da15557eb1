import { lockDataDir } from "../../../src/adapters/sqlite/data-lock.ts";

/** Takes the lock, says so and keeps it until it is killed. */
const [, , directory] = process.argv;
if (directory === undefined) throw new Error("usage: hold-lock.ts DIRECTORY");
using _lock = lockDataDir(directory);
process.send?.("locked");
await new Promise((resolve) => process.on("disconnect", resolve));
