import type { UpMessage, WireFormat } from "@voorzorg/firmware-contracts";
import { encodeUp, formatTopic } from "@voorzorg/firmware-contracts";

type WithoutPlace<M> = M extends unknown ? Omit<M, "boot" | "seq"> : never;

/** A message before the device has given it its place in the sequence. */
export type Draft = WithoutPlace<UpMessage>;

/** A message as it goes over the wire, as often as it may have to. */
export interface Sealed {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly class: UpMessage["class"];
  readonly boot: number;
  readonly seq: number | null;
  readonly tsMs: number | null;
}

export interface SealerOptions {
  readonly product: string;
  readonly device: string;
  readonly boot: number;
  readonly format: WireFormat;
}

/**
 * Numbers a device's messages: `boot` counts starts, `seq` strictly increases per boot over all
 * classes except `status`.
 */
export class Sealer {
  readonly #options: SealerOptions;
  #boot: number;
  #seq = 0;

  constructor(options: SealerOptions) {
    this.#options = options;
    this.#boot = options.boot;
  }

  get boot(): number {
    return this.#boot;
  }

  reboot(): void {
    this.#boot += 1;
    this.#seq = 0;
  }

  seal(draft: Draft): Sealed {
    const { product, device, format } = this.#options;
    const counted = draft.class !== "status";
    if (counted) this.#seq += 1;
    const place = counted ? { boot: this.#boot, seq: this.#seq } : { boot: this.#boot };
    return {
      topic: formatTopic({ product, device, class: draft.class }),
      payload: encodeUp({ ...draft, ...place } as UpMessage, format),
      class: draft.class,
      boot: this.#boot,
      seq: counted ? this.#seq : null,
      tsMs: draft.ts ?? null,
    };
  }
}
