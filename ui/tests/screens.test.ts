import { describe, expect, test } from "vitest";
import { FIXTURES } from "../pages/fixtures.mjs";
import { draw } from "../src/screens.ts";
import { textOf } from "../src/text.ts";
import type { Screen } from "../src/types.ts";

const KINDS: Readonly<Record<Screen["screen"], true>> = {
  welcome: true,
  consent: true,
  choose: true,
  pin: true,
  waiting: true,
  done: true,
  failed: true,
  identities: true,
  history: true,
  sites: true,
  settings: true,
  check: true,
  about: true,
};

const nameOf = (page: DocumentFragment, control: Element): string => {
  const naming = control.getAttribute("aria-labelledby")?.split(" ") ?? [];
  const named = naming.map((id) => page.querySelector(`[id="${id}"]`));
  const label = page.querySelector(`label[for="${control.id}"]`) ?? control.closest("label");
  return [control, label, ...named].map((part) => part?.textContent ?? "").join("");
};

test("there is a fixture of every screen in every language", () => {
  for (const kind of Object.keys(KINDS)) {
    for (const language of ["vi", "en"]) {
      const found = FIXTURES.some(({ shown }) => shown.screen.screen === kind && shown.language === language);
      expect(found, `${kind} ${language}`).toBe(true);
    }
  }
});

describe.each(["vi", "en"] as const)("in %s", (language) => {
  test.each(FIXTURES.map(({ name, shown }) => [name, shown] as const))("%s can be drawn", (_, shown) => {
    const page = document.createDocumentFragment();
    page.append(draw(shown.screen, textOf(language)));

    expect(page.querySelectorAll("h1")).toHaveLength(1);
    expect(page.querySelector("h1")?.textContent).not.toBe("");
    expect(page.textContent).not.toMatch(/\{\w+\}|undefined|null|\[object/);
    const ids = Array.from(page.querySelectorAll("[id]"), ({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const control of page.querySelectorAll("button, input, select, summary")) {
      expect(nameOf(page, control).trim(), control.outerHTML).not.toBe("");
      expect(control.id || control.tagName === "SUMMARY", control.outerHTML).toBeTruthy();
    }
    for (const naming of ["aria-labelledby", "aria-describedby"]) {
      for (const named of page.querySelectorAll(`[${naming}]`)) {
        const all = (named.getAttribute(naming) ?? "").split(" ");
        expect(all.filter((id) => !ids.includes(id)), named.outerHTML).toEqual([]);
      }
    }
    expect(page.querySelector("[style], [onclick], style, script")).toBeNull();
  });
});
