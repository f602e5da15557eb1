import { afterAll, expect } from "vitest";
import { deskContract } from "../../contracts/desk.ts";
import { checkJiraBody } from "../../support/jira/jira-bodies.ts";
import { openJira } from "../../support/jira/jira-under-test.ts";

const checked = new Set<string>();

deskContract({
  kind: "jira-service-management",
  capabilities: {
    fence: "search",
    readBack: true,
    changes: true,
    optimisticLock: false,
    attachments: true,
    links: true,
    merges: false,
    evidencePlace: "field",
  },
  open: () =>
    openJira((method, path, body) => {
      checkJiraBody(method, path, body);
      checked.add(`${method} ${path.replace(/\d+/g, "0")}`);
    }),
});

// Every body that the connector builds has been held against the vendor's schemas.
afterAll(() => {
  expect([...checked].toSorted()).toEqual([
    "POST /rest/api/0/issue/0/comment",
    "POST /rest/api/0/issue/0/transitions",
    "POST /rest/api/0/issueLink",
    "POST /rest/api/0/search/jql",
    "POST /rest/servicedeskapi/request",
    "POST /rest/servicedeskapi/request/0/attachment",
    "PUT /rest/api/0/issue/0",
    "PUT /rest/api/0/issue/0/properties/voorzorg",
  ]);
});
