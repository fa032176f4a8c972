/** How long a button that agrees stays dead after its window came into sight, in milliseconds. */
export const DEAD_MS = 500;
/** The same after keys were thrown away: longer than anyone pauses between two digits of a PIN. */
export const BEGIN_ANEW_MS = 1500;
/** Tells a field that keys meant for it were thrown away. */
export const THROWN_AWAY = "thrownaway";

/** Calls back after a while; time as a parameter. */
export type After = (milliseconds: number, then: () => void) => void;

type Reason = "time" | "text";
type Guarded = HTMLButtonElement | HTMLInputElement;

const reasons = (guarded: Guarded): Set<string> =>
  new Set((guarded.dataset["waits"] ?? "").split(" ").filter(Boolean));

function apply(guarded: Guarded, left: Set<string>): void {
  guarded.dataset["waits"] = [...left].join(" ");
  if (guarded instanceof HTMLInputElement) guarded.readOnly = left.has("time");
  else guarded.disabled = left.size > 0;
}

/** Makes a control dead: for the window's first half second, and where `text` is true until a text was read. */
export function guard<G extends Guarded>(guarded: G, text = false): G {
  apply(guarded, new Set(text ? ["time", "text"] : ["time"]));
  return guarded;
}

/** Takes one reason away; a control without any lives. */
export function release(guarded: Guarded, reason: Reason): void {
  const left = reasons(guarded);
  left.delete(reason);
  apply(guarded, left);
}

const guardedIn = (root: ParentNode): NodeListOf<Guarded> => root.querySelectorAll<Guarded>("[data-waits]");

/** Releases every control in `root` that waits for the text to be read. */
export function textWasRead(root: ParentNode): void {
  for (const guarded of guardedIn(root)) release(guarded, "text");
}

/**
 * Whether a key was pressed in a field that is still dead, as by somebody who was typing elsewhere when the window came.
 * What the field holds is thrown away, so that no half PIN is ever sent.
 */
export function cameTooEarly({ target, key }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLInputElement) || !reasons(target).has("time") || key === "Tab") return false;
  if (target.value !== "" || key.length === 1) target.dispatchEvent(new Event(THROWN_AWAY));
  target.value = "";
  return true;
}

/** Has the controls in `to` live, where those in `from` lived already. */
export function carryLife(from: ParentNode, to: ParentNode): void {
  if ([...guardedIn(from)].some((guarded) => reasons(guarded).has("time"))) return;
  for (const guarded of guardedIn(to)) release(guarded, "time");
}

/** Begins the dead time anew for every guarded control in `root`, in milliseconds; the last call counts. */
export function timekeeper(after: After): (root: ParentNode, dead?: number) => void {
  let round = 0;
  return (root, dead = DEAD_MS) => {
    const mine = ++round;
    const focused = document.activeElement;
    for (const guarded of guardedIn(root)) apply(guarded, reasons(guarded).add("time"));
    after(dead, () => {
      if (mine !== round) return;
      for (const guarded of guardedIn(root)) {
        release(guarded, "time");
        if (guarded === focused) guarded.focus();
      }
    });
  };
}
