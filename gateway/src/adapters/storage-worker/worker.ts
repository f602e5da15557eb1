import { parentPort, workerData } from "node:worker_threads";
import { GatewayError } from "#domain/errors.ts";
import { reasonOf } from "../sqlite/database.ts";
import type {
  Committed,
  FromWorker,
  Numbered,
  StorageRequest,
  StorageWorkerData,
} from "./messages.ts";
import { transfersOf } from "./messages.ts";
import { StorageLoop } from "./storage-loop.ts";

/** Entry of the thread that owns the journal's writer and the series store. */
function run(port: NonNullable<typeof parentPort>, data: StorageWorkerData): void {
  const loop = new StorageLoop(data, (newest) => {
    const told: Committed = { kind: "committed", newest };
    data.committedPort?.postMessage(told);
  });
  const post = (message: FromWorker, transfer: readonly ArrayBuffer[] = []): void =>
    port.postMessage(message, transfer);

  post({ kind: "ready", newest: loop.start() });
  port.on("message", ({ id, body }: Numbered<StorageRequest>) => {
    try {
      const answer = loop.answer(body);
      const transfer = answer.kind === "records" ? transfersOf(answer.records) : [];
      post({ kind: "answer", id, answer }, transfer);
    } catch (error) {
      const code = error instanceof GatewayError ? error.code : "";
      post({ kind: "failed", id, code, message: reasonOf(error) });
    }
    if (body.kind !== "close") return;
    data.committedPort?.close();
    port.close();
  });
}

if (parentPort !== null) run(parentPort, workerData);
