import { element } from "../element.ts";

/** The digits to be compared by eye, large. */
export function matchingCode(label: string, code: string, remark: string): HTMLElement {
  return element(
    "div",
    { class: "code" },
    element("p", { class: "code-label" }, label),
    element("p", { class: "digits", id: "code" }, code),
    element("p", { class: "code-remark" }, remark),
  );
}
