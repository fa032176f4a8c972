import { element } from "../element.ts";
import { actButton } from "../parts/button.ts";
import { dialogue, heading } from "../parts/frame.ts";
import { icon } from "../parts/icon.ts";
import type { Text } from "../text.ts";
import type { Done } from "../types.ts";

/** The end of a login that was accepted, or of a signature that was tried. */
export function done(screen: Done, t: Text): HTMLElement {
  const nowhere = screen.noBrowser !== null;
  const title = heading(screen.noBrowser ?? t(screen.origin === null ? "window.done.test" : "done"));
  title.classList.toggle("long", nowhere);
  return dialogue(
    "done centred",
    [
      element("div", { class: `drawing ${nowhere ? "caution" : "good"}` }, icon(nowhere ? "caution" : "right")),
      title,
      screen.origin !== null && element("p", { class: "quiet origin" }, screen.origin),
    ],
    [actButton("close", t("window.close"), { act: "close" }, "primary")],
  );
}
