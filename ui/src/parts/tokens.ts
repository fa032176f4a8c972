import { type Child, element } from "../element.ts";
import type { Text } from "../text.ts";
import type { Found, Row, Token } from "../types.ts";
import { actButton } from "./button.ts";
import { busy } from "./busy.ts";
import { facts } from "./facts.ts";
import { icon } from "./icon.ts";
import { notice, problemWords } from "./notice.ts";
import { rowName, rowParts } from "./row.ts";

/** The tokens that are here, with their certificates; what is missing, where something is. */
export function tokens(found: Found, t: Text): Child[] {
  let first = 0;
  const cards = found.tokens.map((token) => {
    const card = tokenCard(token, first, t);
    first += token.rows.length;
    return card;
  });
  return [
    found.searching && busy(t("choose.searching")),
    ...cards,
    ...found.missing.map((problem) => notice("caution", ...problemWords(problem))),
  ];
}

function tokenCard(token: Token, first: number, t: Text): HTMLElement {
  return element(
    "section",
    { class: "card token" },
    element("h2", {}, icon("token"), token.device),
    facts([t("check.driver"), token.driver]),
    token.problem && notice("bad", ...problemWords(token.problem)),
    token.tries === "few" && notice("caution", element("p", {}, t("pin.few"))),
    token.tries === "last" && notice("bad", element("p", {}, t("pin.last"))),
    token.keypad && element("p", { class: "quiet" }, t("page.token.keypad")),
    token.rows.length > 0
      ? element("ul", { class: "rows" }, ...token.rows.map((row, place) => certificate(token, row, first + place, t)))
      : token.problem === null && element("p", { class: "quiet" }, t("tokens.empty")),
  );
}

/** Whether a certificate can sign for a try. */
export function triable(token: Token, row: Row): boolean {
  return token.problem === null && row.unfit === null && !row.afterPin;
}

function certificate(token: Token, row: Row, place: number, t: Text): HTMLElement {
  const parts = element("div", { class: "row" }, ...rowParts(row, t, false));
  return element("li", {}, parts, triable(token, row) && tryOut(row, place, t));
}

function tryOut(row: Row, place: number, t: Text): HTMLElement {
  const button = actButton(`try-out-${place}`, t("page.try-out"), { act: "try-out", row: place });
  button.setAttribute("aria-description", rowName(row, t));
  return button;
}
