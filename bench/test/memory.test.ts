import { describe, expect, it } from "vitest";
import { BenchError } from "../src/bench.ts";
import { readSizes } from "../src/memory.ts";
import { parseResidentBytes } from "../src/memory-probe.ts";
import { parseHardOpenFiles, tooFewFiles } from "../src/open-files.ts";

describe("what a process may hold", () => {
  it("is the hard limit of open files", () => {
    const limits = `Limit                     Soft Limit           Hard Limit           Units
Max processes             95846                95846                processes
Max open files            1024                 524288               files
`;
    expect(parseHardOpenFiles(limits)).toBe(524_288);
    expect(parseHardOpenFiles(limits.replace("524288", "unlimited"))).toBe(
      Number.POSITIVE_INFINITY,
    );
  });

  it("is told with what to do about it", () => {
    expect(tooFewFiles(50_000, 20_000)).toContain("ulimit -Hn 50300");
  });
});

describe("the memory of a process", () => {
  it("is read in units of 1,024 bytes", () => {
    expect(parseResidentBytes("Name:\tx\nVmHWM:\t  900 kB\nVmRSS:\t  800 kB\n")).toBe(819_200);
  });
});

describe("the numbers of connections", () => {
  it("are a list", () => {
    expect(readSizes("10000,20000")).toEqual([10_000, 20_000]);
  });

  it.each(["", "10000,many", "99", "1.5e3,0.1"])(
    "refuse %j and say what would be right",
    (text) => {
      expect(() => readSizes(text)).toThrow(BenchError);
      expect(() => readSizes(text)).toThrow("from 100 to 1000000");
    },
  );
});
