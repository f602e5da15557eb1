/** Called with the error if the append failed: the broker then closes the connection without an acknowledgement. */
export type Answer = (error?: Error) => void;

interface Outcome {
  /** Runs once, before any answer, even when the connection is gone. */
  readonly settled: () => void;
  readonly answer: Answer;
}

interface Pending {
  readonly answer: Answer;
  settled: boolean;
  failure: Error | undefined;
}

/**
 * Answers of one connection in the order of their messages, however the appends behind them settle.
 * The broker would acknowledge and order by the settling otherwise.
 */
export class OrderedAppends {
  readonly #pending: Pending[] = [];

  add(append: Promise<unknown>, outcome: Outcome): void {
    const pending: Pending = { answer: outcome.answer, settled: false, failure: undefined };
    this.#pending.push(pending);
    const settle = (failure: Error | undefined): void => {
      pending.settled = true;
      pending.failure = failure;
      outcome.settled();
      this.#answerInOrder();
    };
    append.then(
      () => settle(undefined),
      (cause: unknown) => settle(cause instanceof Error ? cause : new Error(String(cause))),
    );
  }

  #answerInOrder(): void {
    for (let first = this.#pending[0]; first?.settled === true; first = this.#pending[0]) {
      this.#pending.shift();
      first.answer(first.failure);
    }
  }
}
