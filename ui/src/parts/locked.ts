import { element } from "../element.ts";
import type { Text } from "../text.ts";
import { icon } from "./icon.ts";

/** Says that the administrator has decided. */
export function locked(t: Text): HTMLElement {
  return element("span", { class: "mark locked" }, icon("lock"), t("window.locked"));
}
