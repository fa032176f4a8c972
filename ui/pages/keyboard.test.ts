import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { screenOf } from "./fixtures.mjs";
import { launch, serve } from "./stage.mjs";
import { Window } from "./window.ts";

let site: Awaited<ReturnType<typeof serve>>;
let browser: Browser;
let window: Window;

beforeAll(async () => {
  site = await serve();
  browser = await launch();
});

afterAll(async () => {
  await browser.close();
  site.close();
});

beforeEach(async () => {
  window = await Window.open(browser, site.url, { viewport: { width: 460, height: 640 } });
});

afterEach(async () => {
  expect(window.complaints).toEqual([]);
  await window.close();
});

const show = (name: string): Promise<void> => window.show({ language: "vi", screen: screenOf(name) });
const focused = (): Promise<string> => window.page.evaluate(() => document.activeElement?.id ?? "");
const press = async (...keys: string[]): Promise<void> => {
  for (const key of keys) await window.page.keyboard.press(key);
};
const alive = (id: string): Promise<unknown> => window.page.waitForSelector(`#${id}:enabled`);

/** Where the tab key leads, from the present place to the one before it comes round. */
async function round(): Promise<string[]> {
  const places: string[] = [];
  for (;;) {
    await press("Tab");
    const id = await focused();
    if (id === "" || places.includes(id)) return places;
    places.push(id);
  }
}

test("a sign-in is done by the keyboard alone", async () => {
  await show("consent-new-site");
  expect(await focused()).toBe("heading");
  await press("Enter", "Space");
  await alive("agree");
  await press("Enter", "Tab");
  expect(await focused()).toBe("refuse");
  await press("Tab");
  expect(await focused()).toBe("agree");
  await press("Enter");

  await show("waiting-searching");
  await show("choose-several");
  expect(await focused()).toBe("row-0");
  await press("ArrowDown");
  expect(await focused(), "the unfit row is passed over").toBe("row-2");
  await press("Enter");

  await show("pin-first");
  expect(await focused()).toBe("pin");
  await window.page.waitForSelector("#pin:not([readonly])");
  await window.page.keyboard.type("12345678");
  await press("Enter");

  await show("waiting-signing");
  await show("done-login");
  await press("Tab", "Enter");
  expect(await window.said()).toEqual([
    { number: 1, act: { act: "agree" } },
    { number: 3, act: { act: "choose", row: 2 } },
    { pin: "12345678", number: "4" },
    { number: 6, act: { act: "close" } },
  ]);
});

test("a sign-in with a remembered certificate is a PIN and the enter key", async () => {
  await show("consent-remembered");
  await window.page.keyboard.type("9");
  await alive("sign");
  await window.page.keyboard.type("12345678");
  await press("Enter");
  expect(await window.said()).toEqual([{ pin: "12345678", number: "1" }]);
  expect(await window.page.inputValue("#pin")).toBe("");
});

test("a text is scrolled to its end by the keyboard, and only then can be agreed to", async () => {
  await show("consent-confirm");
  await window.page.waitForFunction(() => !document.querySelector('[data-waits~="time"]'));
  expect(await window.page.isEnabled("#agree")).toBe(false);
  await press("Tab");
  expect(await focused()).toBe("text");
  await press("End");
  await alive("agree");
  expect(await window.page.isVisible("#read-on")).toBe(false);
});

test("a text that fits needs no scrolling", async () => {
  await show("consent-confirm-short");
  await alive("agree");
});

test("a text below the window's edge wasn't read, short as it is", async () => {
  const { screen, ...rest } = { language: "vi" as const, screen: screenOf("consent-confirm-short") };
  const domain = `${"a".repeat(60)}.${"b".repeat(60)}.${"c".repeat(60)}.${"d".repeat(50)}.example`;
  const long = { ...screen, origin: { before: "https://", domain, after: "" } };
  await window.page.setViewportSize({ width: 400, height: 430 });
  await window.show({ ...rest, screen: long as typeof screen });
  await window.page.waitForFunction(() => !document.querySelector('[data-waits~="time"]'));
  expect(await window.page.isEnabled("#agree")).toBe(false);
  await window.page.evaluate(() => document.querySelector<HTMLElement>("#text")?.focus());
  await press("End");
  await window.page.keyboard.press("Control+End");
  await alive("agree");
});

test("agree can't be clicked in the first half second", async () => {
  await show("consent-new-site");
  await window.page.click("#agree", { force: true });
  await alive("agree");
  expect(await window.said()).toEqual([]);
});

test("the tab key leads through a screen in the order in which it is read", async () => {
  const check = async (name: string, expected: readonly string[]): Promise<void> => {
    await show(name);
    await window.page.waitForFunction(() => !document.querySelector('[data-waits~="time"]'));
    await window.page.evaluate(() => document.querySelector<HTMLElement>("#heading")?.focus());
    expect(await round(), name).toEqual(expected);
  };
  const pages = ["identities", "history", "sites", "check", "settings", "about"].map((page) => `open-${page}`);
  await check("consent-remembered", ["other", "pin", "refuse", "sign"]);
  const keychain = ["remember-not", "remember"];
  await check("consent-remembered-no-keychain", ["other", "pin", ...keychain, "refuse", "sign"]);
  await check("pin-last", ["refuse", "try"]);
  await check("failed-again", ["copy", "report-title", "close", "again"]);
  await check("identities-found", ["try-out-0", "try-out-2", "refresh"]);
  const autostart = ["autostart-no", "autostart-yes"];
  const found = ["language-vi", "language-en", "try-out-0", "try-out-2"];
  await check("welcome-found", [...found, ...autostart, "open-settings", "open-check", "close"]);
  const settings = ["language-vi", "autostart", "browser", "proxy", "proxy-save", "remember", "remove-driver-1"];
  await check("settings-free", [...settings, "driver", "driver-add"]);
  await check("history-intact", ["export"]);
  await show("about-plain");
  await window.page.evaluate(() => document.body.focus());
  for (const page of pages.reverse()) {
    await press("Shift+Tab");
    expect(await focused()).toBe(page);
  }
});
