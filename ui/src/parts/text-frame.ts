import { element } from "../element.ts";
import { textWasRead } from "../guard.ts";
import type { TextShown } from "../types.ts";

/**
 * A portal's text in a frame of its own. As soon as its end has been in sight, whatever in the same form waits for the
 * text to be read is released, and the remark goes.
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
    { root: frame },
  );
  watch.observe(end);
  return made;
}
