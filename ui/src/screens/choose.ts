import { perform } from "../acts.ts";
import { type Child, element } from "../element.ts";
import { actButton, onSubmit, submitButton } from "../parts/button.ts";
import { busy } from "../parts/busy.ts";
import { dialogue, heading } from "../parts/frame.ts";
import { alert, notice, problemWords } from "../parts/notice.ts";
import { rowParts } from "../parts/row.ts";
import type { Text } from "../text.ts";
import type { Choose, Row } from "../types.ts";

/** The certificates that were found, one to be chosen. */
export function choose(screen: Choose, t: Text): HTMLElement {
  const usual = screen.rows.findIndex((row) => row.usual && row.unfit === null);
  const list = element(
    "div",
    { class: "choices", role: "radiogroup", "aria-labelledby": "heading" },
    ...screen.rows.map((row, place) => choice(row, place, place === usual, t)),
  );
  const ok = submitButton("ok", t("window.choose.ok"));
  const form = element(
    "form",
    {},
    dialogue(
      "choose",
      [
        heading(t("choose.title")),
        screen.problem && alert("caution", ...problemWords(screen.problem)),
        screen.rows.length > 0 && list,
        screen.searching && busy(t("choose.searching")),
        ...nothing(screen, t),
      ],
      [actButton("refuse", t("window.cancel"), { act: "refuse" }), ok],
    ),
  );
  const chosen = (): HTMLInputElement | null => list.querySelector("input:checked");
  const allow = (): void => {
    ok.disabled = chosen() === null;
  };
  allow();
  list.addEventListener("change", allow);
  return onSubmit(form, () => {
    const radio = chosen();
    if (radio) perform(form, { act: "choose", row: Number(radio.value) });
  });
}

function nothing(screen: Choose, t: Text): Child[] {
  if (screen.rows.length > 0 || screen.searching) return [];
  const said = notice("caution", element("p", {}, t("tokens.none")));
  said.dataset["news"] = "";
  const again = actButton("refresh", t("window.look-again"), { act: "refresh" });
  return [said, element("div", { class: "page-actions" }, again)];
}

function choice(row: Row, place: number, usual: boolean, t: Text): HTMLElement {
  const radio = element("input", {
    id: `row-${place}`,
    type: "radio",
    name: "row",
    value: String(place),
    checked: usual,
    disabled: row.unfit !== null,
    "data-keep": JSON.stringify(row),
    "data-first": usual,
  });
  return element(
    "label",
    { class: "choice", for: radio.id },
    radio,
    element(
      "span",
      { class: "row" },
      usual && element("span", { class: "badge" }, t("fit.usual")),
      ...rowParts(row, t, true),
    ),
  );
}
