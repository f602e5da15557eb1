import type { DeskUnderTest } from "../../contracts/desk.ts";
import { deskContract } from "../../contracts/desk.ts";
import { FakeDesk } from "../../support/fake-desk.ts";
import { FAKE_CAPABILITIES, FakeDeskWorld } from "../../support/fake-desk-world.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { rtSettings } from "../../support/rt/rt-settings.ts";

const ANNA = "agent.anna";

/** The desk that simulations of the bridge run against behaves as the real ones do. */
function openFake(): DeskUnderTest {
  const clock = new ManualClock(Date.now());
  const world = new FakeDeskWorld(() => clock.now());
  const desk = new FakeDesk(world, { clock, name: "helpdesk" });
  const { agent } = world;
  const none = (): never => {
    throw new Error("the fake desk has no files and pages");
  };
  const doing = async <T>(done: T): Promise<T> => done;
  return {
    desk,
    settings: rtSettings("https://desk.example"),
    secondQueue: "Field Service",
    agent: {
      name: ANNA,
      take: (id) => doing(agent.own(id, ANNA, ANNA)),
      giveBack: (id) => doing(agent.own(id, ANNA, "")),
      comment: (id, text) => doing(agent.comment(id, ANNA, text)),
      status: (id, to) => doing(agent.status(id, ANNA, to)),
      verdict: (id, verdict) => doing(agent.verdict(id, ANNA, verdict)),
      rename: (id, subject) => doing(agent.rename(id, ANNA, subject)),
      move: (id) => doing(agent.move(id, ANNA, "Field Service")),
      merge: (id, into) => doing(agent.merge(id, ANNA, into)),
      create: async ({ subject, device }) => {
        const id = agent.create(ANNA, device);
        agent.rename(id, ANNA, subject);
        return id;
      },
    },
    other: none,
    page: (id) =>
      doing(
        world
          .ticket(id)
          .comments.map(({ text }) => text)
          .join("\n"),
      ),
    files: none,
    parents: none,
    makeOrphan: async () => {
      world.dropsReference = true;
      const id = world.create({ ...blank, subject: "A second ticket" });
      world.dropsReference = false;
      return id;
    },
    settle: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
}

const blank = {
  reference: "case-lost",
  dedupKey: "",
  device: "espresso-7",
  product: "espresso",
  body: [],
  queue: "Proactive Service",
  attachments: [],
  follows: "",
  parent: "",
  revision: 1,
  severity: "normal",
  link: "",
  evidence: [],
} as const;

deskContract({
  kind: "fake",
  capabilities: FAKE_CAPABILITIES,
  behaviourOnly: true,
  open: async () => openFake(),
});
