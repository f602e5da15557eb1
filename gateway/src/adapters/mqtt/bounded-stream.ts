import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import type { Frame, FrameRead } from "./frames.ts";
import { FrameReader, PUBLISH } from "./frames.ts";
import type { ByteBudget } from "./limits.ts";

/**
 * `hold` = not now, the frame stays where it is and the socket is not read until `pump()`.
 * `taken` = the judge has dealt with it and settles its bytes with the budget itself.
 */
export type Admission = "pass" | "drop" | "hold" | "taken";

export type StreamFault = Extract<FrameRead, { kind: "too_large" | "malformed" }>;

/** Decides about each frame before the MQTT parser sees it. */
export interface FrameJudge {
  limitOf(type: number): number;
  admit(frame: Frame): Admission;
  /** The stream cannot go on; the judge must destroy it. */
  fault(fault: StreamFault): void;
}

/**
 * What the broker reads from instead of the socket: whole frames only, of bounded size, and only when the judge lets them pass.
 * The broker itself cannot be slowed down from its hooks: it keeps reading while they wait.
 */
export class BoundedStream extends Duplex {
  readonly remoteAddress: string;
  readonly #socket: Socket;
  readonly #budget: ByteBudget;
  readonly #reader = new FrameReader();
  #judge: FrameJudge | undefined;
  #next: Frame | undefined;
  #wanted = false;
  #ended = false;
  #pumping = false;
  /** Sizes of PUBLISH frames that the broker has and the owner has not claimed yet. */
  readonly #unclaimed: number[] = [];

  constructor(socket: Socket, budget: ByteBudget) {
    super({ allowHalfOpen: false });
    this.#socket = socket;
    this.#budget = budget;
    this.remoteAddress = socket.remoteAddress ?? "unknown";
  }

  /** True while a frame has begun to arrive and is not complete. */
  get midFrame(): boolean {
    return this.#next === undefined && this.#reader.midFrame;
  }

  /** True while whole frames wait for the judge or the broker. */
  get waiting(): boolean {
    return this.#next !== undefined;
  }

  /** Bytes received and not handed to the broker. */
  get heldBytes(): number {
    return this.#reader.heldBytes + (this.#next?.bytes.length ?? 0);
  }

  start(judge: FrameJudge): void {
    this.#judge = judge;
    this.#socket.on("data", (chunk: Buffer) => {
      if (this.destroyed) {
        // What the socket had read before it was paused comes even after its end; it belongs to nobody any more.
        return;
      }
      this.#budget.add(chunk.length);
      this.#reader.append(chunk);
      this.pump();
    });
    this.#socket.on("end", () => {
      this.#ended = true;
      this.pump();
    });
    this.#socket.on("drain", () => this.pump());
    this.#socket.on("error", () => this.destroy());
    this.#socket.on("close", () => {
      if (!this.#ended) {
        this.destroy();
      }
    });
  }

  /** Hands on what may be handed on; called again when the judge may think differently. */
  pump(): void {
    const judge = this.#judge;
    if (judge === undefined || this.#pumping || this.destroyed) {
      return;
    }
    this.#pumping = true;
    this.#handOn(judge);
    this.#pumping = false;
    if (this.destroyed) {
      return;
    }
    if (this.#next !== undefined) {
      this.#socket.pause();
    } else if (this.#ended) {
      this.push(null);
      this.#judge = undefined;
    } else {
      this.#socket.resume();
    }
  }

  #handOn(judge: FrameJudge): void {
    while (!this.destroyed) {
      if (this.#next === undefined) {
        const read = this.#reader.next((type) => judge.limitOf(type));
        if (read.kind === "more") {
          return;
        }
        if (read.kind !== "frame") {
          judge.fault(read);
          return;
        }
        this.#next = read.frame;
      }
      const frame = this.#next;
      // Not held while it is judged: if that ends the connection, what is held is given back, and this frame exactly once.
      this.#next = undefined;
      const admission = this.#wanted ? judge.admit(frame) : "hold";
      if (this.destroyed) {
        if (admission !== "taken") {
          this.#budget.release(frame.bytes.length);
        }
        return;
      }
      if (admission === "hold") {
        this.#next = frame;
        return;
      }
      this.#dispose(frame, admission);
    }
  }

  #dispose(frame: Frame, admission: "pass" | "drop" | "taken"): void {
    if (admission === "taken") {
      return;
    }
    if (admission === "pass" && frame.type === PUBLISH) {
      this.#unclaimed.push(frame.bytes.length);
      this.#budget.messageBegun();
    } else {
      this.#budget.release(frame.bytes.length);
    }
    if (admission === "pass" && !this.push(frame.bytes)) {
      this.#wanted = false;
    }
  }

  /** Size of the oldest PUBLISH that the broker was given; its owner tells the budget when it is done. */
  claim(): number {
    return this.#unclaimed.shift() ?? 0;
  }

  /** Bytes that the other side has not taken yet. */
  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  /** Bytes that it has taken so far. */
  get takenBytes(): number {
    return this.#socket.bytesWritten - this.#socket.writableLength;
  }

  /** Whole packets, past the broker: they stand between two of its own, which it writes in one go each. */
  sendPackets(packets: Buffer): void {
    if (!this.destroyed) {
      this.#socket.write(packets);
    }
  }

  override _read(): void {
    this.#wanted = true;
    this.pump();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#socket.write(chunk, done);
  }

  override _writev(
    chunks: readonly { readonly chunk: Buffer }[],
    done: (error?: Error | null) => void,
  ): void {
    this.#socket.write(Buffer.concat(chunks.map((each) => each.chunk)), done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end(() => done());
  }

  override _destroy(_error: Error | null, done: (error?: Error | null) => void): void {
    this.#budget.release(this.heldBytes);
    for (const bytes of this.#unclaimed) {
      this.#budget.messageDone(bytes);
    }
    this.#unclaimed.length = 0;
    this.#next = undefined;
    this.#socket.destroy();
    // The reason of the end is kept by the session; an error event here would only be thrown.
    done();
  }
}
