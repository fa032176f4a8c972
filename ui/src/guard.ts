/** How long a button that agrees stays dead after its window came into sight, in milliseconds. */
export const DEAD_MS = 500;

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
  target.value = "";
  return true;
}

/** Begins the half second anew for every guarded control in `root`; the last call counts. */
export function timekeeper(after: After): (root: ParentNode) => void {
  let round = 0;
  return (root) => {
    const mine = ++round;
    const focused = document.activeElement;
    for (const guarded of guardedIn(root)) apply(guarded, reasons(guarded).add("time"));
    after(DEAD_MS, () => {
      if (mine !== round) return;
      for (const guarded of guardedIn(root)) {
        release(guarded, "time");
        if (guarded === focused) guarded.focus();
      }
    });
  };
}
