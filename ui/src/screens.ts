import { about } from "./screens/about.ts";
import { check } from "./screens/check.ts";
import { choose } from "./screens/choose.ts";
import { consent } from "./screens/consent.ts";
import { done } from "./screens/done.ts";
import { failed } from "./screens/failed.ts";
import { history } from "./screens/history.ts";
import { identities } from "./screens/identities.ts";
import { pin } from "./screens/pin.ts";
import { settings } from "./screens/settings.ts";
import { sites } from "./screens/sites.ts";
import { waiting } from "./screens/waiting.ts";
import { welcome } from "./screens/welcome.ts";
import type { Text } from "./text.ts";
import type { Screen } from "./types.ts";

/** A screen as an element; nothing is remembered. */
export function draw(screen: Screen, t: Text): HTMLElement {
  switch (screen.screen) {
    case "welcome":
      return welcome(screen, t);
    case "consent":
      return consent(screen, t);
    case "choose":
      return choose(screen, t);
    case "pin":
      return pin(screen, t);
    case "waiting":
      return waiting(screen, t);
    case "done":
      return done(screen, t);
    case "failed":
      return failed(screen, t);
    case "identities":
      return identities(screen, t);
    case "history":
      return history(screen, t);
    case "sites":
      return sites(screen, t);
    case "settings":
      return settings(screen, t);
    case "check":
      return check(screen, t);
    case "about":
      return about(screen, t);
  }
}
