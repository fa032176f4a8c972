import { expect, test } from "vitest";
import { screenOf } from "../pages/fixtures.mjs";
import type { Act } from "../src/types.ts";
import { Sight, Stage } from "./stage.ts";

const ALLOWED = "https://dichvucong.mau.example";
const BLOCKED = "https://lua-dao.example";
const DRIVER = "/opt/mau/libown.so";

const CLICKS: readonly (readonly [fixture: string, id: string, act: Act])[] = [
  ["consent-register", "agree", { act: "agree" }],
  ["consent-register", "refuse", { act: "refuse" }],
  ["consent-confirm", "agree", { act: "agree" }],
  ["consent-remembered", "other", { act: "agree" }],
  ["consent-remembered", "refuse", { act: "refuse" }],
  ["consent-remembered-keypad", "sign", { act: "agree-remembered" }],
  ["consent-remembered-keypad", "other", { act: "agree" }],
  ["consent-no-keychain", "remember", { act: "set", setting: "remember", value: true }],
  ["consent-no-keychain", "remember-not", { act: "set", setting: "remember", value: false }],
  ["consent-remembered-no-keychain", "remember", { act: "set", setting: "remember", value: true }],
  ["choose-several", "ok", { act: "choose", row: 0 }],
  ["choose-several", "refuse", { act: "refuse" }],
  ["choose-none", "refresh", { act: "refresh" }],
  ["choose-searching", "refuse", { act: "refuse" }],
  ["pin-first", "refuse", { act: "give-up" }],
  ["pin-last", "refuse", { act: "give-up" }],
  ["waiting-ask", "refuse", { act: "refuse" }],
  ["waiting-phone", "refuse", { act: "refuse" }],
  ["done-login", "close", { act: "close" }],
  ["failed-again", "again", { act: "again" }],
  ["failed-again", "close", { act: "close" }],
  ["welcome-found", "try-out-0", { act: "try-out", row: 0 }],
  ["welcome-found", "autostart-yes", { act: "set", setting: "autostart", value: true }],
  ["welcome-found", "autostart-no", { act: "set", setting: "autostart", value: false }],
  ["welcome-found", "language-en", { act: "set", setting: "language", value: "en" }],
  ["welcome-found", "language-vi", { act: "set", setting: "language", value: "vi" }],
  ["welcome-found", "open-settings", { act: "open", page: "settings" }],
  ["welcome-found", "open-check", { act: "open", page: "check" }],
  ["welcome-found", "close", { act: "close" }],
  ["welcome-none", "refresh", { act: "refresh" }],
  ["identities-found", "try-out-2", { act: "try-out", row: 2 }],
  ["identities-found", "refresh", { act: "refresh" }],
  ["about-plain", "open-identities", { act: "open", page: "identities" }],
  ["about-plain", "open-history", { act: "open", page: "history" }],
  ["about-plain", "open-sites", { act: "open", page: "sites" }],
  ["about-plain", "open-check", { act: "open", page: "check" }],
  ["about-plain", "open-settings", { act: "open", page: "settings" }],
  ["history-intact", "open-about", { act: "open", page: "about" }],
  ["history-intact", "export", { act: "export" }],
  ["sites-some", "block-1", { act: "permit", origin: ALLOWED, permission: "blocked" }],
  ["sites-some", "forget-1", { act: "forget", origin: ALLOWED }],
  ["sites-some", "allow-2", { act: "permit", origin: BLOCKED, permission: "allowed" }],
  ["settings-free", "language-en", { act: "set", setting: "language", value: "en" }],
  ["settings-free", "autostart", { act: "set", setting: "autostart", value: false }],
  ["settings-free", "remember", { act: "set", setting: "remember", value: false }],
  ["settings-free", "remove-driver-1", { act: "set", setting: "remove-driver", value: DRIVER }],
  ["check-works", "refresh", { act: "refresh" }],
  ["check-works", "report", { act: "report" }],
];

test.each(CLICKS)("on %s a click on #%s is its act", async (fixture, id, act) => {
  const stage = await Stage.with(screenOf(fixture));
  stage.clock.pass(500);
  for (const sight of Sight.all) sight.reach(true);
  stage.get(id).click();
  expect(stage.said).toEqual([{ number: 1, act }]);
});

test("an answer on its way can't be stopped", async () => {
  const { root } = await Stage.with(screenOf("waiting-answer"));
  expect(root.querySelector("button")).toBeNull();
});

test("every act of the window is on some button", () => {
  const acts = new Set(CLICKS.map(([, , act]) => act.act));
  const typed: Act["act"][] = ["set"];
  const notThePersons: Act["act"][] = ["not-in-front"];
  const all: Readonly<Record<Act["act"], true>> = {
    agree: true,
    "agree-remembered": true,
    refuse: true,
    choose: true,
    "give-up": true,
    again: true,
    open: true,
    refresh: true,
    "try-out": true,
    set: true,
    permit: true,
    forget: true,
    export: true,
    report: true,
    close: true,
    "not-in-front": true,
  };
  expect(new Set([...acts, ...typed, ...notThePersons])).toEqual(new Set(Object.keys(all)));
});

test("what can't be used isn't tried: an unfit certificate, one behind a PIN, a token with a problem", async () => {
  const tried = async (fixture: string): Promise<string[]> => {
    const { root } = await Stage.with(screenOf(fixture));
    return Array.from(root.querySelectorAll("[id^=try-out]"), ({ id }) => id);
  };
  expect(await tried("identities-found")).toEqual(["try-out-0", "try-out-2"]);
  expect(await tried("identities-wrong")).toEqual(["try-out-2"]);
});

test("what the administrator has set has no button", async () => {
  const settings = await Stage.with(screenOf("settings-locked"));
  const controls = settings.root.querySelectorAll<HTMLInputElement>(".body :is(button, input, select)");
  expect(controls.length).toBeGreaterThan(0);
  expect(Array.from(controls, (control) => control.disabled)).not.toContain(false);
  const sites = await Stage.with(screenOf("sites-some"));
  expect(sites.root.querySelector("#block-0, #allow-0, #forget-0")).toBeNull();
});

test("a proxy, a browser and a driver are set as they were typed or chosen", async () => {
  const stage = await Stage.with(screenOf("settings-free"));
  const said = (): Act | null => {
    const last = stage.last();
    return last && "act" in last ? last.act : null;
  };
  stage.type("proxy", " http://proxy.example:3128 ");
  stage.get("proxy-save").click();
  expect(said()).toEqual({ act: "set", setting: "proxy", value: "http://proxy.example:3128" });
  stage.get("driver-add").click();
  expect(stage.said).toHaveLength(1);
  stage.type("driver", "/usr/lib/libother.so");
  stage.get("driver-add").click();
  expect(said()).toEqual({ act: "set", setting: "add-driver", value: "/usr/lib/libother.so" });
  const browser = stage.get<HTMLSelectElement>("browser");
  browser.value = "chromium.desktop";
  browser.dispatchEvent(new Event("change"));
  expect(said()).toEqual({ act: "set", setting: "browser", value: "chromium.desktop" });
});
