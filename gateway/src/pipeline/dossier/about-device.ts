import type { ProductModel } from "@voorzorg/firmware-contracts";
import type { DeviceView } from "#domain/device-view.ts";
import { cleanLine } from "#pipeline/document/clean.ts";
import type { CaseFacts } from "#pipeline/dossier/facts.ts";
import type { Language } from "#pipeline/wording/moment.ts";
import { valueText } from "#pipeline/wording/value-text.ts";

type Attrs = DeviceView["attrs"];

/** Names that registries give to where a device stands, the widest first. */
const PLACES = ["city", "town", "site", "address", "location", "building", "room"] as const;
const SERIALS = ["serial", "serialNumber", "serial_number"] as const;
const SHOWN_APART = new Set<string>([...PLACES, ...SERIALS, "contract", "language", "region"]);

/** Text of an attribute; "" = there is none. */
function attr(attrs: Attrs | undefined, names: string | readonly string[]): string {
  for (const name of typeof names === "string" ? [names] : names) {
    const value = attrs?.[name];
    if (value !== undefined && value !== "") return cleanLine(valueText(value));
  }
  return "";
}

/** Where it stands, at most two words for it: `Utrecht, kitchen`. "" = nobody said. */
export function placeOf(device: Pick<DeviceView, "attrs"> | undefined): string {
  const known = PLACES.flatMap((name) => attr(device?.attrs, name) || []);
  return [...new Set(known)].slice(0, 2).join(", ");
}

/** What stands on its plate: the serial number, or the id that it is registered by. */
export const serialOf = (device: DeviceView | undefined, id: string): string =>
  attr(device?.attrs, SERIALS) || id;

const LANGUAGES: readonly Language[] = ["nl", "de", "fr", "en"];

/** The owner's language as registered (`nl`, `nl-BE`, `Dutch` is not understood) and the one that there is a text in. */
export function languageOf(device: DeviceView | undefined): {
  readonly asked: string;
  readonly written: Language;
} {
  const asked = attr(device?.attrs, "language");
  const written = LANGUAGES.find((one) => one === asked.toLowerCase().split(/[-_]/)[0]);
  return { asked, written: written ?? "en" };
}

/** `Espresso Pro esp-0017`. */
export const deviceName = (
  product: ProductModel | undefined,
  view: { readonly product: string; readonly device: string },
): string => cleanLine(`${product?.title ?? view.product} ${view.device}`);

/** What an agent wants to know of the device and its owner, a row each. */
export function deviceRows({ device, view, product }: CaseFacts): (readonly [string, string])[] {
  if (device === undefined) {
    return [["Device", `${view.device} is not registered any more; nothing else is known of it.`]];
  }
  const others = Object.entries(device.attrs).filter(([name]) => !SHOWN_APART.has(name));
  const rows: [string, string][] = [
    ["Device", `${device.id}, ${product?.title ?? device.product}`],
    ["Serial number", attr(device.attrs, SERIALS)],
    ["Place", placeOf(device)],
    ["Region", attr(device.attrs, "region")],
    ["Firmware", device.firmware === "" ? "not reported" : device.firmware],
    ["Owner", device.owner === "" ? "no owner is registered" : device.owner],
    ["Contract", attr(device.attrs, "contract")],
    ["Owner's language", attr(device.attrs, "language")],
    ["Compared with", device.cohort],
    ...others.map(([name, value]): [string, string] => [cleanLine(name), valueText(value)]),
  ];
  return rows.filter(([, value]) => value !== "");
}

/** Names of signals as people read them; only those that cannot be an ordinary word, as `boiler_temp`. */
export function withTitles(text: string, product: ProductModel | undefined): string {
  return text.replace(
    /\b[a-z0-9]+(?:_[a-z0-9]+)+\b/gi,
    (name) => product?.signals[name]?.title ?? name,
  );
}
