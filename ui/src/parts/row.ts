import { type Child, element } from "../element.ts";
import type { Text } from "../text.ts";
import type { Row } from "../types.ts";
import { type Fact, facts } from "./facts.ts";

/** What a certificate's row is called. */
export function rowName(row: Row, t: Text): string {
  if (row.name !== "") return row.name;
  return t(row.afterPin ? "tokens.after-pin" : "check.certificate");
}

function validity(row: Row, t: Text): string {
  if (row.validFrom === "" || row.validTo === "") return "";
  return t("check.validity-dates", { from: row.validFrom, to: row.validTo });
}

/** What can be said of a certificate: whom it names, by what, until when, and why it can't be chosen. */
export function rowParts(row: Row, t: Text, withDevice: boolean): Child[] {
  return [
    ...named(row, t),
    facts(
      ...issued(row, t),
      [t("check.validity"), validity(row, t)],
      [t("column.device"), withDevice ? row.device : null],
    ),
  ];
}

/** The same in short, of one that was chosen before. */
export function rowInShort(row: Row, t: Text): Child[] {
  return [...named(row, t), facts(...issued(row, t), [t("column.device"), row.device])];
}

function named(row: Row, t: Text): Child[] {
  return [
    element("strong", { class: "name" }, rowName(row, t)),
    row.organisation !== null && element("span", { class: "organisation" }, row.organisation),
    row.unfit !== null && element("span", { class: "unfit" }, row.unfit),
    row.unfit === null && row.expires !== null && element("span", { class: "expires" }, row.expires),
  ];
}

const issued = (row: Row, t: Text): Fact[] => [
  [t("column.id"), row.id],
  [t("column.ca"), row.ca],
];
