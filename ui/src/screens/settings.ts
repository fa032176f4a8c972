import { perform } from "../acts.ts";
import { type Child, element } from "../element.ts";
import { onSubmit, submitButton } from "../parts/button.ts";
import { LANGUAGES } from "../parts/languages.ts";
import { locked } from "../parts/locked.ts";
import { pageOf } from "../parts/navigation.ts";
import { alert } from "../parts/notice.ts";
import type { Key, Text } from "../text.ts";
import type { Fact, Language, Setting, Settings } from "../types.ts";
import { drivers } from "./drivers.ts";

/** What can be set, and what the administrator has. */
export function settings(screen: Settings, t: Text): HTMLElement {
  return pageOf(
    "settings",
    "page.settings",
    t,
    screen.problem !== null && alert("bad", element("p", {}, screen.problem)),
    group("page.settings.language", screen.language.locked, t, language(screen.language, t)),
    box("autostart", "page.settings.autostart", screen.autostart, t),
    group("page.settings.browser", screen.browser.locked, t, browser(screen, t)),
    group("page.settings.proxy", screen.proxy.locked, t, proxy(screen.proxy, t)),
    box("remember", "page.settings.remember", screen.remember, t),
    group("page.settings.drivers", screen.driversLocked, t, ...drivers(screen, t)),
  );
}

function group(title: Key, isLocked: boolean, t: Text, ...parts: Child[]): HTMLElement {
  return element(
    "div",
    { class: "card", role: "group", "aria-labelledby": title },
    element("div", { class: "title" }, element("h2", { id: title }, t(title)), isLocked && locked(t)),
    ...parts,
  );
}

function set(from: HTMLElement, setting: Setting): void {
  perform(from, { act: "set", ...setting });
}

function language(fact: Fact<Language>, t: Text): HTMLElement {
  return element("div", { class: "options" }, ...LANGUAGES.map(([value, key]) => {
    const radio = element("input", {
      id: `language-${value}`,
      type: "radio",
      name: "language",
      value,
      checked: fact.value === value,
      disabled: fact.locked,
    });
    radio.addEventListener("change", () => set(radio, { setting: "language", value }));
    return element("label", { class: "option", lang: value }, radio, t(key));
  }));
}

function box(setting: "autostart" | "remember", name: Key, fact: Fact<boolean>, t: Text): HTMLElement {
  const made = element("input", { id: setting, type: "checkbox", checked: fact.value, disabled: fact.locked });
  made.addEventListener("change", () => {
    const value = made.checked;
    // It is what the agent says that it is: where nothing comes of the wish, nothing else is drawn.
    made.checked = fact.value;
    set(made, { setting, value });
  });
  return element(
    "div",
    { class: "card title" },
    element("label", { class: "option" }, made, t(name)),
    fact.locked && locked(t),
  );
}

function browser({ browser, browsers }: Settings, t: Text): HTMLElement {
  const isFound = browser.value === "" || browsers.some(({ value }) => value === browser.value);
  const all = isFound ? browsers : [{ value: browser.value, name: browser.value }, ...browsers];
  const select = element(
    "select",
    { id: "browser", "aria-labelledby": "page.settings.browser", disabled: browser.locked },
    option("", t("page.settings.browser.asked"), browser.value),
    ...all.map(({ value, name }) => option(value, name, browser.value)),
  );
  select.addEventListener("change", () => set(select, { setting: "browser", value: select.value }));
  return select;
}

const option = (value: string, words: string, chosen: string): HTMLElement =>
  element("option", { value, selected: value === chosen }, words);

function proxy(fact: Fact<string>, t: Text): HTMLElement {
  const field = element("input", {
    id: "proxy",
    type: "text",
    inputmode: "url",
    spellcheck: "false",
    autocomplete: "off",
    value: fact.value,
    disabled: fact.locked,
    "aria-labelledby": "page.settings.proxy",
    "aria-describedby": fact.locked ? null : "proxy-hint",
    "data-keep": "proxy",
  });
  const form = element(
    "form",
    {},
    element("div", { class: "line" }, field, !fact.locked && submitButton("proxy-save", t("window.save"), "plain")),
    !fact.locked && element("p", { id: "proxy-hint", class: "quiet" }, t("page.settings.proxy.hint")),
  );
  return onSubmit(form, () => set(form, { setting: "proxy", value: field.value.trim() }));
}
