import { perform } from "../acts.ts";
import { type Child, element } from "../element.ts";
import { actButton, onSubmit, submitButton } from "../parts/button.ts";
import { locked } from "../parts/locked.ts";
import type { Text } from "../text.ts";
import type { Driver, Settings } from "../types.ts";

/** The modules, those of the person with a way to take them away, and a way to name one more. */
export function drivers(screen: Settings, t: Text): Child[] {
  return [
    screen.drivers.length > 0 &&
      element("ul", { class: "rows" }, ...screen.drivers.map((driver, place) => entry(driver, place, screen, t))),
    !screen.driversLocked && oneMore(screen.drivers.length, t),
  ];
}

function entry(driver: Driver, place: number, screen: Settings, t: Text): HTMLElement {
  const mine = !driver.found && !driver.locked && !screen.driversLocked;
  return element(
    "li",
    {},
    element(
      "div",
      { class: "row" },
      element("strong", { id: `driver-${place}` }, driver.name),
      element("span", { class: "path" }, driver.path),
      driver.found && element("span", { class: "quiet" }, t("page.settings.driver.found")),
      driver.locked && locked(t),
    ),
    mine && takeAway(driver, place, t),
  );
}

function takeAway(driver: Driver, place: number, t: Text): HTMLElement {
  const id = `remove-driver-${place}`;
  const word = t("page.settings.driver.remove");
  const button = actButton(id, word, { act: "set", setting: "remove-driver", value: driver.path }, "quiet");
  button.setAttribute("aria-labelledby", `${id} driver-${place}`);
  return button;
}

function oneMore(present: number, t: Text): HTMLElement {
  const field = element("input", {
    id: "driver",
    type: "text",
    spellcheck: "false",
    autocomplete: "off",
    "data-keep": String(present),
  });
  const form = element(
    "form",
    {},
    element("label", { for: "driver" }, t("page.settings.driver.path")),
    element("div", { class: "line" }, field, submitButton("driver-add", t("page.settings.driver.add"), "plain")),
  );
  return onSubmit(form, () => {
    const value = field.value.trim();
    if (value !== "") perform(form, { act: "set", setting: "add-driver", value });
  });
}
