import { parentPort, workerData } from "node:worker_threads";
import { reasonOf } from "../sqlite/database.ts";
import { JournalLoop } from "./journal-loop.ts";
import type {
  Committed,
  FromWorker,
  JournalAnswer,
  JournalRequest,
  JournalWorkerData,
  Numbered,
} from "./messages.ts";
import { transfersOf } from "./messages.ts";

/** Entry of the thread that owns the journal's writer. */
function run(port: NonNullable<typeof parentPort>, data: JournalWorkerData): void {
  const loop = new JournalLoop(data, (newest) => {
    const told: Committed = { kind: "committed", newest };
    for (const committed of data.committedPorts) committed.postMessage(told);
  });
  const post = (message: FromWorker, transfer: readonly ArrayBuffer[] = []): void =>
    port.postMessage(message, transfer);

  post({ kind: "ready", newest: loop.start() });
  const done = (id: number, answer: JournalAnswer): void => {
    const transfer = answer.kind === "records" ? transfersOf(answer.records) : [];
    post({ kind: "answer", id, answer }, transfer);
  };
  const failed = (id: number, error: unknown): void =>
    post({ kind: "failed", id, message: reasonOf(error) });
  const end = (): void => {
    for (const committed of data.committedPorts) committed.close();
    port.close();
  };

  port.on("message", ({ id, body }: Numbered<JournalRequest>) => {
    try {
      const answer = loop.answer(body);
      if (!(answer instanceof Promise)) done(id, answer);
      else
        answer
          .then(
            (late) => done(id, late),
            (error: unknown) => failed(id, error),
          )
          .finally(end);
    } catch (error) {
      failed(id, error);
    }
  });
}

if (parentPort !== null) run(parentPort, workerData);
