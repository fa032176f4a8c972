import { element } from "../element.ts";
import { actButton } from "../parts/button.ts";
import { icon } from "../parts/icon.ts";
import { locked } from "../parts/locked.ts";
import { pageOf } from "../parts/navigation.ts";
import { alert } from "../parts/notice.ts";
import type { Text } from "../text.ts";
import type { Site, Sites } from "../types.ts";

/** The portals that were used or listed, and what each may. */
export function sites(screen: Sites, t: Text): HTMLElement {
  const list = element("ul", { class: "sites-list" }, ...screen.rows.map((site, place) => entry(site, place, t)));
  const none = element("p", { class: "quiet" }, t("page.sites.none"));
  return pageOf(
    "sites",
    "page.sites",
    t,
    screen.problem !== null && alert("bad", element("p", {}, screen.problem)),
    screen.rows.length > 0 ? list : none,
  );
}

function entry(site: Site, place: number, t: Text): HTMLElement {
  const id = `site-${place}`;
  return element(
    "li",
    { class: "card site" },
    element(
      "div",
      { class: "row" },
      element("strong", { id, class: "origin" }, element("bdi", { dir: "ltr" }, site.origin)),
      site.name !== null && element("span", {}, site.name),
      state(site, t),
      !site.used && element("span", { class: "quiet" }, t("page.sites.unused")),
      site.locked && locked(t),
    ),
    !site.locked && buttons(site, place, id, t),
  );
}

function state(site: Site, t: Text): HTMLElement {
  return site.permission === "allowed"
    ? element("span", { class: "mark good" }, icon("right"), t("page.sites.allowed"))
    : element("span", { class: "mark bad" }, icon("wrong"), t("page.sites.blocked"));
}

function buttons(site: Site, place: number, labelled: string, t: Text): HTMLElement {
  const { origin } = site;
  const change =
    site.permission === "allowed"
      ? actButton(`block-${place}`, t("page.sites.block"), { act: "permit", origin, permission: "blocked" })
      : actButton(`allow-${place}`, t("page.sites.allow"), { act: "permit", origin, permission: "allowed" });
  const forget = actButton(`forget-${place}`, t("page.sites.forget"), { act: "forget", origin }, "quiet");
  for (const button of [change, forget]) button.setAttribute("aria-labelledby", `${button.id} ${labelled}`);
  return element("div", { class: "page-actions" }, change, forget);
}
