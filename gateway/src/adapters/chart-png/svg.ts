import { cleanLine, shortened } from "#pipeline/document/clean.ts";
import { COLOURS } from "./colours.ts";

/** Of letters of DejaVu Sans on average; widths only decide how much of a text fits. */
const LETTER = 0.62;

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Foreign text as SVG: without markup, and without characters that XML forbids. */
const escapedText = (text: string): string =>
  cleanLine(text).replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);

/** A coordinate: two digits behind the point keep the same input the same bytes. */
export const px = (value: number): string => String(Math.round(value * 100) / 100);

export interface TextStyle {
  readonly size: number;
  readonly colour?: string;
  readonly anchor?: "start" | "middle" | "end";
  readonly bold?: boolean;
  /** Pixels that it must fit in. */
  readonly room?: number;
}

export function text(x: number, y: number, content: string, style: TextStyle): string {
  const { size, colour = COLOURS.text, anchor = "start", bold = false, room = 760 } = style;
  const fitting = shortened(cleanLine(content), Math.max(2, Math.floor(room / (size * LETTER))));
  return `<text x="${px(x)}" y="${px(y)}" font-size="${size}" fill="${colour}" text-anchor="${anchor}"${bold ? ' font-weight="700"' : ""}>${escapedText(fitting)}</text>`;
}

export const widthOf = (content: string, size: number): number =>
  [...content].length * size * LETTER;

export interface LineStyle {
  readonly colour: string;
  readonly width: number;
  readonly dash?: string;
}

export const path = (d: string, { colour, width, dash }: LineStyle): string =>
  d === ""
    ? ""
    : `<path d="${d}" fill="none" stroke="${colour}" stroke-width="${width}" stroke-linejoin="round"${dash === undefined ? "" : ` stroke-dasharray="${dash}"`}/>`;
