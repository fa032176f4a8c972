import { words } from "virtual:words";
import { expect, test } from "vitest";
import { namedIn, wordsOf } from "../build/words.ts";
import { textOf } from "../src/text.ts";

test("only what the sources name as a string comes along", () => {
  const named = namedIn('t("done"); // done.open-yourself, `fit`', { done: "a", "done.open-yourself": "b", fit: "c" });
  expect(named).toEqual({ done: "a" });
});

test("the window has the same keys in both languages, and no sentence of the terminal's help but its name", () => {
  expect(Object.keys(words.vi)).toEqual(Object.keys(words.en));
  expect(Object.keys(words.vi).length).toBeGreaterThan(100);
  expect(Object.keys(words.vi).filter((key) => key.startsWith("help."))).toEqual(["help.kyso"]);
});

test("every text that is the window's alone is used", () => {
  const own = Object.keys(wordsOf("vi")).filter((key) => key.startsWith("window."));
  expect(own.filter((key) => !(key in words.vi))).toEqual([]);
});

test("what is filled in is never searched for names", () => {
  const t = textOf("en");
  expect(t("history.intact", { n: 1240 })).toBe("The log is intact. Entries: 1,240.");
  expect(t("check.validity-dates", { from: "{to}", to: "$&" })).toBe("{to} – $&");
  expect(t("window.written")).toBe("Written: …");
  expect(textOf("vi")("page.found", { n: 1240 })).toBe("Đã tìm thấy 1.240 chứng thư số");
});

test("a node stands in a sentence where its name was", () => {
  const origin = document.createElement("b");
  const line = document.createElement("p");
  line.append(...textOf("vi").around("consent.who", "origin", origin));
  expect(line.innerHTML).toBe("Trang yêu cầu: <b></b>");
});
