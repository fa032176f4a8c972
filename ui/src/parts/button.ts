import { perform } from "../acts.ts";
import { element } from "../element.ts";
import type { Act } from "../types.ts";

/** How much a button stands out. */
export type Weight = "primary" | "plain" | "quiet";

/** A button that does an act. Its id names it for the focus and for tests. */
export function actButton(id: string, text: string, act: Act, weight: Weight = "plain"): HTMLButtonElement {
  const button = element("button", { id, type: "button", class: weight }, text);
  button.addEventListener("click", () => perform(button, act));
  return button;
}

/** The button that sends a form. */
export function submitButton(id: string, text: string, weight: Weight = "primary"): HTMLButtonElement {
  return element("button", { id, type: "submit", class: weight }, text);
}

/** Calls `send` instead of sending the form anywhere. */
export function onSubmit(form: HTMLFormElement, send: () => void): HTMLFormElement {
  form.noValidate = true;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  return form;
}
