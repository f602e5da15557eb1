import type { Tree, TreeObject } from "./mutate-tree.ts";
import { anyTree, mutateTree } from "./mutate-tree.ts";
import type { Rng } from "./rng.ts";

export interface HttpInput {
  readonly method: string;
  /** Path and query as they stand in the request line. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** Whose request it is for limits per address. */
  readonly address: string;
}

/** The part of JSON Schema that the API's documents use. */
interface Schema {
  readonly type?: string;
  readonly enum?: readonly Tree[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

/** A route with what its OpenAPI document says it takes. */
export interface KnownRoute {
  readonly method: string;
  /** With `:id` for its parameters. */
  readonly url: string;
  readonly query: readonly string[];
  readonly body: Schema | undefined;
}

/** Comes back only escaped, or a page can be made to run what a device or a person wrote. */
export const MARKUP = '<fuzz onload="x">';

const ROLES = ["viewer", "agent", "engineer", "admin"] as const;
const IDS = ["esp-0017", "esp-0042", "case-1", "case-2", "overheats", "t1", "ann", "espresso-pro"];
const VALUES = [
  "",
  "0",
  "1",
  "50",
  "-1",
  "1e9",
  "NaN",
  "2026-11-24T20:00:00Z",
  "2026-11-24",
  "boiler_temp",
  "open",
  "resolved",
  "fault",
  "act",
  MARKUP,
  "%00",
  "%",
  "%ff",
  "../../etc/passwd",
  "..%2f..%2f",
  "__proto__",
  "'",
  "é",
  "a".repeat(300),
  "a".repeat(5_000),
] as const;

const MORE_QUERY = ["limit", "cursor", "from", "to", "signal", "next", "status", "x"] as const;

/** A value that the schema takes, or nearly. */
function fitting(schema: Schema, rng: Rng): Tree {
  if (schema.enum !== undefined && schema.enum.length > 0) {
    return rng.pick(schema.enum);
  }
  if (schema.anyOf !== undefined && schema.anyOf.length > 0) {
    return fitting(rng.pick(schema.anyOf), rng);
  }
  switch (schema.type) {
    case "object":
      return Object.fromEntries(
        Object.entries(schema.properties ?? { a: { type: "number" } }).map(([key, value]) => [
          key,
          fitting(value, rng),
        ]),
      );
    case "array":
      return Array.from({ length: rng.below(4) }, () => fitting(schema.items ?? {}, rng));
    case "number":
    case "integer":
      return rng.below(100);
    case "boolean":
      return rng.chance(0.5);
    case "null":
      return null;
    default:
      return rng.chance(0.7) ? rng.pick(IDS) : rng.pick(VALUES);
  }
}

function pathOf({ url }: KnownRoute, rng: Rng): string {
  const filled = url.replace(/:[a-z]+|\*/gi, () => {
    const value = rng.chance(0.7) ? rng.pick(IDS) : rng.pick(VALUES);
    return rng.chance(0.9) ? encodeURIComponent(value) : value;
  });
  return rng.chance(0.02) ? `${filled}/${rng.pick(VALUES)}` : filled;
}

function queryOf({ query }: KnownRoute, rng: Rng): string {
  const names = [...query, ...(rng.chance(0.2) ? [rng.pick(MORE_QUERY)] : [])];
  const parts = names
    .filter(() => rng.chance(0.5))
    .flatMap((name) => Array(rng.chance(0.05) ? 2 : 1).fill(name) as string[])
    .map((name) => {
      const value = rng.pick(VALUES);
      return `${name}=${rng.chance(0.9) ? encodeURIComponent(value) : value}`;
    });
  return parts.length === 0 ? "" : `?${parts.join("&")}`;
}

function headersOf(rng: Rng): Record<string, string> {
  const role = rng.pick(ROLES);
  const headers: Record<string, string> = { host: "console.example" };
  if (rng.chance(0.5)) {
    headers.authorization = rng.chance(0.9) ? `Bearer token-${role}` : `Bearer ${rng.pick(VALUES)}`;
  } else if (rng.chance(0.9)) {
    headers.cookie = `voorzorg_session=session-${role}`;
    headers["x-csrf-token"] = rng.chance(0.9) ? `csrf-${role}` : rng.pick(VALUES);
    headers.origin = rng.chance(0.9) ? "http://console.example" : "http://evil.example";
  }
  if (rng.chance(0.4)) {
    headers.accept = rng.pick(["text/html", "application/json", "*/*", "x", ""]);
  }
  if (rng.chance(0.05)) {
    headers["idempotency-key"] = rng.pick(VALUES);
  }
  if (rng.chance(0.05)) {
    headers[`x-${rng.below(100)}`] = "b".repeat(rng.pick([1, 1_000, 9_000]));
  }
  // Header values are Latin-1 without controls, or no client would send them.
  return Object.fromEntries(Object.entries(headers).map(([k, v]) => [k, v.replace(/[^ -~]/g, "")]));
}

const TYPES = [
  "application/json",
  "application/json; charset=utf-8",
  "application/x-www-form-urlencoded",
  "text/plain",
  "multipart/form-data",
  "x",
] as const;

function form(tree: Tree): string {
  const fields = typeof tree === "object" && tree !== null ? (tree as TreeObject) : { a: tree };
  return Object.entries(fields)
    .map(([key, value]) => [key, typeof value === "object" ? JSON.stringify(value) : String(value)])
    .map((pair) => pair.map((part) => encodeURIComponent(part.toWellFormed())).join("="))
    .join("&");
}

function bodyOf(route: KnownRoute, rng: Rng): { readonly type: string; readonly text: string } {
  let tree = rng.chance(0.95) ? fitting(route.body ?? { type: "object" }, rng) : anyTree(rng);
  for (let left = rng.below(3); left > 0; left -= 1) {
    tree = mutateTree(tree, rng);
  }
  const page = !route.url.startsWith("/api");
  const type = rng.chance(0.9) ? TYPES[page ? 2 : 0] : rng.pick(TYPES);
  const text = type.includes("form") ? form(tree) : JSON.stringify(tree);
  if (rng.chance(0.05)) {
    return { type, text: text.slice(0, rng.below(text.length + 1)) };
  }
  return { type, text: rng.chance(0.01) ? "x".repeat(70_000) : text };
}

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;

/** A request that means one of the routes and gets anything from nothing to much of it wrong. */
export function makeRequest(routes: readonly KnownRoute[], rng: Rng): HttpInput {
  const route = rng.pick(routes);
  const method = rng.chance(0.97) ? route.method : rng.pick(METHODS);
  const headers = headersOf(rng);
  const carries = method !== "GET" && method !== "HEAD" && rng.chance(0.9);
  const body = carries ? bodyOf(route, rng) : undefined;
  return {
    method,
    url: `${pathOf(route, rng)}${queryOf(route, rng)}`,
    headers: body === undefined ? headers : { ...headers, "content-type": body.type },
    body: body?.text,
    address: `10.0.${rng.below(250)}.${rng.below(250)}`,
  };
}

/** As bytes on the wire, for what no HTTP library would send. */
export function requestBytes({ body, headers, method, url }: HttpInput, rng: Rng): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const chunked = rng.chance(0.2);
  const told = rng.chance(0.9) ? Buffer.byteLength(body ?? "") : rng.pick([0, -1, 1e9, 2 ** 53]);
  lines.push(chunked ? "transfer-encoding: chunked" : `content-length: ${told}`);
  if (rng.chance(0.1)) {
    lines.push(
      rng.pick(["content-length: 5", "host: other", "connection: upgrade", ": x", "a b: c"]),
    );
  }
  const text = body ?? "";
  const sent = chunked ? `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n0\r\n\r\n` : text;
  const version = rng.chance(0.95) ? "HTTP/1.1" : rng.pick(["HTTP/1.0", "HTTP/2.0", "HTCPCP/1.0"]);
  return Buffer.from(`${method} ${url} ${version}\r\n${lines.join("\r\n")}\r\n\r\n${sent}`, "utf8");
}
