import type { CaseEvent } from "#domain/case/case.ts";
import { noteEvent, wakesLane } from "#pipeline/desk/lane-start.ts";
import type { Clock } from "#ports/clock.ts";
import type { CaseEventFeed, DeskStore, FeedPosition, LaneWish } from "#ports/desk-store.ts";
import { FEED_START } from "#ports/desk-store.ts";
import type { Log } from "#ports/log.ts";

export interface FollowerDeps {
  readonly feed: CaseEventFeed;
  readonly store: DeskStore;
  /** Names of the desks; each has a lane for every subject. */
  readonly desks: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
}

/** Short, so that the deciding thread's commits are never held up for long. */
const PAGE = 200;

/**
 * Turns case events into lanes that are owed. The events are the intents: nothing is queued beside
 * them, so nothing can be lost between a decision and its ticket.
 */
export class FeedFollower {
  readonly #deps: FollowerDeps;
  #checked = false;

  constructor(deps: FollowerDeps) {
    this.#deps = deps;
  }

  /** One page; answers whether there may be more. */
  step(): boolean {
    const { feed, store, desks, clock } = this.#deps;
    this.#rewindIfRestored();
    const events = feed.after(store.position(), PAGE);
    const last = events.at(-1);
    if (last === undefined) return false;
    const wishes = desks.flatMap((desk) => wishesOf(events, desk));
    store.follow({ offset: last.offset, n: last.n }, wishes, clock.now());
    return events.length === PAGE;
  }

  /** Cases of a restored copy may be older than what was followed: then all of it is followed again. */
  #rewindIfRestored(): void {
    if (this.#checked) return;
    this.#checked = true;
    const { feed, store, clock, log } = this.#deps;
    const position = store.position();
    const newest = feed.newest();
    if (!isAfter(position, newest)) return;
    log.warn({ position, newest }, "the desk bridge was ahead of the cases: it follows them anew");
    store.follow(FEED_START, [], clock.now());
  }
}

const isAfter = (a: FeedPosition, b: FeedPosition): boolean =>
  a.offset > b.offset || (a.offset === b.offset && a.n > b.n);

/** One wish per subject, its events folded in order. */
function wishesOf(events: readonly CaseEvent[], desk: string): readonly LaneWish[] {
  const bySubject = Map.groupBy(events, (event) => event.caseId);
  return [...bySubject].map(([subject, own]) => ({
    desk,
    subject,
    note: (news) => own.reduce(noteEvent, news),
    wakes: own.some(({ kind }) => wakesLane(kind)),
  }));
}
