import { element } from "../element.ts";
import { actButton, onSubmit, submitButton } from "../parts/button.ts";
import { facts } from "../parts/facts.ts";
import { dialogue, heading } from "../parts/frame.ts";
import { alert, notice, problemWords } from "../parts/notice.ts";
import { pinField } from "../parts/pin-field.ts";
import { SUBMIT } from "../parts/submit-word.ts";
import type { Text } from "../text.ts";
import type { Pin } from "../types.ts";

/** The PIN, with what is known of the token and of the try before. The last try is looked at twice. */
export function pin(screen: Pin, t: Text): HTMLElement {
  const field = pinField(t("check.pin"), t, "token");
  const submit = submitButton("sign", t(SUBMIT[screen.purpose]));
  const stop = actButton("refuse", t("window.cancel"), { act: "give-up" });
  const actions = [stop, submit];
  const last = screen.tries === "last";
  const form = element(
    "form",
    {},
    dialogue("pin", [heading(t("pin.title"), "token"), token(screen, t), ...remarks(screen, t), field.part], actions),
  );
  if (last) askTwice(form, field.part, stop, submit, t);
  return onSubmit(form, () => {
    if (!submit.hidden) field.send();
  });
}

function token(screen: Pin, t: Text): HTMLElement {
  return element(
    "div",
    { id: "token", class: "card" },
    facts([t("check.certificate"), screen.certificate], [t("column.device"), screen.device]),
  );
}

function remarks(screen: Pin, t: Text): HTMLElement[] {
  const said: HTMLElement[] = [];
  if (screen.last) said.push(alert("bad", ...problemWords(screen.last)));
  if (screen.tries === "few" && !screen.last) said.push(notice("caution", element("p", {}, t("pin.few"))));
  if (screen.tries === "last") said.push(alert("bad", element("p", {}, t("pin.last"))));
  return said;
}

/** Shows the field only after the person has said once more that they want to try. */
function askTwice(
  form: HTMLElement,
  field: HTMLElement,
  stop: HTMLButtonElement,
  submit: HTMLButtonElement,
  t: Text,
): void {
  const input = field.querySelector("input");
  const goOn = element("button", { id: "try", type: "button", class: "plain" }, t("window.pin.try"));
  field.hidden = true;
  submit.hidden = true;
  input?.removeAttribute("data-first");
  stop.textContent = t("window.pin.stop");
  stop.className = "primary";
  goOn.addEventListener("click", () => {
    field.hidden = false;
    submit.hidden = false;
    stop.className = "plain";
    goOn.remove();
    input?.focus();
  });
  form.querySelector(".actions")?.append(goOn);
}
