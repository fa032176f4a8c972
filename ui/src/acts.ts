import type { Act } from "./types.ts";

/** Says from `from` what the person does; the window hears it as it rises. */
export function perform(from: EventTarget, act: Act): void {
  from.dispatchEvent(new CustomEvent<Act>("kyso-act", { bubbles: true, detail: act }));
}

/** Says the PIN, as UTF-8 bytes that whoever hears it wipes. */
export function enter(from: EventTarget, pin: Uint8Array): void {
  from.dispatchEvent(new CustomEvent<Uint8Array>("kyso-pin", { bubbles: true, detail: pin }));
}

/** Calls back with each act and each PIN that is said inside `root`. */
export function hear(root: EventTarget, act: (act: Act) => void, pin: (pin: Uint8Array) => void): void {
  root.addEventListener("kyso-act", (event) => act((event as CustomEvent<Act>).detail));
  root.addEventListener("kyso-pin", (event) => pin((event as CustomEvent<Uint8Array>).detail));
}
