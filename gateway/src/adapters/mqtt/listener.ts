import type { AddressInfo, Server, Socket } from "node:net";
import { createServer } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { Log } from "#ports/log.ts";
import type { LinkLimits } from "./limits.ts";
import { LinkListenError } from "./link-errors.ts";

/** PEM texts of the listener's own certificate chain and key. */
export interface TlsMaterial {
  readonly key: string | Buffer;
  readonly cert: string | Buffer;
}

export interface ListenerOptions {
  readonly tls: TlsMaterial | undefined;
  readonly limits: LinkLimits;
  readonly log: Log;
  readonly onSocket: (socket: Socket) => void;
}

/**
 * Connections that the kernel keeps until they are accepted. When a fleet comes back at once, what does not fit is tried
 * again by the devices' kernels after 1, 2, 4, ... seconds: with Node's 511 the last of 10,000 came after 18 s, not 6 s.
 * The system's own limit (net.core.somaxconn, 4,096 on Linux) caps it.
 */
const BACKLOG = 16_384;

/** A TCP or TLS server; TLS 1.2 and newer. */
export function createListener(options: ListenerOptions): Server {
  const { limits, log, onSocket, tls } = options;
  const server =
    tls === undefined
      ? createServer({ noDelay: true, keepAlive: true }, onSocket)
      : createTlsServer(
          {
            key: tls.key,
            cert: tls.cert,
            minVersion: "TLSv1.2",
            handshakeTimeout: limits.connectTimeoutMs,
            noDelay: true,
            keepAlive: true,
          },
          onSocket,
        );
  server.maxConnections = limits.maxConnections;
  server.on("tlsClientError", (error: Error, socket: Socket) => {
    log.debug({ address: socket.remoteAddress, error: error.message }, "TLS handshake failed");
    socket.destroy();
  });
  return server;
}

export function listen(server: Server, host: string, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const failed = (cause: Error): void =>
    reject(
      new LinkListenError(
        `cannot listen for devices on ${host}:${port} (${cause.message}): free the port, or set another VOORZORG_MQTT_PORT or VOORZORG_HOST`,
        { cause },
      ),
    );
  server.once("error", failed);
  server.listen({ port, host, backlog: BACKLOG }, () => {
    server.removeListener("error", failed);
    resolve((server.address() as AddressInfo).port);
  });
  return promise;
}
