import { element } from "../element.ts";

/** Something is at work. */
export function busy(words: string): HTMLElement {
  return element("p", { class: "busy", "data-news": true }, element("span", { class: "spinner" }), words);
}
