import { perform } from "../acts.ts";
import { type Child, element } from "../element.ts";
import type { Key, Text } from "../text.ts";
import type { Page } from "../types.ts";
import { heading } from "./frame.ts";
import { icon, type IconName } from "./icon.ts";

type Listed = Exclude<Page, "welcome">;

const PAGES: readonly (readonly [page: Listed, name: Key & IconKey])[] = [
  ["identities", "page.identities"],
  ["history", "page.history"],
  ["sites", "page.sites"],
  ["check", "page.check"],
  ["settings", "page.settings"],
  ["about", "page.about"],
];
type IconKey = `page.${IconName}`;

function entry(page: Listed, name: Key, present: Page, t: Text): HTMLElement {
  const button = element(
    "button",
    { id: `open-${page}`, type: "button", "aria-current": page === present ? "page" : null },
    icon(page),
    element("span", {}, t(name)),
  );
  button.addEventListener("click", () => perform(button, { act: "open", page }));
  return element("li", {}, button);
}

/** A page with the way to the others. */
export function pageOf(page: Listed, name: Key, t: Text, ...parts: Child[]): HTMLElement {
  return element(
    "div",
    { class: `page ${page}` },
    element(
      "nav",
      { "aria-label": t("window.pages") },
      element("ul", {}, ...PAGES.map(([listed, key]) => entry(listed, key, page, t))),
    ),
    element("section", { class: "body", "aria-labelledby": "heading" }, heading(t(name)), ...parts),
  );
}
