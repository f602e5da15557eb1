import type { App, HttpContext } from "../context.ts";
import { takeForms } from "./forms.ts";
import { accountRoutes, signInRoutes } from "./sign-in-routes.ts";

/** Pages for people; every page works without scripts, scripts keep it fresh and draw charts. */
export function consoleRoutes(app: App, context: HttpContext): void {
  takeForms(app);
  signInRoutes(app, context);
  accountRoutes(app, context);
}
