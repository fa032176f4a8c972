import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FIXTURES, screenOf } from "./fixtures.mjs";
import { launch, serve } from "./stage.mjs";
import { Window } from "./window.ts";

const SIZE = { width: 460, height: 640 };

const CAPS = { key: "a", modifierCapsLock: true };
/** For axe on every screen, beside whatever else the machine does. */
const LONG = 240_000;

/** Reads a text to its end, and goes back to where it begins. */
async function readAll(page: Page): Promise<void> {
  await page.press("#text", "End");
  await page.waitForSelector("#read-on", { state: "hidden" });
  await page.press("#text", "Home");
  await page.waitForFunction(() => document.querySelector("#text")?.scrollTop === 0);
}

/** What a person does on a screen, and what is to be seen then. */
const ACTS: readonly { name: string; act: (page: Page) => Promise<unknown>; then: string }[] = [
  { name: "pin-last", act: (page) => page.click("#try"), then: "#pin:focus" },
  { name: "pin-first", act: (page) => page.click("#sign"), then: "#pin-empty:not([hidden])" },
  { name: "pin-first", act: (page) => page.dispatchEvent("#pin", "keyup", CAPS), then: "#pin-caps:not([hidden])" },
  { name: "failed-again", act: (page) => page.click("#report-title"), then: "#report:visible" },
  { name: "failed-again", act: (page) => page.click("#copy"), then: "#copied:not(:empty)" },
  { name: "choose-several", act: (page) => page.press("#row-0", "ArrowDown"), then: "#row-2:checked" },
  { name: "consent-confirm", act: readAll, then: "#read-on[hidden]" },
];

let site: Awaited<ReturnType<typeof serve>>;
let browser: Browser;

beforeAll(async () => {
  site = await serve();
  browser = await launch();
});

afterAll(async () => {
  await browser.close();
  site.close();
});

describe.each(["light", "dark"] as const)("%s", (colorScheme) => {
  test("axe finds nothing on any screen, and the console says nothing", async () => {
    const window = await Window.open(browser, site.url, { colorScheme, reducedMotion: "reduce", viewport: SIZE });
    for (const { name, shown } of FIXTURES) {
      await window.show(shown);
      await window.page.waitForFunction(() => !document.querySelector('[data-waits~="time"]'));
      expect(await window.faults(), name).toEqual([]);
    }
    expect(window.complaints).toEqual([]);
    await window.close();
  }, LONG);

  test("axe finds nothing after what a person does on a screen", async () => {
    const window = await Window.open(browser, site.url, { colorScheme, reducedMotion: "reduce", viewport: SIZE });
    for (const { name, act, then } of ACTS) {
      await window.show({ language: "vi", screen: screenOf(name) });
      await window.page.waitForFunction(() => !document.querySelector('[data-waits~="time"]'));
      await act(window.page);
      await window.page.waitForSelector(then, { state: "attached" });
      expect(await window.faults(), `${name}: ${then}`).toEqual([]);
    }
    expect(window.complaints).toEqual([]);
    await window.close();
  }, LONG);
});

test.each([
  ["button-name", "button", {}],
  ["color-contrast", "p", { color: "#ccc" }],
  ["color-contrast", "p", { backgroundImage: "linear-gradient(#000, #fff)" }],
] as const)("axe would find a fault: %s of a %s with %o", async (rule, tag, style) => {
  const window = await Window.open(browser, site.url, { colorScheme: "light", viewport: SIZE });
  await window.show({ language: "vi", screen: screenOf("done-login") });
  await window.page.evaluate(
    ([tag, style, words]) => {
      const made = document.createElement(tag);
      made.textContent = words;
      Object.assign(made.style, style);
      document.querySelector("main")?.append(made);
    },
    [tag, style, tag === "p" ? "words" : ""] as const,
  );
  expect((await window.faults()).join()).toContain(rule);
  await window.close();
});

/** What sticks out of the window, or is cut off by a box that hides what doesn't fit. */
function clipped(): string[] {
  const wide = document.documentElement.scrollWidth > document.documentElement.clientWidth;
  const cut = Array.from(document.querySelectorAll<HTMLElement>("main *")).filter((box) => {
    if (box.closest("thead") || box.closest("[hidden]") || box instanceof SVGElement) return false;
    const hides = getComputedStyle(box).overflowX !== "visible" && box.scrollWidth > box.clientWidth;
    return hides && !(box instanceof HTMLInputElement || box instanceof HTMLSelectElement);
  });
  return [...(wide ? ["the page"] : []), ...cut.map(({ outerHTML }) => outerHTML.slice(0, 80))];
}

test.each([
  ["the usual size", SIZE, 1],
  ["the least size", { width: 360, height: 420 }, 1],
  ["200 % zoom", { width: 230, height: 320 }, 2],
  ["the least width of a table", { width: 1152, height: 720 }, 1],
  ["a wide window", { width: 1280, height: 720 }, 1],
] as const)("at %s nothing is cut off", async (_, viewport, deviceScaleFactor) => {
  const window = await Window.open(browser, site.url, { viewport, deviceScaleFactor });
  for (const { name, shown } of FIXTURES) {
    await window.show(shown);
    expect(await window.page.evaluate(clipped), name).toEqual([]);
  }
  await window.close();
});

/** Boxes with words whose lines are too low for two marks on a capital, or that hide what sticks out of a line. */
function low(): string[] {
  const holdsWords = (box: Element): boolean =>
    box.matches("input:not([type=radio], [type=checkbox]), select") ||
    Array.from(box.childNodes).some((node) => node.nodeType === Node.TEXT_NODE);
  const pixels = (value: string): number => parseFloat(value) || 0;
  const fits = (box: HTMLElement): boolean => {
    const { fontSize, lineHeight, overflowY, paddingTop, paddingBottom } = getComputedStyle(box);
    const least = 1.39 * pixels(fontSize);
    // A field hides what sticks out of its inner edge.
    if (box.matches("input, select")) return box.clientHeight - pixels(paddingTop) - pixels(paddingBottom) >= least;
    return pixels(lineHeight) >= least && ["visible", "auto"].includes(overflowY);
  };
  const boxes = Array.from(document.querySelectorAll<HTMLElement>("main *"));
  const shown = boxes.filter((box) => box.tagName !== "OPTION" && box.checkVisibility() && holdsWords(box));
  return shown.filter((box) => !fits(box)).map(({ outerHTML }) => outerHTML.slice(0, 80));
}

test("lines are high enough for two marks on a capital, and no box hides them", async () => {
  const window = await Window.open(browser, site.url, { viewport: SIZE });
  for (const { name, shown } of FIXTURES) {
    await window.show(shown);
    expect(await window.page.evaluate(low), name).toEqual([]);
  }
  await window.close();
});

test.each(["p", "input", "select"] as const)("a %s that hides marks would be found", async (tag) => {
  const window = await Window.open(browser, site.url, { viewport: SIZE });
  await window.page.evaluate((made) => {
    const box = document.createElement(made);
    box.append("ỄẶỔ");
    Object.assign(box.style, { height: "1.2em", minHeight: "0", padding: "0", overflow: "clip" });
    document.querySelector("main")?.append(box);
  }, tag);
  expect((await window.page.evaluate(low)).join()).toContain(`<${tag}`);
  await window.close();
});

const moving = (window: Window): Promise<number> => window.page.evaluate(() => document.getAnimations().length);

test("nothing moves where the person wants no motion", async () => {
  const window = await Window.open(browser, site.url, { viewport: SIZE, reducedMotion: "reduce" });
  for (const { name, shown } of FIXTURES) {
    await window.show(shown);
    expect(await moving(window), name).toBe(0);
  }
  await window.close();
});

test("what the person waits for moves elsewhere", async () => {
  const window = await Window.open(browser, site.url, { viewport: SIZE, reducedMotion: "no-preference" });
  await window.show({ language: "vi", screen: screenOf("waiting-signing") });
  expect(await moving(window)).toBeGreaterThan(0);
  await window.close();
});
