import { type Child, element } from "../element.ts";
import { actButton } from "../parts/button.ts";
import { matchingCode } from "../parts/code.ts";
import { dialogue, heading } from "../parts/frame.ts";
import { icon } from "../parts/icon.ts";
import type { Text } from "../text.ts";
import type { Waiting } from "../types.ts";

/** What the person waits for, or what they are to do elsewhere meanwhile. */
export function waiting(screen: Waiting, t: Text): HTMLElement {
  // What is on its way to the portal can't be called back.
  const stop = screen.for !== "answer" && actButton("refuse", t("window.cancel"), { act: "refuse" });
  return dialogue("waiting centred", [drawing(screen), heading(sentence(screen, t)), code(screen, t)], [stop]);
}

function sentence(screen: Waiting, t: Text): string {
  switch (screen.for) {
    case "ask":
      return t("waiting.fetch", { origin: screen.origin });
    case "searching":
      return t("choose.searching");
    case "unlocking":
      return t("window.waiting.unlock");
    case "keypad":
      return t("pin.keypad");
    case "signing":
      return t("waiting.sign");
    case "phone":
      return t("window.waiting.phone");
    case "answer":
      return t("waiting.post", { origin: screen.origin });
  }
}

function drawing(screen: Waiting): Child {
  if (screen.for === "phone" || screen.for === "keypad") {
    return element("div", { class: "drawing" }, icon(screen.for));
  }
  return element("div", { class: "drawing" }, element("span", { class: "spinner" }));
}

function code(screen: Waiting, t: Text): Child {
  return screen.for === "phone" && matchingCode(t("history.code"), screen.code, t("window.waiting.phone-code"));
}
