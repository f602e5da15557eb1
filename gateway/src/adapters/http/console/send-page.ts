import type { Reply } from "../context.ts";

export const sendPage = (reply: Reply, text: string): Reply =>
  reply.type("text/html; charset=utf-8").send(text);
