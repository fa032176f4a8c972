import mark from "../../../src-tauri/icons/kyso.svg";
import { element } from "../element.ts";
import { facts } from "../parts/facts.ts";
import { pageOf } from "../parts/navigation.ts";
import { notice } from "../parts/notice.ts";
import type { Text } from "../text.ts";
import type { About } from "../types.ts";

/** The program. */
export function about(screen: About, t: Text): HTMLElement {
  return pageOf(
    "about",
    "page.about",
    t,
    element(
      "div",
      { class: "card centred-text" },
      element("img", { src: mark, alt: "", width: "64", height: "64" }),
      element("p", { class: "lead" }, t("help.kyso")),
      element("p", {}, t("page.about.version", { version: screen.version })),
      element("p", { class: "quiet" }, t("page.about.licence")),
    ),
    screen.newer !== null &&
      notice(
        "caution",
        element("p", { class: "happened" }, t("page.about.newer", { version: screen.newer })),
        element("p", {}, t("page.about.newer.do")),
      ),
    (screen.policy !== null || screen.settings !== null) &&
      element(
        "div",
        { class: "card" },
        facts([t("page.about.policy"), screen.policy], [t("page.about.settings"), screen.settings]),
      ),
  );
}
