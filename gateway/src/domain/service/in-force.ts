import type { World } from "#domain/engine/world.ts";
import type { SourceFile } from "#domain/record.ts";
import { parseService } from "#domain/service/parse-service.ts";

/** The service file as it was read at a start. Cases that run keep the targets that they have. */
export function configureService(world: World, file: SourceFile | undefined): void {
  const known = world.levels?.file;
  if (file === undefined) {
    if (known === undefined) return;
    world.levels = undefined;
    world.unsaved.add("levels");
    return;
  }
  if (known?.text === file.text) return;
  if (putServiceInForce(world, file)) world.unsaved.add("levels");
}

/** False: it no longer parses. Whoever appended it checked it first, and a replay must not stop here. */
export function putServiceInForce(world: World, file: SourceFile): boolean {
  const parsed = parseService(file.path, file.text, { addresses: false });
  if (parsed.ok) world.levels = { file, service: parsed.service };
  return parsed.ok;
}
