import { deskContract } from "../../contracts/desk.ts";
import { openRtDesk } from "../../support/rt/rt-desk.ts";

deskContract({
  kind: "rt",
  capabilities: {
    fence: "unique_reference",
    readBack: true,
    changes: true,
    optimisticLock: true,
    attachments: true,
    links: true,
    merges: true,
    evidencePlace: "field",
  },
  open: openRtDesk,
});
