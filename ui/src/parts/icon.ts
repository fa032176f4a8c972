const SVG = "http://www.w3.org/2000/svg";

/** Each drawing: lines on a square of 24 by 24. */
const DRAWINGS = {
  identities: "M4 5h16v14H4zM8 11a2 2 0 1 0 0-.01M5.5 16c.6-1.7 4.4-1.7 5 0M14 10h4M14 14h4",
  history: "M4 12a8 8 0 1 0 2.6-5.9L4 8.5M4 4v4.5h4.5M12 8v4.5l3 1.8",
  sites: "M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 1 0 0-17M3.5 12h17M12 3.5c-5 5-5 12 0 17c5-5 5-12 0-17",
  check: "M4 5h16v10H4zM9 19h6M12 15v4M9 10l2 2l4-4",
  settings: "M4 7h9M17 7h3M15 5v4M4 12h3M11 12h9M9 10v4M4 17h9M17 17h3M15 15v4",
  about: "M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 1 0 0-17M12 11v5.5M12 7.5v.5",
  right: "M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 1 0 0-17M8 12.3l2.8 2.7L16 9.5",
  caution: "M12 4L2.8 20h18.4zM12 10v4.5M12 17v.5",
  wrong: "M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 1 0 0-17M9 9l6 6M15 9l-6 6",
  none: "M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 1 0 0-17M8.5 12h7",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  token: "M3 9h10v6H3zM13 8h6v8h-6M16 10.5v.5M16 13.5v.5",
  phone: "M8 3h8v18H8zM11 18h2",
  keypad: "M4 5h16v14H4zM8 9v.5M12 9v.5M16 9v.5M8 12v.5M12 12v.5M16 12v.5M9 15.5h6",
} as const;

/** The name of a drawing. */
export type IconName = keyof typeof DRAWINGS;

/** A drawing that says nothing by itself: words stand beside it. */
export function icon(name: IconName): SVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", DRAWINGS[name]);
  svg.append(path);
  return svg;
}
