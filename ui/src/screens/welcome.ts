import { type Child, element } from "../element.ts";
import { actButton } from "../parts/button.ts";
import { dialogue, heading } from "../parts/frame.ts";
import { languages } from "../parts/languages.ts";
import { locked } from "../parts/locked.ts";
import { alert, notice, problemWords } from "../parts/notice.ts";
import { tokens, triable } from "../parts/tokens.ts";
import type { Text } from "../text.ts";
import type { Found, SelfTest, Welcome } from "../types.ts";

/** The first run: what is here, what is missing, a signature to try, and whether to start at log-in. */
export function welcome(screen: Welcome, t: Text): HTMLElement {
  const count = certificates(screen.found);
  const any = screen.found.tokens.some((token) => token.rows.some((row) => triable(token, row)));
  return dialogue(
    "welcome",
    [
      element("header", { class: "head" }, heading(t("page.welcome")), !screen.languageLocked && languages(t)),
      element("p", { class: "lead", "data-news": true }, lead(count, t)),
      screen.problem !== null && alert("bad", element("p", {}, screen.problem)),
      screen.test && tested(screen.test, t),
      ...tokens(screen.found, t),
      any && element("p", { class: "quiet" }, t("page.try-out.why")),
      nothing(screen.found) && element("div", { class: "page-actions" }, lookAgain(t)),
      autostart(screen, t),
    ],
    [
      actButton("open-settings", t("page.settings"), { act: "open", page: "settings" }, "quiet"),
      actButton("open-check", t("page.check"), { act: "open", page: "check" }, "quiet"),
      actButton("close", t("window.close"), { act: "close" }, "primary"),
    ],
  );
}

const nothing = ({ searching, tokens }: Found): boolean => !searching && tokens.length === 0;

const lookAgain = (t: Text): HTMLElement => actButton("refresh", t("window.look-again"), { act: "refresh" });

function certificates(found: Found): number {
  return found.tokens.reduce((sum, token) => sum + token.rows.filter((row) => !row.afterPin).length, 0);
}

function lead(count: number, t: Text): string {
  if (count === 0) return t("page.welcome.plug-in");
  return count === 1 ? t("page.found-one") : t("page.found", { n: count });
}

function tested(test: SelfTest, t: Text): HTMLElement {
  if (test.outcome === "wrong") return alert("bad", ...problemWords(test));
  const right = notice("good", element("p", {}, t("window.done.test")));
  right.setAttribute("role", "status");
  return right;
}

function autostart(screen: Welcome, t: Text): Child {
  if (screen.autostartLocked) {
    if (screen.autostart === null) return null;
    return element("div", { class: "quiet" }, element("p", {}, decided(screen.autostart, t)), locked(t));
  }
  if (screen.autostart !== null) return element("p", { class: "quiet" }, decided(screen.autostart, t));
  return element(
    "div",
    { class: "card question", role: "group", "aria-labelledby": "autostart-question" },
    element("p", { id: "autostart-question" }, t("page.autostart")),
    element(
      "div",
      { class: "page-actions" },
      actButton("autostart-no", t("window.no"), { act: "set", setting: "autostart", value: false }),
      actButton("autostart-yes", t("window.yes"), { act: "set", setting: "autostart", value: true }),
    ),
  );
}

const decided = (starts: boolean, t: Text): string => t(starts ? "page.autostart.yes" : "page.autostart.no");
