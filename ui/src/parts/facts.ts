import { element } from "../element.ts";

/** A label and what it stands for; no value, no line. */
export type Fact = readonly [label: string, value: string | null];

/** A list of labels and values. */
export function facts(...lines: readonly Fact[]): HTMLDListElement {
  const known = lines.filter(([, value]) => value !== null && value !== "");
  return element(
    "dl",
    { class: "facts" },
    ...known.map(([label, value]) =>
      element("div", {}, element("dt", {}, label), element("dd", {}, value)),
    ),
  );
}
