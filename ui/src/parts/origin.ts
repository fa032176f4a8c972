import { element } from "../element.ts";
import type { OriginShown } from "../types.ts";

/** An origin as it was observed, its registrable domain emphasised. */
export function originShown(origin: OriginShown): HTMLElement {
  return element(
    "bdi",
    { class: "origin", dir: "ltr" },
    element("span", {}, origin.before),
    element("strong", {}, origin.domain),
    element("span", {}, origin.after),
  );
}

/** The same as one string. */
export function originText(origin: OriginShown): string {
  return origin.before + origin.domain + origin.after;
}
