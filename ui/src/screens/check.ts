import { type Child, element } from "../element.ts";
import { actButton } from "../parts/button.ts";
import { busy } from "../parts/busy.ts";
import { icon, type IconName } from "../parts/icon.ts";
import { pageOf } from "../parts/navigation.ts";
import { alert, notice } from "../parts/notice.ts";
import type { Key, Text } from "../text.ts";
import type { Check, Finding, Level } from "../types.ts";

const WORDS: Readonly<Record<Level, Key>> = {
  ok: "check.ok",
  warning: "check.warning",
  error: "check.error",
  unchecked: "check.not-checked",
};

const MARKS: Readonly<Record<Level, readonly [tone: string, icon: IconName]>> = {
  ok: ["good", "right"],
  warning: ["caution", "caution"],
  error: ["bad", "wrong"],
  unchecked: ["quiet", "none"],
};

/** From the cable to the certificate, step by step. */
export function check(screen: Check, t: Text): HTMLElement {
  return pageOf(
    "check",
    "page.check",
    t,
    screen.running && busy(t("page.check.running")),
    verdict(screen, t),
    element("ol", { class: "findings" }, ...screen.findings.map((finding) => step(finding, t))),
    ...after(screen, t),
  );
}

function verdict({ works, findings }: Check, t: Text): Child {
  if (works === null) return null;
  const faults = findings.filter(({ level }) => level === "warning" || level === "error").length;
  const said = works ? ready(faults, t) : notice("bad", element("p", {}, t("page.check.not-ready")));
  said.dataset["news"] = "";
  return said;
}

/** Another token's faults hinder nobody, but are said. */
function ready(faults: number, t: Text): HTMLElement {
  if (faults === 0) return notice("good", element("p", {}, t("check.ready")));
  const sentence = faults === 1 ? t("check.ready-but-one") : t("check.ready-but", { n: faults });
  return notice("caution", element("p", {}, sentence));
}

function step(finding: Finding, t: Text): HTMLElement {
  const [tone, drawing] = MARKS[finding.level];
  return element(
    "li",
    {},
    element(
      "p",
      { class: "step" },
      element("strong", {}, finding.step),
      element("span", { class: `mark ${tone}` }, icon(drawing), t(WORDS[finding.level])),
    ),
    element("p", {}, finding.found),
    finding.remedy !== "" && element("p", { class: "remedy" }, finding.remedy),
  );
}

function after(screen: Check, t: Text): Child[] {
  return [
    screen.problem !== null && alert("bad", element("p", {}, screen.problem)),
    screen.report !== null &&
      element("p", { class: "path", "data-news": true }, t("check.report", { path: screen.report })),
    !screen.running &&
      element(
        "div",
        { class: "page-actions" },
        actButton("refresh", t("page.check.again"), { act: "refresh" }),
        actButton("report", t("page.check.report"), { act: "report" }),
      ),
  ];
}
