import { type Child, element } from "../element.ts";

/** The one heading of a screen; it can take the focus. */
export function heading(text: string, describedBy: string | null = null): HTMLHeadingElement {
  return element("h1", { id: "heading", tabindex: "-1", "aria-describedby": describedBy }, text);
}

/** A screen of a login: its parts, and its buttons at the bottom. */
export function dialogue(name: string, parts: readonly Child[], actions: readonly Child[]): HTMLElement {
  return element(
    "section",
    { class: `dialogue ${name}`, "aria-labelledby": "heading" },
    element("div", { class: "body" }, ...parts),
    element("div", { class: "actions" }, ...actions),
  );
}
