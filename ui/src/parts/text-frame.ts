import { element } from "../element.ts";
import { textWasRead } from "../guard.ts";
import type { TextShown } from "../types.ts";

/** What of the window's lower edge the buttons may cover, with the space before them. */
const COVERED = "0px 0px -80px 0px";

/**
 * A portal's text in a frame of its own. As soon as its end has been in sight, whatever in the same form waits for the
 * text to be read is released, and the remark goes. In sight is what neither the frame nor the window nor the buttons hide.
 */
export function textFrame(text: TextShown, title: string, remark: string): HTMLElement {
  const end = element("span", { class: "end" });
  const reminder = element("p", { id: "read-on", class: "hint" }, remark);
  const frame = element(
    "div",
    { id: "text", class: "portal-text", tabindex: "0", role: "region", "aria-labelledby": "text-title" },
    element("p", { lang: text.language }, text.value),
    end,
  );
  const made = element("div", { class: "text" }, element("h2", { id: "text-title" }, title), frame, reminder);
  const watch = new IntersectionObserver(
    (seen) => {
      if (!seen.some((entry) => entry.isIntersecting)) return;
      watch.disconnect();
      reminder.hidden = true;
      textWasRead(made.closest("section") ?? made);
    },
    { rootMargin: COVERED },
  );
  watch.observe(end);
  return made;
}
