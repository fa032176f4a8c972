import { expect, test } from "vitest";
import { screenOf } from "../pages/fixtures.mjs";
import { Stage } from "./stage.ts";

const key = (kind: string, capsLock: boolean): Event => {
  const event = new KeyboardEvent(kind, { key: "a" });
  Object.defineProperty(event, "getModifierState", { value: (name: string) => capsLock && name === "CapsLock" });
  return event;
};

test("the PIN goes out once and the field is empty", async () => {
  const stage = await Stage.with(screenOf("pin-first"));
  stage.clock.pass(500);
  stage.type("pin", "12345678");
  stage.get("sign").click();
  stage.get("sign").click();
  expect(stage.said).toEqual([{ number: 1, pin: "12345678" }]);
  expect(stage.get<HTMLInputElement>("pin").value).toBe("");
});

test("without a PIN nothing is sent, and the person is asked for it", async () => {
  const stage = await Stage.with(screenOf("pin-first"));
  expect(stage.get("pin-empty").hidden).toBe(true);
  stage.get("sign").click();
  expect(stage.said).toEqual([]);
  expect(stage.get("pin-empty").hidden).toBe(false);
  stage.type("pin", "1");
  expect(stage.get("pin-empty").hidden).toBe(true);
});

test("nothing remembers the PIN or shows it", async () => {
  const { root } = await Stage.with(screenOf("pin-first"));
  const field = root.querySelector("#pin");
  expect(field?.getAttribute("type")).toBe("password");
  expect(field?.getAttribute("autocomplete")).toBe("off");
  expect(field?.hasAttribute("name")).toBe(false);
});

test("caps lock is said as long as it is on", async () => {
  const stage = await Stage.with(screenOf("pin-first"));
  expect(stage.get("pin-caps").hidden).toBe(true);
  stage.get("pin").dispatchEvent(key("keydown", true));
  expect(stage.get("pin-caps").hidden).toBe(false);
  stage.get("pin").dispatchEvent(key("keyup", false));
  expect(stage.get("pin-caps").hidden).toBe(true);
});

test("the problem of the try before is read aloud", async () => {
  const stage = await Stage.with(screenOf("pin-first"));
  stage.next(screenOf("pin-wrong"));
  expect(stage.root.querySelector("[role=alert]")?.textContent).toBe(
    "Mã PIN không đúng.Vui lòng nhập lại; bạn còn một vài lần thử.",
  );
  expect(document.activeElement?.id).toBe("pin");
});

test("a PIN that was typed isn't carried to the next screen", async () => {
  const stage = await Stage.with(screenOf("pin-first"));
  stage.type("pin", "12345678");
  stage.next(screenOf("pin-first"), "en");
  expect(stage.get<HTMLInputElement>("pin").value).toBe("");
});

test("the last try is told, and looked at twice", async () => {
  const stage = await Stage.with(screenOf("pin-last"));
  stage.clock.pass(500);
  expect(stage.root.textContent).toContain("Đây là lần thử cuối cùng. Nếu sai, USB ký số sẽ bị khóa.");
  expect(stage.get("pin").closest("[hidden]")).not.toBeNull();
  stage.type("pin", "12345678");
  stage.root.querySelector("form")?.requestSubmit();
  expect(stage.said).toEqual([]);
  stage.get("try").click();
  expect(stage.get("pin").closest("[hidden]")).toBeNull();
  expect(document.activeElement?.id).toBe("pin");
  stage.get("sign").click();
  expect(stage.said).toEqual([{ number: 1, pin: "12345678" }]);
});

/** Types at a pace, in milliseconds between two keys, as a browser would let one. */
function typeAt(stage: Stage, pace: number, keys: string): void {
  for (const key of keys) {
    stage.clock.pass(pace);
    const field = stage.get<HTMLInputElement>("pin");
    field.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    if (field.readOnly) continue;
    field.value += key;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

test("no half PIN goes out where a window comes while somebody types", async () => {
  const stage = await Stage.with(screenOf("consent-remembered"));
  typeAt(stage, 200, "1234");
  stage.clock.pass(500);
  typeAt(stage, 200, "5678");
  stage.get("sign").click();
  expect(stage.said).toEqual([]);
  expect(stage.get("pin-anew").hidden).toBe(false);
  stage.clock.pass(1500);
  typeAt(stage, 200, "12345678");
  expect(stage.get("pin-anew").hidden).toBe(false);
  stage.get("sign").click();
  expect(stage.said).toEqual([{ number: 1, pin: "12345678" }]);
});

test("a PIN that was begun before the window lost the focus is begun anew", async () => {
  const stage = await Stage.with(screenOf("consent-remembered"));
  stage.clock.pass(500);
  typeAt(stage, 200, "1234");
  expect(stage.get("pin-anew").hidden).toBe(true);
  globalThis.dispatchEvent(new Event("focus"));
  typeAt(stage, 200, "5");
  expect([stage.get<HTMLInputElement>("pin").value, stage.get("pin-anew").hidden]).toEqual(["", false]);
});

test("what is learnt of the keychain meanwhile takes no key away", async () => {
  const stage = await Stage.with(screenOf("consent-remembered"));
  stage.clock.pass(500);
  typeAt(stage, 200, "1234");
  stage.next(screenOf("consent-remembered-no-keychain"));
  typeAt(stage, 200, "5678");
  stage.get("sign").click();
  expect(stage.said).toEqual([{ number: 2, pin: "12345678" }]);
});

test("what is learnt of the keychain in the first half second makes nothing live", async () => {
  const stage = await Stage.with(screenOf("consent-remembered"));
  stage.clock.pass(300);
  stage.next(screenOf("consent-remembered-no-keychain"));
  stage.clock.pass(100);
  expect(stage.get("sign").disabled).toBe(true);
  stage.clock.pass(100);
  expect(stage.get("sign").disabled).toBe(false);
});
