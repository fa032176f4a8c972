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
