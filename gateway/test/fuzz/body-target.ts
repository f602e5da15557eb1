import type { Decoded, ProductModel, UpClass, UpMessage } from "@voorzorg/firmware-contracts";
import {
  decodeUp,
  encodeUp,
  LIMITS,
  REFUSAL_CODES,
  UP_CLASSES,
} from "@voorzorg/firmware-contracts";
import { writeCbor } from "./cbor-writer.ts";
import { mutateBytes, splice } from "./mutate-bytes.ts";
import type { Tree } from "./mutate-tree.ts";
import { anyTree, mutateTree } from "./mutate-tree.ts";
import type { Rng } from "./rng.ts";
import { bodySeeds, productModels } from "./sources.ts";
import type { FuzzTarget } from "./target.ts";
import { must } from "./target.ts";

export interface Body {
  readonly cls: UpClass;
  readonly product: ProductModel;
  readonly bytes: Buffer;
}

type Writer = (tree: Tree, rng: Rng) => Buffer;

const asJson: Writer = (tree, rng) => {
  const text = JSON.stringify(tree, undefined, rng.chance(0.1) ? 2 : undefined);
  // Numbers that JSON.stringify never writes and a device's printf does.
  return Buffer.from(rng.chance(0.05) ? text.replace(/:-?\d+/, `:${rng.pick(ODD_NUMBERS)}`) : text);
};
const ODD_NUMBERS = ["1e999", "-0", "01", "1.", ".5", "NaN", "-", "0x1f", "1e-400"] as const;

const asCbor: Writer = (tree, rng) => {
  const bytes = writeCbor(tree, { rng, share: rng.chance(0.5) ? 0 : 0.05 });
  return rng.chance(0.1) ? Buffer.concat([Buffer.from([0xd9, 0xd9, 0xf7]), bytes]) : bytes;
};

/** Payloads of devices: right ones, changed in their values, in their bytes, or in both. */
export const bodyTarget = (): FuzzTarget<Body> => decoderTarget("body", asJson);
export const cborTarget = (): FuzzTarget<Body> => decoderTarget("cbor", asCbor);

function decoderTarget(name: string, write: Writer): FuzzTarget<Body> {
  const seeds = bodySeeds();
  const products = new Map(productModels().map((model) => [model.id, model]));
  const models = [...products.values()];
  return {
    name,
    make(rng) {
      const seed = rng.pick(seeds);
      let tree = rng.chance(0.02) ? anyTree(rng) : seed.tree;
      for (let left = rng.below(4); left > 0; left -= 1) {
        tree = mutateTree(tree, rng);
      }
      const right = write(tree, rng);
      const faulty = rng.chance(0.3) ? mutateBytes(right, rng) : right;
      return {
        cls: rng.chance(0.9) ? seed.cls : rng.pick(UP_CLASSES),
        product: products.get(rng.chance(0.95) ? seed.product : "") ?? rng.pick(models),
        bytes: rng.chance(0.03) ? splice(faulty, write(rng.pick(seeds).tree, rng), rng) : faulty,
      };
    },
    run: ({ bytes, cls, product }) => judged(decodeUp(cls, bytes, product), { cls, product }),
    show: ({ bytes, cls, product }) => `${product.id} ${cls} hex ${bytes.toString("hex")}`,
  };
}

function judged(decoded: Decoded<UpMessage>, asked: Omit<Body, "bytes">): string {
  if (!decoded.ok) {
    const { code, reason } = decoded.refusal;
    must(Object.hasOwn(REFUSAL_CODES, code), () => `refused with the unknown code ${code}`);
    must(reason.length > 10 && reason.length < 1_000, () => `a reason of ${reason.length} letters`);
    return code;
  }
  const message = decoded.value;
  must(message.class === asked.cls, () => `class ${message.class} for ${asked.cls}`);
  must(Object.keys(Object.prototype).length === 0, () => "the payload reached a prototype");
  checkNumbers(message, "message");
  if (message.class === "tele" || message.class === "hist") {
    // A full pack, and the newest moment beside it.
    must(message.points.length <= LIMITS.points + 1, () => `${message.points.length} points`);
    const absolute = message.points.some(({ absoluteMs }) => absoluteMs !== undefined);
    if (absolute || message.points.length > LIMITS.points) {
      return "accepted";
    }
  }
  checkRepeatable(message, asked.product);
  return "accepted";
}

function checkNumbers(value: unknown, path: string): void {
  if (typeof value === "number") {
    must(Number.isFinite(value), () => `${path} is ${value}`);
  } else if (typeof value === "object" && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      checkNumbers(item, `${path}.${key}`);
    }
  }
}

/** What was understood, said again in the contract's own words, means the same. */
function checkRepeatable(message: UpMessage, product: ProductModel): void {
  const again = decodeUp(message.class, encodeUp(message), product);
  const same = again.ok && JSON.stringify(again.value) === JSON.stringify(message);
  must(same, () => `${JSON.stringify(message)} came back as ${JSON.stringify(again)}`);
}
