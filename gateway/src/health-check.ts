import { readFileSync } from "node:fs";
import { get as getPlain } from "node:http";
import { get as getSecure } from "node:https";

/**
 * `node gateway/src/health-check.ts`: exit 0 if the gateway on this machine takes and decides
 * messages, else 1 with the reason. Reads the same environment as the gateway; for containers and supervisors.
 */
const WITHIN_MS = 4_000;

const port = Number(process.env.VOORZORG_HTTP_PORT ?? "8080");
const certificate = process.env.VOORZORG_TLS_CERT;

function ask(): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port, path: "/api/ready", timeout: WITHIN_MS };
    const request =
      certificate === undefined
        ? getPlain(options)
        : // Its own certificate and nobody else's; the name in it is that of the outside.
          getSecure({
            ...options,
            ca: readFileSync(certificate),
            checkServerIdentity: () => undefined,
          });
    request.on("timeout", () => request.destroy(new Error(`no answer within ${WITHIN_MS} ms`)));
    request.on("error", reject);
    request.on("response", (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => {
        body += text;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
    });
  });
}

try {
  const { status, body } = await ask();
  if (status !== 200) process.stderr.write(`/api/ready answers ${status}: ${body}\n`);
  process.exitCode = status === 200 ? 0 : 1;
} catch (error) {
  process.stderr.write(`port ${port} does not answer: ${String(error)}\n`);
  process.exitCode = 1;
}
