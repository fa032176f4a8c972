import { enter } from "../acts.ts";
import { element } from "../element.ts";
import { THROWN_AWAY } from "../guard.ts";
import type { Text } from "../text.ts";
import { icon } from "./icon.ts";

/** The longest PIN, in characters; the pipe takes 255 bytes. */
const LONGEST = 63;

/** The field for the PIN, its hints, and what sends it. */
export interface PinField {
  readonly part: HTMLElement;
  readonly input: HTMLInputElement;
  /** Sends what was typed and empties the field; asks for it where nothing was. */
  readonly send: () => void;
}

/** A field for the PIN that nothing remembers; `described` names what stands above it. */
export function pinField(label: string, t: Text, described: string | null = null): PinField {
  const caps = element("p", { id: "pin-caps", class: "hint", hidden: true }, icon("caution"), t("window.pin.caps"));
  const empty = element("p", { id: "pin-empty", class: "hint", hidden: true }, t("window.pin.empty"));
  const anew = element("p", { id: "pin-anew", class: "hint", hidden: true }, icon("caution"), t("window.pin.anew"));
  const input = element("input", {
    id: "pin",
    type: "password",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    maxlength: String(LONGEST),
    "aria-describedby": [described, "pin-hints"].filter(Boolean).join(" "),
    "data-first": true,
  });
  const hints = element("div", { id: "pin-hints", role: "status" }, caps, empty, anew);
  for (const kind of ["keydown", "keyup"] as const) {
    input.addEventListener(kind, (event) => {
      caps.hidden = !event.getModifierState("CapsLock");
    });
  }
  input.addEventListener("input", () => {
    empty.hidden = true;
  });
  input.addEventListener(THROWN_AWAY, () => {
    anew.hidden = false;
  });
  const send = (): void => {
    anew.hidden = true;
    if (input.value === "") {
      empty.hidden = false;
      input.focus();
      return;
    }
    const pin = new TextEncoder().encode(input.value);
    input.value = "";
    enter(input, pin);
  };
  const part = element("div", { class: "field" }, element("label", { for: "pin" }, label), input, hints);
  return { part, input, send };
}
