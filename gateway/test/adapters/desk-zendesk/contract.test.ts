import { deskContract } from "../../contracts/desk.ts";
import { openZendesk } from "../../support/zendesk/zendesk-under-test.ts";

deskContract({
  kind: "zendesk",
  capabilities: {
    fence: "idempotency_key",
    readBack: true,
    changes: true,
    optimisticLock: true,
    attachments: true,
    links: true,
    merges: false,
    evidencePlace: "field",
  },
  open: openZendesk,
});
