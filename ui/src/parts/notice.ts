import { type Child, element } from "../element.ts";
import type { Problem } from "../types.ts";
import { icon, type IconName } from "./icon.ts";

/** What a notice is about; its drawing and its words say it, its colour repeats it. */
export type Tone = "good" | "caution" | "bad";

const DRAWINGS: Readonly<Record<Tone, IconName>> = { good: "right", caution: "caution", bad: "wrong" };

/** A framed remark. */
export function notice(tone: Tone, ...words: Child[]): HTMLElement {
  return element("div", { class: `notice ${tone}` }, icon(DRAWINGS[tone]), element("div", {}, ...words));
}

/** A remark that is read aloud when it appears. */
export function alert(tone: Tone, ...words: Child[]): HTMLElement {
  const made = notice(tone, ...words);
  made.setAttribute("role", "alert");
  return made;
}

/** What happened, and what to do. */
export function problemWords(problem: Problem): Child[] {
  return [
    element("p", { class: "happened" }, problem.happened),
    problem.remedy !== "" && element("p", {}, problem.remedy),
  ];
}
