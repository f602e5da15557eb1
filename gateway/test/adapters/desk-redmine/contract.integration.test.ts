import { deskContract } from "../../contracts/desk.ts";
import { openRedmineDesk } from "../../support/redmine/redmine-desk.ts";

deskContract({
  kind: "redmine",
  capabilities: {
    fence: "search",
    readBack: true,
    changes: true,
    optimisticLock: false,
    attachments: true,
    links: true,
    merges: false,
    evidencePlace: "description",
  },
  open: openRedmineDesk,
});
