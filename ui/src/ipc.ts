import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import type { Act, Shown } from "./types.ts";

/** The agent, as the window reaches it. */
export interface Agent {
  /** The screen that is to be shown now, if there is one. */
  view(): Promise<Shown | null>;
  /** What the person did on the screen with this number. */
  act(number: number, act: Act): Promise<void>;
  /** The screen with this number stands. */
  drawn(number: number): Promise<void>;
  /** The PIN for the screen with this number; the bytes are wiped as soon as they are handed over. */
  enterPin(number: number, pin: Uint8Array): Promise<void>;
  /** Calls back with every screen from now on. */
  onShown(show: (shown: Shown) => void): Promise<void>;
}

/** The agent behind the commands and the event of the window's own process. */
export const agent: Agent = {
  view: () => invoke("view"),
  act: (number, act) => invoke("act", { number, act }),
  drawn: (number) => invoke("drawn", { number }),
  async enterPin(number, pin) {
    try {
      await invoke("enter_pin", pin, { headers: { "kyso-number": String(number) } });
    } finally {
      pin.fill(0);
    }
  },
  async onShown(show) {
    await listen<Shown>("shown", (event) => show(event.payload));
  },
};
