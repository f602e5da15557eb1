import { z } from "zod";
import { LIMITS } from "./limits.ts";
import type { MessageKind } from "./message-catalog.ts";
import { MESSAGE_KINDS } from "./message-catalog.ts";
import { DOWN_CLASSES, ID_PATTERN, UP_CLASSES, WIRE_VERSION } from "./topics.ts";

type Json = Readonly<Record<string, unknown>>;

/** What both AsyncAPI 3.0 and today's YAML editors read. */
export const jsonSchemaOf = (schema: z.ZodType): Json =>
  z.toJSONSchema(schema, { target: "draft-7", io: "input" });

const CLASSES = [...new Set<string>([...UP_CLASSES, ...DOWN_CLASSES])];

const DESCRIPTION = `What devices publish and receive. Written from the gateway's side: it receives what a device
publishes and sends what a device subscribes to.

- MQTT 3.1.1. Client id = user name = device id, and the third level of every topic. A device reaches only its own topics; a breach closes the connection.
- PUBACK means that the message is durable. Publish again, with the same boot and seq, until it comes.
- JSON or CBOR with the same keys, told by the first byte. Unknown fields are ignored.
- At most ${LIMITS.payloadBytes} bytes of payload and ${LIMITS.points} points per message; a frame above ${LIMITS.frameBytes} bytes closes the connection.
- What does not fit is acknowledged and quarantined with a reason, never answered with a disconnect.`;

const CLASS_DESCRIPTIONS: Readonly<Record<string, string>> = {
  status:
    "Presence. Set the same topic as will, with s = lost. Retained. An older boot than the newest known is ignored.",
  birth: "Who the device is and how it is set. Publish after each connect.",
  tele: "Live measurements.",
  hist: "Backfill after an outage, oldest first. Stored and counted, never alarmed on as if it were now.",
  event: "Discrete events and error codes. Never aggregated, never dropped.",
  res: "Answers to commands.",
  rep: "Settings in use.",
  cmd: "Commands. Never retained, sent only while the device is subscribed.",
  des: "Desired settings. Sent again at each subscribe.",
  time: "The device asks, the gateway answers.",
};

/** AsyncAPI 3.0 document of the wire contract. */
export function asyncApiDocument(version: string): Json {
  return {
    asyncapi: "3.0.0",
    info: {
      title: "Voorzorg device contract",
      version,
      description: DESCRIPTION,
      license: { name: "Apache-2.0", url: "https://www.apache.org/licenses/LICENSE-2.0" },
    },
    defaultContentType: "application/json",
    servers: serverObjects(),
    channels: Object.fromEntries(CLASSES.map((cls) => [cls, channelOf(cls)])),
    operations: Object.fromEntries(operationEntries()),
    components: {
      securitySchemes: {
        devicePassword: {
          type: "userPassword",
          description: "User name = device id; password = the device's own secret.",
        },
        deviceCertificate: {
          type: "X509",
          description: "Client certificate whose common name is the device id.",
        },
      },
      messages: Object.fromEntries(MESSAGE_KINDS.map((kind) => [kind.name, messageOf(kind)])),
      schemas: Object.fromEntries(
        MESSAGE_KINDS.map((kind) => [kind.name, withoutDialect(jsonSchemaOf(kind.schema))]),
      ),
    },
  };
}

const serverObjects = (): Json => ({
  tls: {
    host: "{host}:8883",
    protocol: "mqtts",
    protocolVersion: "3.1.1",
    description: "The only way in from a network.",
    variables: { host: { default: "localhost", description: "Address of the gateway." } },
    security: [
      { $ref: "#/components/securitySchemes/devicePassword" },
      { $ref: "#/components/securitySchemes/deviceCertificate" },
    ],
  },
  local: {
    host: "localhost:1883",
    protocol: "mqtt",
    protocolVersion: "3.1.1",
    description: "For development on one machine.",
    security: [{ $ref: "#/components/securitySchemes/devicePassword" }],
  },
});

const kindsOf = (cls: string): readonly MessageKind[] =>
  MESSAGE_KINDS.filter((kind) => kind.class === cls || (kind.name === "senml" && cls === "hist"));

const channelOf = (cls: string): Json => ({
  address: `${WIRE_VERSION}/{product}/{device}/${cls}`,
  title: cls,
  description: CLASS_DESCRIPTIONS[cls],
  parameters: {
    product: { description: `Product id, ${ID_PATTERN.source}.`, examples: ["espresso-pro"] },
    device: {
      description: `Device id, ${ID_PATTERN.source}; equal to the MQTT client id.`,
      examples: ["ep-000123"],
    },
  },
  messages: Object.fromEntries(
    kindsOf(cls).map((kind) => [kind.name, { $ref: `#/components/messages/${kind.name}` }]),
  ),
});

function* operationEntries(): Generator<readonly [string, Json]> {
  for (const cls of CLASSES) {
    for (const direction of ["up", "down"] as const) {
      const kinds = kindsOf(cls).filter((kind) => kind.direction === direction);
      const [first] = kinds;
      if (first === undefined) continue;
      const action = direction === "up" ? "receive" : "send";
      yield [
        `${action}-${cls}`,
        {
          action,
          channel: { $ref: `#/channels/${cls}` },
          title: first.title,
          summary: `The device ${direction === "up" ? "publishes" : "subscribes"}: QoS ${first.qos}, ${first.retain ? "retained" : "not retained"}.`,
          messages: kinds.map((kind) => ({ $ref: `#/channels/${cls}/messages/${kind.name}` })),
          bindings: { mqtt: { qos: first.qos, retain: first.retain, bindingVersion: "0.2.0" } },
        },
      ];
    }
  }
}

const messageOf = (kind: MessageKind): Json => ({
  name: kind.name,
  title: kind.title,
  contentType: "application/json",
  payload: { $ref: `#/components/schemas/${kind.name}` },
  ...exampleFields(kind),
});

/** AsyncAPI wants example payloads to be objects; the SenML array goes into the description. */
const exampleFields = (kind: MessageKind): Json => {
  const objects = kind.examples.filter((example) => !Array.isArray(example));
  return objects.length > 0
    ? { examples: objects.map((payload) => ({ payload })) }
    : { description: `For example: \`${JSON.stringify(kind.examples[0])}\`` };
};

const withoutDialect = ({ $schema: _, ...schema }: Json): Json => schema;
