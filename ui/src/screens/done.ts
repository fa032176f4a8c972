import { element } from "../element.ts";
import { actButton } from "../parts/button.ts";
import { dialogue, heading } from "../parts/frame.ts";
import { icon } from "../parts/icon.ts";
import type { Text } from "../text.ts";
import type { Done } from "../types.ts";

/** The end of a login that was accepted, or of a signature that was tried. */
export function done(screen: Done, t: Text): HTMLElement {
  const sentence = screen.noBrowser ?? (screen.origin === null ? t("window.done.test") : t("done"));
  return dialogue(
    "done centred",
    [
      element("div", { class: "drawing good" }, icon("right")),
      heading(sentence),
      screen.origin !== null && element("p", { class: "quiet origin" }, screen.origin),
    ],
    [actButton("close", t("window.close"), { act: "close" }, "primary")],
  );
}
