/** The broker library that the gateway uses, as it comes: nothing is checked, stored or decided. */
import { createServer } from "node:net";
import { Aedes } from "aedes";

const broker = await Aedes.createBroker();
const server = createServer((socket) => broker.handle(socket));
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (typeof address === "object") process.send?.({ port: address?.port });
});
// The bench is gone.
process.on("disconnect", () => process.exit(0));
