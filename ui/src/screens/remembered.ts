import { perform } from "../acts.ts";
import { type Child, element } from "../element.ts";
import { guard } from "../guard.ts";
import { actButton, onSubmit, submitButton } from "../parts/button.ts";
import { dialogue } from "../parts/frame.ts";
import { icon } from "../parts/icon.ts";
import { noKeychain } from "../parts/no-keychain.ts";
import { pinField } from "../parts/pin-field.ts";
import { rowInShort } from "../parts/row.ts";
import { SUBMIT } from "../parts/submit-word.ts";
import type { Text } from "../text.ts";
import type { Consent, Remembered } from "../types.ts";

/** Consent, certificate and PIN on one screen. */
export function rememberedForm(remembered: Remembered, screen: Consent, parts: Child[], t: Text): HTMLElement {
  const untilRead = screen.text !== null;
  const pin = remembered.keypad ? null : pinField(t("pin.title"), t, "certificate");
  if (pin) guard(pin.input).dataset["keep"] = "pin";
  const other = guard(actButton("other", t("window.consent.other"), { act: "agree" }, "quiet"), untilRead);
  const submit = guard(submitButton("sign", t(SUBMIT[screen.purpose])), untilRead);
  const form = element(
    "form",
    {},
    dialogue(
      "consent remembered",
      [...parts, certificate(remembered, other, t), pin ? pin.part : keypad(t), noKeychain(screen.noKeychain, t)],
      [actButton("refuse", t("consent.refuse"), { act: "refuse" }), submit],
    ),
  );
  return onSubmit(form, () => (pin ? pin.send() : perform(form, { act: "agree-remembered" })));
}

function certificate(remembered: Remembered, other: HTMLButtonElement, t: Text): HTMLElement {
  return element(
    "div",
    { class: "card" },
    element("h2", {}, t("window.consent.remembered")),
    element("div", { id: "certificate", class: "row" }, ...rowInShort(remembered.row, t)),
    other,
  );
}

const keypad = (t: Text): HTMLElement => element("p", { class: "keypad" }, icon("keypad"), t("pin.keypad"));
