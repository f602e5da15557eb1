// Entry of every page: keeps it fresh and shows times where the viewer is.
import { followChanges, rememberRegions } from "./live.js";
import { showLocalTimes } from "./times.js";

// Before anything changes the page: regions are compared as the server sent them.
rememberRegions(document);
showLocalTimes(document);
document.addEventListener("region-updated", (event) => {
  if (event.target instanceof Element) showLocalTimes(event.target);
});
followChanges();
