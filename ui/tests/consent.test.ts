import { expect, test } from "vitest";
import { screenOf } from "../pages/fixtures.mjs";
import type { Consent, Screen } from "../src/types.ts";
import { Sight, Stage } from "./stage.ts";

const WORDS: Readonly<Record<Consent["purpose"], string>> = {
  login: "Xác nhận đăng nhập",
  register: "Xác nhận đăng ký",
  "add-method": "Xác nhận thêm phương thức xác thực",
  confirm: "Xác nhận lại",
  unknown: "Trang này không cho biết mục đích.",
  "self-test": "Ký thử",
};

test("the origin comes first, its registrable domain emphasised, then what for", async () => {
  const { root } = await Stage.with(screenOf("consent-add-method"));
  const lines = Array.from(root.querySelectorAll("p, h1"), ({ textContent }) => textContent);
  expect(lines.slice(0, 2)).toEqual(["Trang yêu cầu: https://dichvucong.mau.example", WORDS["add-method"]]);
  expect(root.querySelector(".origin strong")?.textContent).toBe("mau.example");
});

test("the purpose is in our own words", async () => {
  for (const [purpose, words] of Object.entries(WORDS)) {
    const { root } = await Stage.with({ ...screenOf("consent-add-method"), purpose } as Screen);
    expect(root.querySelector("h1")?.textContent).toBe(words);
  }
});

test("a new site and an address that may deceive are said", async () => {
  const check = async (fixture: string, warning: string): Promise<void> => {
    const { root } = await Stage.with(screenOf(fixture));
    const notices = Array.from(root.querySelectorAll(".notice"), ({ textContent }) => textContent);
    expect(notices, fixture).toEqual([warning, "Bạn chưa từng dùng trang này. Hãy kiểm tra địa chỉ."]);
    expect(root.querySelector("#agree")?.className, fixture).toBe("plain");
  };
  const { lookAlike } = screenOf("consent-look-alike") as Screen & Consent;
  await check("consent-look-alike", `Địa chỉ này có ký tự dễ nhầm lẫn: ${lookAlike}`);
  const mistaken = "Địa chỉ này dễ nhầm với https://dichvucong.mau.example, ";
  await check("consent-resembles", `${mistaken}nơi bạn từng đăng nhập.`);
  await check("consent-resembles-listed", `${mistaken}có trong danh sách của máy này.`);
});

test("agree is dead for the first half second, refuse never", async () => {
  const stage = await Stage.with(screenOf("consent-add-method"));
  stage.get("agree").click();
  stage.clock.pass(499);
  stage.get("agree").click();
  expect(stage.said).toEqual([]);
  stage.get("refuse").click();
  expect(stage.last()).toEqual({ number: 1, act: { act: "refuse" } });
  stage.clock.pass(1);
  stage.get("agree").click();
  expect(stage.last()).toEqual({ number: 1, act: { act: "agree" } });
});

test("agree is dead again for half a second when the window comes back", async () => {
  const stage = await Stage.with(screenOf("consent-add-method"));
  stage.clock.pass(400);
  globalThis.dispatchEvent(new Event("focus"));
  stage.clock.pass(100);
  stage.get("agree").click();
  expect(stage.said).toEqual([]);
  stage.clock.pass(400);
  stage.get("agree").click();
  expect(stage.said).toHaveLength(1);
});

test("agree has neither the focus nor the enter key", async () => {
  const { root, clock } = await Stage.with(screenOf("consent-add-method"));
  clock.pass(500);
  expect(document.activeElement?.id).toBe("heading");
  expect(root.querySelector("form, [type=submit], [autofocus]")).toBeNull();
});

test("a text is plain, framed under whose it is, and agree waits for its end", async () => {
  const screen = screenOf("consent-confirm") as Screen & Consent;
  screen.text = { language: "vi", value: "<b>một</b>\nhai" };
  const stage = await Stage.with(screen);
  stage.clock.pass(500);
  const [sight] = Sight.all;
  expect(stage.get("text").textContent).toBe("<b>một</b>\nhai");
  expect(stage.get("text-title").textContent).toBe("Nội dung do https://dichvucong.mau.example đưa ra");
  sight?.reach(false);
  stage.get("agree").click();
  expect(stage.said).toEqual([]);
  expect(stage.get("read-on").hidden).toBe(false);
  sight?.reach(true);
  expect(stage.get("read-on").hidden).toBe(true);
  stage.get("agree").click();
  expect(stage.said).toHaveLength(1);
});

test("a text that was read doesn't shorten the half second", async () => {
  const stage = await Stage.with(screenOf("consent-confirm"));
  Sight.all[0]?.reach(true);
  stage.get("agree").click();
  expect(stage.said).toEqual([]);
});

test("with a remembered certificate the PIN is entered on the same screen", async () => {
  const stage = await Stage.with(screenOf("consent-remembered"));
  expect(document.activeElement?.id).toBe("pin");
  expect(stage.get<HTMLInputElement>("pin").readOnly).toBe(true);
  stage.clock.pass(500);
  expect(stage.get<HTMLInputElement>("pin").readOnly).toBe(false);
  stage.type("pin", "mật khẩu 1");
  stage.get("sign").click();
  expect(stage.said).toEqual([{ number: 1, pin: "mật khẩu 1" }]);
});

test("who types on while the window comes has typed nothing, until they pause", async () => {
  const stage = await Stage.with(screenOf("consent-remembered"));
  const field = stage.get<HTMLInputElement>("pin");
  const press = (key: string): boolean => field.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  for (let pressed = 0; pressed < 10; pressed++) {
    stage.clock.pass(200);
    press("a");
    expect(field.readOnly).toBe(true);
  }
  stage.clock.pass(1500);
  expect(field.readOnly).toBe(false);
  stage.type("pin", "1234");
  globalThis.dispatchEvent(new Event("focus"));
  press("Tab");
  expect(field.value).toBe("1234");
  press("5");
  expect(field.value).toBe("");
});

test("a remembered certificate signs no text before it was read, and nothing is sent for another one", async () => {
  const stage = await Stage.with(screenOf("consent-remembered-confirm"));
  stage.clock.pass(500);
  stage.type("pin", "12345678");
  stage.get("sign").click();
  stage.get("other").click();
  expect(stage.said).toEqual([]);
  Sight.all[0]?.reach(true);
  stage.get("other").click();
  expect(stage.said).toEqual([{ number: 1, act: { act: "agree" } }]);
});

test("whether this computer is remembered is asked quietly, below what matters more", async () => {
  for (const fixture of ["consent-no-keychain", "consent-remembered-no-keychain"]) {
    const { root } = await Stage.with(screenOf(fixture));
    const question = root.querySelector<HTMLElement>(".body > .question");
    expect(question?.nextElementSibling, fixture).toBeNull();
    const buttons = Array.from(question?.querySelectorAll("button") ?? []);
    expect(buttons.map(({ className }) => className), fixture).toEqual(["quiet", "quiet"]);
  }
});

test("the answer is said in the question's place, and the rest of the consent stays as it was", async () => {
  const stage = await Stage.with(screenOf("consent-remembered-no-keychain"));
  stage.clock.pass(500);
  const typed = stage.get<HTMLInputElement>("pin");
  stage.type("pin", "12345678");
  stage.get("remember").focus();
  stage.next(screenOf("consent-remember"));
  expect(stage.get<HTMLElement>("no-keychain").textContent).toBe("Kyso nhớ máy này cho đến khi thoát.");
  expect(stage.news.textContent).toBe("Kyso nhớ máy này cho đến khi thoát.");
  expect(stage.root.querySelector(".fresh, #remember, #remember-not")).toBeNull();
  expect(document.activeElement?.id).toBe("pin");
  expect([typed.value, stage.get<HTMLInputElement>("pin").value]).toEqual(["", "12345678"]);
  const another = screenOf("consent-remembered") as Screen & Consent;
  stage.next({ ...another, matchingCode: "9999" } as Screen);
  expect(stage.get<HTMLInputElement>("pin").value).toBe("");
  stage.next(screenOf("consent-new-site"));
  expect(stage.root.querySelector(".fresh")).not.toBeNull();
});
