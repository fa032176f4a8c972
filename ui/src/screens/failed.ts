import { element } from "../element.ts";
import { actButton } from "../parts/button.ts";
import { dialogue, heading } from "../parts/frame.ts";
import { icon } from "../parts/icon.ts";
import type { Text } from "../text.ts";
import type { Failed } from "../types.ts";

/** What happened, what to do, and what support needs. */
export function failed(screen: Failed, t: Text): HTMLElement {
  const { problem } = screen;
  return dialogue(
    "failed",
    [
      element("div", { class: "drawing bad" }, icon("wrong")),
      heading(problem.happened, problem.remedy === "" ? "problem-code" : "remedy problem-code"),
      problem.remedy !== "" && element("p", { id: "remedy", class: "remedy" }, problem.remedy),
      element("p", { id: "problem-code", class: "quiet" }, t("failed.code", { code: problem.code })),
      report(screen.report, t),
    ],
    [
      actButton("close", t("window.close"), { act: "close" }),
      screen.again && actButton("again", t("window.again"), { act: "again" }, "primary"),
    ],
  );
}

function report(words: string, t: Text): HTMLElement {
  const copy = element("button", { id: "copy", type: "button", class: "quiet" }, t("window.failed.copy"));
  const copied = element("p", { id: "copied", class: "quiet", role: "status" });
  const title = element("summary", { id: "report-title" }, t("window.failed.report"));
  const text = element("pre", { id: "report", tabindex: "0", role: "region", "aria-labelledby": title.id }, words);
  const details = element("details", {}, title, text);
  copy.addEventListener("click", () => {
    navigator.clipboard.writeText(words).then(
      () => {
        copied.textContent = t("window.failed.copied");
      },
      () => {
        copied.textContent = t("window.failed.not-copied");
        details.open = true;
        getSelection()?.selectAllChildren(text);
      },
    );
  });
  return element("div", { class: "report" }, copy, copied, details);
}
