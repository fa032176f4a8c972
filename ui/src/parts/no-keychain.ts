import { type Child, element } from "../element.ts";
import { guard } from "../guard.ts";
import type { Text } from "../text.ts";
import type { NoKeychain } from "../types.ts";
import { actButton } from "./button.ts";

/** Whether a computer without a keychain is remembered: the question, or what was just answered. */
export function noKeychain(state: NoKeychain | null, t: Text): Child {
  switch (state) {
    case null:
      return null;
    case "asked":
      return question(t);
    case "remembered":
      return answered(t("window.no-keychain.remembered"));
    case "not-remembered":
      return answered(t("window.no-keychain.not-remembered"));
  }
}

function question(t: Text): HTMLElement {
  const button = (id: string, words: string, value: boolean): HTMLButtonElement =>
    guard(actButton(id, words, { act: "set", setting: "remember", value }, "quiet"));
  return element(
    "div",
    { class: "card question", role: "group", "aria-labelledby": "no-keychain" },
    element("p", { id: "no-keychain" }, t("window.no-keychain")),
    element(
      "div",
      { class: "page-actions" },
      button("remember-not", t("window.no-keychain.no"), false),
      button("remember", t("window.no-keychain.yes"), true),
    ),
  );
}

const answered = (sentence: string): HTMLElement =>
  element("p", { id: "no-keychain", class: "quiet", "data-news": true }, sentence);
