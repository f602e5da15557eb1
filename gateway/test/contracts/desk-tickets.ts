import { expect, it } from "vitest";
import type { DeskContract, Opened } from "./desk.ts";
import { got, made, newReference, newTicket, readBack } from "./desk-samples.ts";

const SMALLEST_PNG =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/** Making, finding and reading tickets. */
export function ticketsContract(opened: Opened, { capabilities }: DeskContract): void {
  it("is what it says it is", () => {
    expect(opened().desk.capabilities).toMatchObject(capabilities);
    expect(opened().desk.name).toBe(opened().settings.name);
  });

  it("finds a new ticket by its reference, with all that was meant", async () => {
    const under = opened();
    const { id, ticket } = await made(under, { severity: "urgent", revision: 3 });
    const found = got(await under.desk.find(ticket.reference, []));
    expect(found).toEqual([await readBack(under, id)]);
    expect(found).toMatchObject([
      {
        id,
        reference: ticket.reference,
        revision: 3,
        subject: ticket.subject,
        status: "new",
        owner: "",
        queue: ticket.queue,
        severity: under.settings.severities.urgent,
        verdict: null,
      },
    ]);
    expect(found[0]?.url).toMatch(/^https?:\/\/.*\d/);
  });

  it("finds nothing for a reference that no ticket has, nor for a part of one", async () => {
    const { ticket } = await made(opened());
    for (const reference of [newReference(), ticket.reference.slice(0, -1)]) {
      expect(got(await opened().desk.find(reference, []))).toEqual([]);
    }
  });

  it("does not say that there is none when a known ticket is not found", async () => {
    const { id } = await made(opened());
    expect((await opened().desk.find(newReference(), [id])).kind).toBe("unknown");
  });

  it("finds a ticket that an agent closed or rejected, so that no second one is made", async () => {
    const under = opened();
    for (const status of ["resolved", "rejected"] as const) {
      const { id, ticket } = await made(under);
      await under.agent.status(id, status);
      await under.settle();
      expect(got(await under.desk.find(ticket.reference, [id]))).toMatchObject([{ id, status }]);
    }
  });

  it.each(["999999999", "no-number", "", "../queue/1", "1?x=1"])(
    "refuses ticket %j, which does not exist",
    async (id) => {
      const { desk } = opened();
      const refused = { kind: "refused", code: "not_found" };
      expect(await desk.read(id)).toMatchObject(refused);
      expect(await desk.update(id, { status: "resolved" }, "")).toMatchObject(refused);
      expect(await desk.comment(id, [])).toMatchObject(refused);
    },
  );

  it("keeps names of devices and people as text, whatever they hold", async () => {
    const under = opened();
    const nasty = `<script>alert("x")</script><img src=x onerror=alert(1)>{{7*7}} "quoted" 'CF' 😀 \u202egnp.exe`;
    const { id, ticket } = await made(under, {
      device: `dev'ice" OR 1=1 😀`.slice(0, 60),
      subject: `${nasty}\nBcc: everybody@example.com`,
      body: [
        { kind: "heading", text: nasty },
        { kind: "facts", rows: [[nasty, nasty]] },
        { kind: "draft", title: nasty, text: `Dear owner,\n${nasty}` },
        { kind: "link", text: nasty, url: "javascript:alert(1)" },
      ],
      evidence: [{ kind: "paragraph", text: nasty }],
    });
    const read = await readBack(under, id);
    expect(read.reference).toBe(ticket.reference);
    expect(read.subject).toContain("😀");
    expect(read.subject).not.toMatch(/[\n\r\u202e]/);
    const page = await under.page(id);
    expect(page).toContain("😀");
    expect(page).not.toMatch(/<script>alert\("x|<img src=.?x|href=.?javascript:alert/);
  });

  it("takes a subject and a body that are longer than the desk likes", async () => {
    const under = opened();
    const text = "Wärmepumpe – 温度が高い 🔥 ".repeat(2_000);
    const { id, ticket } = await made(under, {
      subject: text,
      body: [{ kind: "paragraph", text }],
    });
    const read = await readBack(under, id);
    expect(read.reference).toBe(ticket.reference);
    expect(read.subject.length).toBeGreaterThan(50);
    expect(read.subject.isWellFormed()).toBe(true);
  });

  if (capabilities.attachments) {
    it("brings the chart with the new ticket, and takes a file of 5 MB later", async () => {
      const under = opened();
      const png = Buffer.from(SMALLEST_PNG, "base64");
      const chart = { name: "chart.png", type: "image/png", bytes: png } as const;
      const { id } = await made(under, { attachments: [chart] });
      const bytes = Buffer.alloc(5 * 1024 * 1024, "0123456789abcde\n");
      const log = { name: "log.txt", type: "text/plain", bytes } as const;
      expect(await under.desk.attach(id, log)).toMatchObject({ kind: "done" });
      await under.settle();
      const files = await under.files(id);
      expect(files.get("chart.png")).toBe(png.length);
      expect(files.get("log.txt")).toBe(bytes.length);
    });
  }

  if (capabilities.links) {
    it("makes a ticket below its problem's ticket, and after the one that it follows", async () => {
      const under = opened();
      const parent = await made(under);
      const earlier = await made(under);
      const child = newTicket(under, { parent: parent.id, follows: earlier.id });
      const { id } = got(await under.desk.create(child, child.reference));
      expect(await under.parents(id)).toEqual([parent.id]);
      expect((await readBack(under, id)).reference).toBe(child.reference);
    });

    it("links a ticket to its problem's ticket once, also when asked twice", async () => {
      const under = opened();
      const [parent, child] = [await made(under), await made(under)];
      expect(await under.desk.link(child.id, parent.id)).toMatchObject({ kind: "done" });
      expect(await under.desk.link(child.id, parent.id)).toMatchObject({ kind: "done" });
      expect(await under.parents(child.id)).toEqual([parent.id]);
    });

    it("does not claim to have linked to a ticket that does not exist", async () => {
      const { id } = await made(opened());
      expect((await opened().desk.link(id, "999999999")).kind).toBe("refused");
    });
  }
}
