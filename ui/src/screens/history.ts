import { type Child, element } from "../element.ts";
import { actButton } from "../parts/button.ts";
import { busy } from "../parts/busy.ts";
import { pageOf } from "../parts/navigation.ts";
import { alert, notice } from "../parts/notice.ts";
import { icon } from "../parts/icon.ts";
import type { Key, Text } from "../text.ts";
import type { History, HistoryRow } from "../types.ts";

type Column = readonly [label: Key, name: string, cell: (row: HistoryRow) => Child];

const COLUMNS: readonly Column[] = [
  ["history.time", "time", (row) => row.time],
  ["history.site", "site", (row) => element("bdi", { dir: "ltr" }, row.portal)],
  ["history.purpose", "purpose", (row) => row.purpose],
  ["history.method", "method", (row) => row.method],
  ["history.certificate", "certificate", (row) => row.certificate],
  ["history.result", "result", result],
];

/** Every signature that was asked for here, and whether the list is what was written. */
export function history(screen: History, t: Text): HTMLElement {
  return pageOf(
    "history",
    "page.history",
    t,
    intact(screen, t),
    ...entries(screen, t),
    ...exported(screen, t),
  );
}

function entries(screen: History, t: Text): Child[] {
  const shown = screen.rows.length;
  if (shown === 0) return [screen.intact.state === "yes" && element("p", { class: "quiet" }, t("history.none"))];
  return [
    table(screen, t),
    shown < screen.total &&
      element("p", { class: "quiet" }, t("page.history.newest", { n: shown, total: screen.total })),
  ];
}

function intact({ intact, total }: History, t: Text): HTMLElement {
  switch (intact.state) {
    case "yes":
      return notice("good", element("p", {}, t("history.intact", { n: total })));
    case "unfinished":
      return notice("caution", element("p", {}, t("history.unfinished")));
    case "broken":
      return alert("bad", element("p", {}, t("history.broken", { n: intact.line })));
    case "unread":
      return busy(t("page.history.reading"));
    case "unreadable":
      return alert("bad", element("p", {}, t("page.history.unreadable")));
  }
}

function exported(screen: History, t: Text): Child[] {
  return [
    screen.problem !== null && alert("bad", element("p", {}, screen.problem)),
    screen.exported !== null &&
      element("p", { class: "path", "data-news": true }, t("window.written", { path: screen.exported })),
    screen.total > 0 &&
      element("div", { class: "page-actions" }, actButton("export", t("page.history.export"), { act: "export" })),
  ];
}

// The style may lay rows out as blocks, which takes a table's own meaning away in some engines: hence the roles.
function table(screen: History, t: Text): HTMLElement {
  const titles = COLUMNS.map(([label, name]) =>
    element("th", { scope: "col", role: "columnheader", class: name }, t(label)),
  );
  return element(
    "table",
    { role: "table", "aria-labelledby": "heading" },
    element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, ...titles)),
    element("tbody", { role: "rowgroup" }, ...screen.rows.map((row) => line(row, t))),
  );
}

function line(row: HistoryRow, t: Text): HTMLElement {
  const cells = COLUMNS.map(([label, name, cell]) =>
    element("td", { role: "cell", class: name, "data-label": t(label) }, cell(row)),
  );
  return element("tr", { role: "row" }, ...cells);
}

function result(row: HistoryRow): Child {
  const tone = row.accepted ? "good" : "bad";
  return element("span", { class: `mark ${tone}` }, icon(row.accepted ? "right" : "wrong"), row.result);
}
