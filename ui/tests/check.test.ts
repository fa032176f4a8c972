import { expect, test } from "vitest";
import { screenOf } from "../pages/fixtures.mjs";
import type { Check, Finding, Level, Screen } from "../src/types.ts";
import { Stage } from "./stage.ts";

const verdict = async (screen: Screen): Promise<readonly (string | null | undefined)[]> => {
  const { root } = await Stage.with(screen);
  const said = root.querySelector(".notice");
  return [said?.className, said?.textContent];
};

test("the verdict is what the steps below it say", async () => {
  const works = screenOf("check-works") as Screen & Check;
  const [finding] = works.findings;
  const check = async (levels: readonly Level[], expected: readonly string[]): Promise<void> => {
    const findings = levels.map((level) => ({ ...(finding as Finding), level }));
    const screen: Screen & Check = { ...works, findings };
    expect(await verdict(screen), levels.join()).toEqual(expected);
  };
  await check(["ok", "unchecked"], ["notice good", "Máy này sẵn sàng để đăng nhập."]);
  await check(["ok", "warning"], ["notice caution", "Máy này đăng nhập được. Có 1 mục cần chú ý."]);
  await check(["error", "warning"], ["notice caution", "Máy này đăng nhập được. Có 2 mục cần chú ý."]);
  const partly = await verdict(screenOf("check-works-partly"));
  expect(partly).toEqual(["notice caution", "Máy này đăng nhập được. Có 4 mục cần chú ý."]);
  const [tone, words] = await verdict(screenOf("check-nothing"));
  expect([tone, words?.startsWith("Máy này chưa đăng nhập được.")]).toEqual(["notice bad", true]);
});
