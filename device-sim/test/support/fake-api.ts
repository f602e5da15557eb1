import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

/** A gateway's HTTP API of which only the answers are given; remembers what it was asked. */
export async function fakeApi(
  answer: (asked: Asked) => { readonly status?: number; readonly body: unknown },
) {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request.setEncoding("utf8")) text += chunk;
    const one = {
      method: request.method ?? "",
      path: request.url ?? "",
      body: text === "" ? undefined : (JSON.parse(text) as unknown),
    };
    asked.push(one);
    const { status = 200, body } = answer(one);
    response.writeHead(status).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    asked,
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
