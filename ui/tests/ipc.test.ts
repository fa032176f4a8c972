import { emit } from "@tauri-apps/api/event";
import { clearMocks, mockIPC } from "@tauri-apps/api/mocks";
import { afterEach, expect, test } from "vitest";
import { screenOf } from "../pages/fixtures.mjs";
import { agent } from "../src/ipc.ts";
import type { Shown } from "../src/types.ts";

afterEach(clearMocks);

const shown = (): Shown => ({ number: 3, language: "vi", screen: screenOf("done-login") });

test("an act is a command with the screen's number", async () => {
  const calls: unknown[] = [];
  mockIPC((command, payload) => void calls.push([command, payload]));
  await agent.act(7, { act: "choose", row: 2 });
  expect(calls).toEqual([["act", { number: 7, act: { act: "choose", row: 2 } }]]);
});

test("what stands is told by its number", async () => {
  const calls: unknown[] = [];
  mockIPC((command, payload) => void calls.push([command, payload]));
  await agent.drawn(7);
  expect(calls).toEqual([["drawn", { number: 7 }]]);
});

test("a PIN is the bytes alone, and they are wiped afterwards even if nobody takes them", async () => {
  for (const refused of [false, true]) {
    const seen: unknown[] = [];
    mockIPC((command, payload) => {
      seen.push([command, Array.from(payload as unknown as Uint8Array)]);
      if (refused) throw new Error("refused");
    });
    const pin = new TextEncoder().encode("1234");
    await agent.enterPin(7, pin).catch(() => undefined);
    expect(seen).toEqual([["enter_pin", [49, 50, 51, 52]]]);
    expect(Array.from(pin)).toEqual([0, 0, 0, 0]);
  }
});

test("the number of the screen goes with the PIN as a header", async () => {
  let headers: unknown;
  mockIPC(() => undefined);
  const internals = (globalThis as unknown as { __TAURI_INTERNALS__: Record<string, unknown> }).__TAURI_INTERNALS__;
  internals["invoke"] = async (_: string, __: unknown, options: { headers: unknown }) => {
    headers = options.headers;
  };
  await agent.enterPin(7, new Uint8Array(4));
  expect(headers).toEqual({ "kyso-number": "7" });
});

test("the present screen is asked for, and later ones are heard", async () => {
  mockIPC((command) => (command === "view" ? shown() : undefined), { shouldMockEvents: true });
  expect(await agent.view()).toEqual(shown());
  const heard: Shown[] = [];
  await agent.onShown((next) => heard.push(next));
  await emit("shown", shown());
  expect(heard).toEqual([shown()]);
});
