import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FIXTURES } from "./fixtures.mjs";
import { launch, serve } from "./stage.mjs";
import { Window } from "./window.ts";

const SIZE = { width: 460, height: 640 };

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
      expect(await window.violations(), name).toEqual([]);
    }
    expect(window.complaints).toEqual([]);
    await window.close();
  });
});

test("axe would find a fault", async () => {
  const window = await Window.open(browser, site.url, { viewport: SIZE });
  await window.page.evaluate(() => document.body.append(document.createElement("button")));
  expect((await window.violations()).join()).toContain("button-name");
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

test("lines are high enough for two marks on a capital, and no box hides them", async () => {
  const window = await Window.open(browser, site.url, { viewport: SIZE });
  for (const { name, shown } of FIXTURES) {
    await window.show(shown);
    const low = await window.page.evaluate(() => {
      const boxes = Array.from(document.querySelectorAll<HTMLElement>("main *"));
      const texts = boxes.filter((box) => Array.from(box.childNodes).some((node) => node.nodeType === 3));
      const fits = (box: HTMLElement): boolean => {
        const { fontSize, lineHeight, overflowY } = getComputedStyle(box);
        const high = parseFloat(lineHeight) >= 1.39 * parseFloat(fontSize);
        return high && (overflowY === "visible" || overflowY === "auto");
      };
      return texts.filter((box) => box.tagName !== "OPTION" && !fits(box)).map(({ outerHTML }) => outerHTML);
    });
    expect(low, name).toEqual([]);
  }
  await window.close();
});

test("nothing moves where the person wants no motion", async () => {
  const window = await Window.open(browser, site.url, { viewport: SIZE, reducedMotion: "reduce" });
  for (const { name, shown } of FIXTURES) {
    await window.show(shown);
    expect(await window.page.evaluate(() => document.getAnimations().length), name).toBe(0);
  }
  await window.close();
});
