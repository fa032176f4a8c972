import { hear } from "./acts.ts";
import { carryFields, carryFocus } from "./carry.ts";
import { type After, BEGIN_ANEW_MS, cameTooEarly, carryLife, timekeeper } from "./guard.ts";
import type { Agent } from "./ipc.ts";
import { draw } from "./screens.ts";
import { textOf } from "./text.ts";
import type { Consent, Screen, Shown } from "./types.ts";

/** Where a window puts its screen, and where it tells those who can't see it what has changed on it. */
export interface Places {
  readonly screen: HTMLElement;
  readonly news: HTMLElement;
}

/** Shows what the agent shows in these places, and tells the agent what the person does. Resolves when it listens. */
export async function open(places: Places, agent: Agent, after: After): Promise<void> {
  const begin = timekeeper(after);
  let present: Shown | null = null;

  const show = (shown: Shown): void => {
    if (present && shown.number < present.number) return;
    const before = present;
    present = shown;
    if (!put(places, shown, before)) begin(places.screen);
  };
  const showPresent = async (): Promise<void> => {
    const shown = await agent.view();
    if (shown) show(shown);
  };
  const sent = (sending: Promise<void>): void => {
    sending.catch(showPresent);
  };
  hear(
    places.screen,
    (act) => present && sent(agent.act(present.number, act)),
    (pin) => present && sent(agent.enterPin(present.number, pin)),
  );
  places.screen.addEventListener("keydown", (event) => {
    if (cameTooEarly(event)) begin(places.screen, BEGIN_ANEW_MS);
  });
  globalThis.addEventListener("focus", () => begin(places.screen));
  document.addEventListener("visibilitychange", () => begin(places.screen));
  // An agent that is gone ends this window by itself.
  const tell = (): void => void (present && agent.drawn(present.number).catch(() => undefined));
  await agent.onShown((shown) => {
    if (shown.number !== present?.number) show(shown);
    tell();
  });
  await showPresent();
  tell();
}

/** Draws a screen in the place of the one before; true if the person is in the middle of it, and what lived lives on. */
function put({ screen, news }: Places, shown: Shown, before: Shown | null): boolean {
  const t = textOf(shown.language);
  const next = draw(shown.screen, t);
  const old = screen.firstElementChild;
  const renewed = old !== null && before !== null && continues(before.screen, shown.screen);
  const focused = document.activeElement;
  const scrolled = document.documentElement.scrollTop;

  const midway = renewed && shown.screen.screen === "consent";
  if (renewed) carryFields(old, next);
  else next.classList.add("fresh");
  if (midway) carryLife(old, next);
  screen.replaceChildren(next);
  document.documentElement.lang = shown.language;
  document.title = t("window.title", { screen: next.querySelector("h1")?.textContent ?? "Kyso" });
  document.documentElement.scrollTop = renewed ? scrolled : 0;
  if (!(renewed && carryFocus(focused, next))) focusFirst(next, shown.screen.screen === "consent");
  news.textContent = renewed ? newsOf(next) : "";
  return midway;
}

/** Whether the person is still on the same screen, of which only something has changed. */
function continues(before: Screen, after: Screen): boolean {
  if (before.screen === "waiting" && after.screen === "waiting") return before.for === after.for;
  if (before.screen === "consent" && after.screen === "consent") return asksTheSame(before, after);
  return before.screen === after.screen && after.screen !== "pin";
}

/** Whether two consents differ in what is said of the keychain alone. */
function asksTheSame(before: Screen & Consent, after: Screen & Consent): boolean {
  return JSON.stringify({ ...before, noKeychain: null }) === JSON.stringify({ ...after, noKeychain: null });
}

/** Who asks stays in sight though the focus is further down. */
function focusFirst(screen: HTMLElement, preventScroll: boolean): void {
  const first = screen.querySelector<HTMLElement>("[data-first]") ?? screen.querySelector<HTMLElement>("h1");
  first?.focus({ preventScroll });
}

function newsOf(screen: HTMLElement): string {
  return Array.from(screen.querySelectorAll("[data-news]"), (part) => part.textContent).join(" ");
}
