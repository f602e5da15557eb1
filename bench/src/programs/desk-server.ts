import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { monotonicMs } from "@voorzorg/device-sim";
import { TicketBook } from "../desk/ticket-book.ts";

/** A help desk over HTTP that keeps references only, and counts what is asked of it. */
const book = new TicketBook();

const server = createServer(async (request, response) => {
  const url = new URL(request.url ?? "/", "http://desk");
  const answer = (status: number, body: unknown): void => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  };
  if (url.pathname === "/figures") {
    const { tickets, references, calls, mostInAMinute, mostOutOfOrder } = book;
    answer(200, { tickets, references, calls, mostInAMinute, mostOutOfOrder });
    return;
  }
  book.called(monotonicMs());
  if (request.method === "POST") {
    answer(201, { id: book.create((await json(request)) as { reference: string }) });
    return;
  }
  const id = /^\/tickets\/(\d+)$/.exec(url.pathname)?.[1];
  const ticket = id === undefined ? undefined : book.read(id);
  if (id !== undefined) answer(ticket === undefined ? 404 : 200, ticket ?? {});
  else if (url.pathname === "/changes") answer(200, {});
  else answer(200, { items: book.find(url.searchParams.get("reference") ?? "") });
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  process.stdout.write(`${address.port}\n`);
});
process.on("SIGTERM", () => process.exit(0));
