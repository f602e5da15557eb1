/**
 * A text for people without any desk's markup; each desk renders it in its own (HTML, Textile, ADF,
 * plain). All strings are plain text and may hold anything that a device or a person wrote: renderers escape.
 */
export type Document = readonly DocumentBlock[];

export type DocumentBlock =
  | { readonly kind: "heading"; readonly text: string }
  | { readonly kind: "paragraph"; readonly text: string }
  | { readonly kind: "list"; readonly items: readonly string[] }
  /** Name and value, a row each. */
  | { readonly kind: "facts"; readonly rows: readonly (readonly [name: string, value: string])[] }
  | { readonly kind: "link"; readonly text: string; readonly url: string }
  /** A text to copy, e.g. the draft for the owner; `title` says what it is. */
  | { readonly kind: "draft"; readonly title: string; readonly text: string }
  /** The picture attached under this name. */
  | { readonly kind: "picture"; readonly name: string; readonly text: string };
