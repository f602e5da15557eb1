import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { initWasm, Resvg } from "@resvg/resvg-wasm";
import type { ChartDrawer } from "#ports/chart-drawer.ts";
import { pictureSvg } from "./picture-svg.ts";

const FONTS = ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf"];

/** The renderer can be started once per thread, and takes megabytes: only who draws loads it. */
let loading: Promise<readonly Uint8Array[]> | undefined;

async function load(): Promise<readonly Uint8Array[]> {
  const { resolve } = createRequire(import.meta.url);
  await initWasm(await readFile(resolve("@resvg/resvg-wasm/index_bg.wasm")));
  return Promise.all(FONTS.map((name) => readFile(resolve(`dejavu-fonts-ttf/ttf/${name}`))));
}

/** Draws with the fonts that come along and none of the machine's, so that a picture is the same everywhere. */
export function createChartDrawer(): ChartDrawer {
  return {
    async draw(picture) {
      const svg = pictureSvg(picture);
      if (svg === undefined) return undefined;
      loading ??= load();
      return render(svg.text, await loading);
    },
  };
}

function render(svg: string, fonts: readonly Uint8Array[]): Uint8Array {
  const resvg = new Resvg(svg, {
    font: {
      fontBuffers: [...fonts],
      defaultFontFamily: "DejaVu Sans",
      sansSerifFamily: "DejaVu Sans",
    },
  });
  try {
    const image = resvg.render();
    try {
      return image.asPng();
    } finally {
      image.free();
    }
  } finally {
    resvg.free();
  }
}
