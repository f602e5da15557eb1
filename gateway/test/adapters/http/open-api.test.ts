import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { bearer, testApp } from "../../support/http-harness.ts";

const operation = z.looseObject({
  summary: z.string().min(5),
  tags: z.array(z.string()).length(1),
  responses: z.record(z.string(), z.looseObject({ description: z.string() })),
});
const documentSchema = z.looseObject({
  openapi: z.literal("3.1.0"),
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.looseObject({ schemas: z.record(z.string(), z.unknown()) }),
});

describe("the OpenAPI document", async () => {
  const { app } = await testApp();
  afterAll(() => app.close());
  const text = (await app.inject({ url: "/api/openapi.json" })).body;
  const document = documentSchema.parse(JSON.parse(text));

  it("lists every route of the API and none of the console", () => {
    const listed = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(listed.sort()).toEqual(
      [
        "GET /api/health",
        "GET /api/ready",
        "GET /metrics",
        "GET /api/products",
        "GET /api/rules",
        "GET /api/alerts",
        "GET /api/cases",
        "GET /api/cases/{id}",
        ...[
          "acknowledge",
          "resolve",
          "reopen",
          "verdict",
          "comment",
          "give-back",
          "owner-called",
          "approve",
          "decline",
          "undo",
        ].map((name) => `POST /api/cases/{id}/${name}`),
        "GET /api/devices",
        "POST /api/devices",
        "GET /api/devices/{id}",
        "GET /api/devices/{id}/series",
        "POST /api/devices/{id}/commands",
        "PUT /api/devices/{id}/settings",
        "GET /api/quarantine",
        "GET /api/problems",
        "GET /api/problems/{id}",
        "POST /api/problems/{id}/resolve",
        "POST /api/problems/{id}/dissolve",
        "POST /api/problems/{id}/comment",
        "GET /api/fixes",
        "POST /api/fixes/reinstate",
        "GET /api/remedies",
        "PUT /api/remedies",
        "GET /api/value",
        "GET /api/desks",
        "POST /api/desks/{name}/check",
        "POST /api/desks/{name}/retry",
        "POST /api/desks/{name}/hook",
        "GET /api/events",
        "GET /api/users",
        "POST /api/users",
        "DELETE /api/users/{name}",
        "GET /api/tokens",
        "POST /api/tokens",
        "DELETE /api/tokens/{id}",
      ].sort(),
    );
  });

  it("says that any route may answer a problem document", () => {
    for (const methods of Object.values(document.paths)) {
      for (const { responses } of Object.values(methods)) {
        expect(Object.keys(responses)).toContain("default");
        expect(JSON.stringify(responses.default)).toContain("#/components/schemas/Problem");
      }
    }
    expect(Object.keys(document.components.schemas)).toContain("Problem");
  });

  it("says which actions may be repeated with a key", () => {
    const withKey = Object.entries(document.paths).flatMap(([path, methods]) =>
      JSON.stringify(methods).includes("Idempotency-Key") ? [path] : [],
    );
    expect(withKey).toHaveLength(11);
    expect(withKey).toContain("/api/devices/{id}/commands");
  });

  it("every reference leads to a schema", () => {
    const names = [...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name);
    expect(names.length).toBeGreaterThan(10);
    for (const name of names) expect(Object.keys(document.components.schemas)).toContain(name);
  });

  it("describes what the API answers: no field is missing or unknown", async () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema({ $id: "doc", ...JSON.parse(text) });
    const answers: Readonly<Record<string, string>> = {
      "/api/health": "/api/health",
      "/api/products": "/api/products",
      "/api/rules": "/api/rules",
      "/api/cases": "/api/cases?limit=2",
      "/api/cases/{id}": "/api/cases/case-1",
      "/api/devices": "/api/devices",
      "/api/devices/{id}": "/api/devices/esp-0017",
      "/api/devices/{id}/series": "/api/devices/esp-0017/series?signal=boiler_temp&points=5",
      "/api/quarantine": "/api/quarantine",
      "/api/users": "/api/users",
    };
    for (const [path, url] of Object.entries(answers)) {
      const answer = await app.inject({ url, headers: bearer("admin") });
      const pointer = `doc#/paths/${path.replaceAll("/", "~1").replaceAll("{", "%7B").replaceAll("}", "%7D")}/get/responses/200/content/application~1json/schema`;
      const validate = ajv.getSchema(pointer);
      expect([path, typeof validate]).toEqual([path, "function"]);
      expect([path, validate?.(answer.json()), validate?.errors]).toEqual([path, true, null]);
    }
  });
});
