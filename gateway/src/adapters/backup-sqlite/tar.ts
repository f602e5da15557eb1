import { createReadStream, statSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { mkdir, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { BackupDamagedError } from "./manifest.ts";

/**
 * One file in the ustar format (POSIX.1-1988), which every `tar` lists and unpacks. Sizes of 8 GiB
 * and more are written in base 256, as GNU and BSD tar do.
 */

const BLOCK = 512;
const CHUNK = 1024 ** 2;
const NAME_BYTES = 100;
const OCTAL_SIZE_END = 8 ** 11;
const MODE = 0o600;

/** Writes the files in the order given; durable when it resolves. */
export async function writeTar(
  path: string,
  folder: string,
  names: readonly string[],
): Promise<void> {
  const tar = await open(path, "wx", MODE);
  try {
    for (const name of names) {
      const source = join(folder, name);
      const { size } = statSync(source);
      await tar.write(headerOf(name, size));
      for await (const chunk of createReadStream(source, { highWaterMark: CHUNK })) {
        await tar.write(chunk as Buffer);
      }
      await tar.write(Buffer.alloc(padding(size)));
    }
    await tar.write(Buffer.alloc(2 * BLOCK));
    await tar.sync();
  } finally {
    await tar.close();
  }
}

/** Unpacks into the folder. @throws BackupDamagedError when the file ends early or is no such archive. */
export async function extractTar(path: string, folder: string): Promise<void> {
  const tar = await open(path, "r");
  try {
    for (let at = 0; ; ) {
      const header = await readExactly(tar, path, { at, length: BLOCK });
      if (header.every((byte) => byte === 0)) return;
      const { name, size } = entryOf(header, path);
      await extractFile(tar, { path, target: join(folder, name), at: at + BLOCK, size });
      at += BLOCK + size + padding(size);
    }
  } finally {
    await tar.close();
  }
}

async function extractFile(
  tar: FileHandle,
  entry: {
    readonly path: string;
    readonly target: string;
    readonly at: number;
    readonly size: number;
  },
): Promise<void> {
  const { path, target, at, size } = entry;
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  const file = await open(target, "wx", MODE);
  try {
    for (let done = 0; done < size; done += CHUNK) {
      const length = Math.min(CHUNK, size - done);
      await file.write(await readExactly(tar, path, { at: at + done, length }));
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

async function readExactly(
  tar: FileHandle,
  path: string,
  part: { readonly at: number; readonly length: number },
): Promise<Buffer> {
  const { at, length } = part;
  const { bytesRead, buffer } = await tar.read(Buffer.alloc(length), 0, length, at);
  if (bytesRead < length) {
    throw new BackupDamagedError(
      `${path} ends at byte ${at + bytesRead}, in the middle of an entry: it was cut short; use another backup`,
    );
  }
  return buffer;
}

const padding = (size: number): number => (BLOCK - (size % BLOCK)) % BLOCK;

function headerOf(name: string, size: number): Buffer {
  const header = Buffer.alloc(BLOCK);
  header.write(name, 0, NAME_BYTES, "latin1");
  header.write(octal(MODE, 8), 100, "latin1");
  header.write(octal(0, 8), 108, "latin1");
  header.write(octal(0, 8), 116, "latin1");
  if (size < OCTAL_SIZE_END) header.write(octal(size, 12), 124, "latin1");
  else {
    header[124] = 0x80;
    header.writeBigUInt64BE(BigInt(size), 128);
  }
  header.write(octal(0, 12), 136, "latin1");
  header.write("0", 156, "latin1");
  header.write("ustar\u000000", 257, "latin1");
  header.write(`${checksumOf(header).toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return header;
}

function entryOf(header: Buffer, path: string): { readonly name: string; readonly size: number } {
  const checksum = Number.parseInt(textOf(header, 148, 8), 8);
  const name = textOf(header, 0, NAME_BYTES);
  const isFile = header[156] === 0x30;
  const isInside = /^(?:[a-z]+\/)?[\w-][\w.-]*$/.test(name);
  if (checksum !== checksumOf(header) || !isFile || !isInside) {
    throw new BackupDamagedError(`${path} is no backup, or is damaged: an entry cannot be read`);
  }
  const size =
    header[124] === 0x80
      ? Number(header.readBigUInt64BE(128))
      : Number.parseInt(textOf(header, 124, 12), 8);
  return { name, size };
}

/** The checksum's own field counts as spaces. */
function checksumOf(header: Buffer): number {
  let sum = 8 * 0x20;
  for (const [index, byte] of header.entries()) {
    if (index < 148 || index >= 156) sum += byte;
  }
  return sum;
}

const octal = (value: number, length: number): string =>
  `${value.toString(8).padStart(length - 1, "0")}\0`;

const textOf = (header: Buffer, at: number, length: number): string =>
  header.toString("latin1", at, at + length).replace(/[\0 ].*$/s, "");
