import { expect, test } from "vitest";
import { screenOf } from "../pages/fixtures.mjs";
import type { Choose, Row, Screen } from "../src/types.ts";
import { Stage } from "./stage.ts";

const rows = (screen: Screen): Row[] => (screen as Screen & Choose).rows;

test("nothing is shown before the agent has shown something", async () => {
  const stage = await Stage.with(null);
  expect(stage.root.childElementCount).toBe(0);
  stage.next(screenOf("done-login"));
  expect(stage.root.querySelector(".done")).not.toBeNull();
});

test("each screen is told when it stands, and told again without being drawn anew where the agent asks", async () => {
  const stage = await Stage.with(screenOf("pin-first"));
  expect(stage.drawn).toEqual([1]);
  stage.type("pin", "12");
  stage.show({ number: 1, language: "vi", screen: screenOf("pin-first") });
  expect(stage.drawn).toEqual([1, 1]);
  expect(stage.get<HTMLInputElement>("pin").value).toBe("12");
  stage.show({ number: 3, language: "vi", screen: screenOf("done-login") });
  stage.show({ number: 2, language: "vi", screen: screenOf("pin-first") });
  expect(stage.drawn).toEqual([1, 1, 3, 3]);
  expect((await Stage.with(null)).drawn).toEqual([]);
});

test("an act names the screen that it answers, and an older screen isn't shown any more", async () => {
  const stage = await Stage.with(screenOf("waiting-ask"));
  stage.show({ number: 9, language: "vi", screen: screenOf("consent-new-site") });
  stage.show({ number: 8, language: "vi", screen: screenOf("done-login") });
  stage.get("refuse").click();
  expect(stage.said).toEqual([{ number: 9, act: { act: "refuse" } }]);
});

test("the language is that of the screen, in the document and in its title", async () => {
  const stage = await Stage.with(screenOf("settings-free"));
  expect([document.documentElement.lang, document.title]).toEqual(["vi", "Cài đặt – Kyso"]);
  stage.next(screenOf("settings-free"), "en");
  expect([document.documentElement.lang, document.title]).toEqual(["en", "Settings – Kyso"]);
});

test("a new screen has the focus on its heading, its field or what is usual", async () => {
  const check = async (fixture: string, id: string): Promise<void> => {
    await Stage.with(screenOf(fixture));
    expect(document.activeElement?.id, fixture).toBe(id);
  };
  await check("consent-new-site", "heading");
  await check("choose-several", "row-0");
  await check("choose-searching", "heading");
  await check("pin-first", "pin");
  await check("pin-last", "heading");
  await check("failed-again", "heading");
  await check("history-intact", "heading");
});

test("only the usual certificate is chosen beforehand, and an unfit one never", async () => {
  const stage = await Stage.with(screenOf("choose-several"));
  const radios = Array.from(stage.root.querySelectorAll("input"));
  expect(radios.filter(({ checked }) => checked).map(({ id }) => id)).toEqual(["row-0"]);
  expect(radios.filter(({ disabled }) => disabled).map(({ id }) => id)).toEqual(["row-1", "row-4"]);
  const screen = screenOf("choose-several");
  for (const row of rows(screen)) row.unfit = "Đã bị thu hồi";
  stage.next(screen);
  expect(stage.get("ok").disabled).toBe(true);
});

test("what was chosen stays chosen while more is found", async () => {
  const stage = await Stage.with(screenOf("choose-after-pin"));
  expect(stage.get("ok").disabled).toBe(true);
  stage.get("row-1").click();
  stage.get("row-1").focus();
  const more = screenOf("choose-after-pin");
  const [first] = rows(more);
  rows(more).push({ ...(first as Row), name: "Lê Văn Ổi", usual: true });
  stage.next(more);
  expect(stage.get<HTMLInputElement>("row-1").checked).toBe(true);
  expect(document.activeElement?.id).toBe("row-1");
  stage.get("ok").click();
  expect(stage.last()).toEqual({ number: 2, act: { act: "choose", row: 1 } });
});

test("a choice isn't carried to another certificate in the same place", async () => {
  const stage = await Stage.with(screenOf("choose-after-pin"));
  stage.get("row-0").click();
  const other = screenOf("choose-after-pin");
  rows(other).reverse();
  stage.next(other);
  expect(stage.root.querySelector("input:checked")).toBeNull();
  expect(stage.get("ok").disabled).toBe(true);
});

test("what was typed but not sent stays, and what was sent and taken doesn't", async () => {
  const stage = await Stage.with(screenOf("settings-plain"));
  stage.type("proxy", "http://proxy.example:3128");
  stage.type("driver", "/usr/lib/libother.so");
  stage.next(screenOf("settings-plain"), "en");
  expect(stage.get<HTMLInputElement>("proxy").value).toBe("http://proxy.example:3128");
  expect(stage.get<HTMLInputElement>("driver").value).toBe("/usr/lib/libother.so");
  stage.next(screenOf("settings-free"));
  expect(stage.get<HTMLInputElement>("driver").value).toBe("");
});

test("what changes on a screen is told, and what a new screen shows isn't told twice", async () => {
  const stage = await Stage.with(screenOf("identities-searching"));
  expect(stage.news.textContent).toBe("");
  stage.next(screenOf("check-running"));
  expect(stage.news.textContent).toBe("");
  stage.next(screenOf("check-works"));
  expect(stage.news.textContent).toContain("Máy này sẵn sàng để đăng nhập.");
});

test("an act that the agent refuses brings its present screen back", async () => {
  const stage = await Stage.with(screenOf("consent-new-site"));
  const before = stage.root.firstElementChild;
  stage.refuses = true;
  stage.get("refuse").click();
  await expect.poll(() => stage.root.firstElementChild !== before).toBe(true);
  expect(stage.root.querySelector(".consent")).not.toBeNull();
});

test("a report is copied as it is, or shown where it can't be", async () => {
  const copied: string[] = [];
  let refused = false;
  const clipboard = {
    writeText: async (text: string) => {
      if (refused) throw new Error("refused");
      copied.push(text);
    },
  };
  Object.defineProperty(navigator, "clipboard", { value: clipboard, configurable: true });
  const stage = await Stage.with(screenOf("failed-again"));
  stage.get("copy").click();
  await expect.poll(() => stage.get("copied").textContent).toBe("Đã sao chép báo cáo.");
  expect(copied).toEqual([stage.get("report").textContent]);
  refused = true;
  stage.get("copy").click();
  await expect.poll(() => stage.root.querySelector("details")?.open).toBe(true);
  expect(stage.get("copied").textContent).toContain("Không sao chép được.");
});

test("the first screen switches its language while it is shown, and the focus stays where it was", async () => {
  const stage = await Stage.with(screenOf("welcome-found"));
  const pressed = (): string[] =>
    Array.from(stage.root.querySelectorAll<HTMLElement>("[aria-pressed=true]"), ({ lang }) => lang);
  expect(pressed()).toEqual(["vi"]);
  stage.get("language-en").focus();
  stage.next(screenOf("welcome-found"), "en");
  expect(pressed()).toEqual(["en"]);
  expect(document.activeElement?.id).toBe("language-en");
  expect(stage.news.textContent).toContain("certificates found");
  stage.next(screenOf("welcome-locked"), "en");
  expect(stage.root.querySelector(".languages, [id^=language]")).toBeNull();
});
