import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { RegisteredDevice } from "#domain/record.ts";
import { DAY_MS, iso } from "#domain/units.ts";
import type { App, HttpContext } from "../context.ts";
import { RequestRefusedError } from "../problem.ts";
import { act, actor } from "./act.ts";
import { deviceSchema, registeredSchema, toDevice, toRegistered } from "./device-views.ts";
import { given } from "./given.ts";
import {
  givenScalarSchema,
  idParams,
  idSchema,
  pageOf,
  pageQuery,
  timeSchema,
  valueSchema,
} from "./schemas.ts";

const TEN_MINUTES_S = 600;
const WEEK_S = 604_800;

export function deviceRoutes(app: App, context: HttpContext): void {
  readRoutes(app, context);
  seriesRoute(app, context);
  registerRoute(app, context);
  commandRoute(app, context);
  settingsRoute(app, context);
}

function readRoutes(app: App, { cases }: HttpContext): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();

  typed.get(
    "/api/devices",
    {
      config: { access: "viewer" },
      schema: {
        summary: "Devices, worst first",
        tags: ["devices"],
        querystring: z.strictObject({ product: idSchema.optional(), ...pageQuery }),
        response: { 200: pageOf(deviceSchema) },
      },
    },
    async ({ query }) => {
      const page = await cases.devices(given(query));
      return { items: page.items.map(toDevice), nextCursor: page.nextCursor };
    },
  );

  typed.get(
    "/api/devices/:id",
    {
      config: { access: "viewer" },
      schema: {
        summary: "One device: signals now, settings, use",
        tags: ["devices"],
        params: idParams,
        response: { 200: deviceSchema },
      },
    },
    async ({ params }) => {
      const device = await cases.device(params.id);
      if (device === undefined) throw unknownDevice(params.id);
      return toDevice(device);
    },
  );
}

const unknownDevice = (id: string) =>
  new RequestRefusedError(404, `Device ${id} is not registered. See GET /api/devices.`);

function seriesRoute(app: App, { cases, series, clock }: HttpContext): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    "/api/devices/:id/series",
    {
      config: { access: "viewer" },
      schema: {
        summary: "Samples of one signal, oldest first; thinned so that extremes stay",
        tags: ["devices"],
        params: idParams,
        querystring: z.strictObject({
          signal: z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, "a signal's name, e.g. boiler_temp"),
          from: timeSchema.optional().describe("Default: a day before `to`."),
          to: timeSchema
            .optional()
            .describe("Exclusive. Default: just after the device's newest time."),
          points: z.coerce.number().int().min(2).max(5_000).default(500),
        }),
        response: {
          200: z.object({
            device: z.string(),
            signal: z.string(),
            from: z.string(),
            to: z.string(),
            items: z.array(z.object({ at: z.string(), value: valueSchema })),
            nextCursor: z.null(),
            missing: z
              .string()
              .nullable()
              .describe("Why older samples may be missing, e.g. a remote store that is down."),
          }),
        },
      },
    },
    async ({ params, query }) => {
      const device = await cases.device(params.id);
      if (device === undefined) throw unknownDevice(params.id);
      const { signal, points } = query;
      const to =
        query.to === undefined ? (device.deviceTime ?? clock.now()) + 1 : Date.parse(query.to);
      const from = query.from === undefined ? to - DAY_MS : Date.parse(query.from);
      if (from >= to) {
        throw new RequestRefusedError(400, "Not valid: query.from.", [
          { field: "query.from", value: iso(from), expected: `a time before to (${iso(to)})` },
        ]);
      }
      const found = await series.read({ device: device.id, signal, from, to, points });
      return {
        device: device.id,
        signal,
        from: iso(from),
        to: iso(to),
        items: found.points.map(({ at, value }) => ({ at: iso(at), value })),
        nextCursor: null,
        missing: found.missing,
      };
    },
  );
}

const registration = z.strictObject({
  id: idSchema,
  product: idSchema,
  attrs: z.record(z.string().min(1).max(64), givenScalarSchema).default({}),
  cohort: z.string().max(200).default(""),
  owner: z.string().max(200).default("").describe("A reference; contact data live elsewhere."),
  activatedAt: timeSchema
    .optional()
    .describe("From when silence and use are expected. Default: now."),
});

function registerRoute(app: App, context: HttpContext): void {
  const { api } = context;
  app.withTypeProvider<ZodTypeProvider>().post(
    "/api/devices",
    {
      config: { access: "engineer" },
      schema: {
        summary: "Register or change a device; its secret is shown this once",
        tags: ["devices"],
        body: registration,
        response: {
          201: z.object({ device: registeredSchema, secret: z.string() }),
        },
      },
    },
    async (request, reply) => {
      const device = await toDeviceToRegister(context, request.body);
      const { answer, secret } = await api.putDevice(device, actor(request));
      if (!answer.ok) throw new RequestRefusedError(answer.status, answer.reason);
      return reply
        .status(201)
        .header("location", `/api/devices/${device.id}`)
        .send({ device: toRegistered(device), secret });
    },
  );
}

async function toDeviceToRegister(
  { api, cases, clock }: Pick<HttpContext, "api" | "cases" | "clock">,
  body: z.output<typeof registration>,
): Promise<RegisteredDevice> {
  const known = api.products().map(({ id }) => id);
  if (!known.includes(body.product)) {
    throw new RequestRefusedError(400, "Not valid: body.product.", [
      { field: "body.product", value: body.product, expected: `one of ${known.join(", ")}` },
    ]);
  }
  if (body.activatedAt !== undefined) {
    return { ...body, activatedAt: Date.parse(body.activatedAt) };
  }
  const before = await cases.device(body.id);
  if (before !== undefined) return { ...body, activatedAt: before.activatedAt };
  // With recorded data "now" is where the recording is; before it begins, the first message counts.
  const { clock: mode, serviceTime } = await api.health();
  return { ...body, activatedAt: mode === "event" ? serviceTime : clock.now() };
}

function settingsRoute(app: App, context: HttpContext): void {
  app.withTypeProvider<ZodTypeProvider>().put(
    "/api/devices/:id/settings",
    {
      config: { access: "engineer" },
      schema: {
        summary: "Want settings of a device; sent until it reports their version",
        tags: ["devices"],
        params: idParams,
        body: z.strictObject({
          settings: z
            .record(z.string().min(1).max(64), givenScalarSchema)
            .describe("Those not named stay as they were wanted before."),
        }),
        response: { 202: z.object({ id: z.string().describe("Device and version.") }) },
      },
    },
    async (request, reply) => {
      const { settings } = request.body;
      const id = await act(context, request, {
        name: "settings",
        device: request.params.id,
        settings,
      });
      return reply.status(202).send({ id });
    },
  );
}

function commandRoute(app: App, context: HttpContext): void {
  app.withTypeProvider<ZodTypeProvider>().post(
    "/api/devices/:id/commands",
    {
      config: { access: "engineer" },
      schema: {
        summary: "Send a command; it waits for the device until it expires",
        tags: ["devices"],
        params: idParams,
        body: z.strictObject({
          name: idSchema,
          args: z.record(z.string().min(1).max(64), givenScalarSchema).default({}),
          expiresInSeconds: z.number().int().min(1).max(WEEK_S).default(TEN_MINUTES_S),
        }),
        response: { 202: z.object({ id: z.string().describe("The command.") }) },
      },
    },
    async (request, reply) => {
      const { name, args, expiresInSeconds } = request.body;
      const id = await act(context, request, {
        name: "command",
        device: request.params.id,
        command: name,
        args,
        expiresInMs: expiresInSeconds * 1_000,
      });
      return reply.status(202).send({ id });
    },
  );
}
