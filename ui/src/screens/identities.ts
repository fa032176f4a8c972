import { element } from "../element.ts";
import { actButton } from "../parts/button.ts";
import { pageOf } from "../parts/navigation.ts";
import { tokens, triable } from "../parts/tokens.ts";
import type { Text } from "../text.ts";
import type { Identities } from "../types.ts";

/** Tokens and their certificates. */
export function identities(screen: Identities, t: Text): HTMLElement {
  const any = screen.found.tokens.some((token) => token.rows.some((row) => triable(token, row)));
  return pageOf(
    "identities",
    "page.identities",
    t,
    ...tokens(screen.found, t),
    any && element("p", { class: "quiet" }, t("page.try-out.why")),
    !screen.found.searching &&
      element("div", { class: "page-actions" }, actButton("refresh", t("window.look-again"), { act: "refresh" })),
  );
}
