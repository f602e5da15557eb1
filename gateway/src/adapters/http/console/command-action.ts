import type { CommandArg } from "@voorzorg/firmware-contracts";
import { MINUTE_MS } from "#domain/units.ts";
import { act } from "../api/act.ts";
import type { App, HttpContext } from "../context.ts";
import { RequestRefusedError } from "../problem.ts";
import { formOf, textOf } from "./forms.ts";

type Args = Record<string, string | number | boolean>;

/** The forms that send a command; fields are read as the product model declares them. */
export function commandAction(app: App, context: HttpContext): void {
  app.post<{ Params: { id: string } }>(
    "/devices/:id/commands",
    { config: { access: "engineer", page: true }, schema: { hide: true } },
    async (request, reply) => {
      const form = formOf(request);
      const { id } = request.params;
      const device = await context.cases.device(id);
      if (device === undefined)
        throw new RequestRefusedError(404, `Device ${id} is not registered.`);
      const product = context.api.products().find((model) => model.id === device.product);
      const name = textOf(form, "name", 64);
      const command = product?.commands[name];
      if (command === undefined) {
        throw new RequestRefusedError(
          422,
          `${device.product} has no command ${JSON.stringify(name)}.`,
        );
      }
      await act(context, request, {
        name: "command",
        device: id,
        command: name,
        args: readArgs(command.args, form),
        expiresInMs: 10 * MINUTE_MS,
      });
      return reply.redirect(`/devices/${id}#commands-heading`, 303);
    },
  );
}

function readArgs(specs: Readonly<Record<string, CommandArg>>, form: URLSearchParams): Args {
  const args: Args = {};
  for (const [name, spec] of Object.entries(specs)) {
    const text = textOf(form, `arg.${name}`, 1_024);
    if (text !== "") args[name] = readArg(name, spec, text);
  }
  return args;
}

function readArg(name: string, spec: CommandArg, text: string): string | number | boolean {
  switch (spec.kind) {
    case "string":
      return text;
    case "boolean":
      return text === "true";
    case "number": {
      const number = Number(text);
      if (Number.isFinite(number)) return number;
      throw new RequestRefusedError(400, `Not valid: ${name}.`, [
        { field: name, value: text, expected: "a number" },
      ]);
    }
  }
}
