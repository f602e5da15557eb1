import type { Socket } from "node:net";
import { problemPage } from "./console/problem-page.ts";
import type { App, HttpContext, Reply, Request } from "./context.ts";
import type { Problem } from "./problem.ts";
import { PROBLEM_TYPE, toProblem } from "./problem.ts";
import { setSecurityHeaders } from "./security-headers.ts";

const BROKEN: Problem = {
  type: "about:blank",
  title: "The request is not valid",
  status: 400,
  detail: "This is not HTTP/1.1 as this server understands it, or it came too slowly.",
};

/** What is no request at all, so that no hook and no handler sees it. */
export function refuseBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const body = JSON.stringify(BROKEN);
  // Not left half-open: who sends for ever and never reads would keep the socket for ever.
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-type: ${PROBLEM_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}

/** A path that cannot be decoded, or an id that is too long, never reaches a route, nor a hook. */
export const refuseBrokenUrl =
  (secure: boolean) =>
  (error: Error, _request: Request, reply: Reply): void => {
    const problem = { ...BROKEN, detail: `${error.message}. Percent-encode the path as UTF-8.` };
    setSecurityHeaders(reply, secure);
    void reply.status(400).type(PROBLEM_TYPE).serializer(JSON.stringify).send(problem);
  };

/** Every refusal and failure: a problem document for programs, a page for people. */
export function answerErrors(app: App, { log }: Pick<HttpContext, "log">): void {
  app.setErrorHandler((error, request, reply) => {
    const problem = toProblem(error, request);
    if (problem.status >= 500) {
      log.error(
        { err: error, method: request.method, url: loggedUrl(request) },
        "HTTP request failed",
      );
    }
    return answer(problem, request, reply);
  });
  app.setNotFoundHandler((request, reply) => {
    const problem: Problem = {
      type: "about:blank",
      title: "Not found",
      status: 404,
      detail: `There is no ${request.method} ${request.url.split("?")[0]}. GET /api/openapi.json lists what there is.`,
    };
    return answer(problem, request, reply);
  });
}

/** The address of an answer page is a secret. */
const loggedUrl = ({ url, routeOptions }: Request): string =>
  url.startsWith("/answer/") ? (routeOptions.url ?? "/answer/") : url;

function answer(problem: Problem, request: Request, reply: Reply): Reply {
  const wantsPage = request.is404
    ? (request.headers.accept ?? "").includes("text/html") && !request.url.startsWith("/api")
    : request.routeOptions.config.page === true;
  if (wantsPage && problem.status === 401 && request.method === "GET") {
    return reply.redirect(`/sign-in?next=${encodeURIComponent(request.url)}`, 303);
  }
  reply.status(problem.status);
  if (wantsPage) {
    return reply.type("text/html; charset=utf-8").send(problemPage(problem, request.identity));
  }
  if (problem.status === 401) reply.header("www-authenticate", 'Bearer realm="voorzorg"');
  return reply.type(PROBLEM_TYPE).serializer(JSON.stringify).send(problem);
}
