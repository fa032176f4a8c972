import { element } from "../element.ts";
import type { Key, Text } from "../text.ts";
import type { Language } from "../types.ts";
import { actButton } from "./button.ts";

/** The window's languages, each in its own words. */
export const LANGUAGES: readonly (readonly [Language, Key])[] = [
  ["vi", "page.settings.language.vi"],
  ["en", "page.settings.language.en"],
];

/** Switches to the other language at once. */
export function languages(t: Text): HTMLElement {
  const buttons = LANGUAGES.map(([value, key]) => {
    const button = actButton(`language-${value}`, t(key), { act: "set", setting: "language", value }, "quiet");
    button.lang = value;
    button.setAttribute("aria-pressed", String(value === t.language));
    return button;
  });
  return element("div", { class: "languages", role: "group", "aria-label": t("page.settings.language") }, ...buttons);
}
