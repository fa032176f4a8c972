import { type Child, element } from "../element.ts";
import { guard } from "../guard.ts";
import { actButton } from "../parts/button.ts";
import { matchingCode } from "../parts/code.ts";
import { dialogue, heading } from "../parts/frame.ts";
import { noKeychain } from "../parts/no-keychain.ts";
import { notice } from "../parts/notice.ts";
import { originShown, originText } from "../parts/origin.ts";
import { textFrame } from "../parts/text-frame.ts";
import type { Key, Text } from "../text.ts";
import type { Consent, Purpose, Subject } from "../types.ts";
import { rememberedForm } from "./remembered.ts";

const TITLES: Readonly<Record<Purpose, Key>> = {
  login: "consent.title.login",
  register: "consent.title.register",
  "add-method": "consent.title.add-method",
  confirm: "consent.title.confirm",
  unknown: "window.consent.unknown",
  "self-test": "page.try-out",
};

const SUBJECTS: Readonly<Record<Subject, Key>> = {
  citizen: "word.citizen",
  business: "word.business",
  agency: "word.agency",
};

/** Who asks for what; to agree or to refuse, or, with a remembered certificate, to sign at once. */
export function consent(screen: Consent, t: Text): HTMLElement {
  const parts = [asked(screen, t), ...warnings(screen, t), ...shown(screen, t)];
  if (screen.remembered) return rememberedForm(screen.remembered, screen, parts, t);
  const released = element("p", { class: "quiet" }, t("consent.released"));
  const agree = guard(actButton("agree", t("consent.agree"), { act: "agree" }, weight(screen)), screen.text !== null);
  const body = [...parts, released, noKeychain(screen.noKeychain, t)];
  return dialogue("consent", body, [actButton("refuse", t("consent.refuse"), { act: "refuse" }), agree]);
}

function asked(screen: Consent, t: Text): HTMLElement {
  return element(
    "header",
    {},
    element("p", { id: "who", class: "who" }, ...t.around("consent.who", "origin", originShown(screen.origin))),
    heading(t(TITLES[screen.purpose]), "who"),
    screen.name !== null && element("p", { class: "quiet" }, t("consent.listed-name", { name: screen.name })),
    screen.subject !== null &&
      element("p", { class: "quiet" }, t("consent.subject", { subject: t(SUBJECTS[screen.subject]) })),
  );
}

function warnings(screen: Consent, t: Text): Child[] {
  return [
    screen.lookAlike !== null &&
      notice("bad", element("p", {}, t("window.consent.look-alike", { host: screen.lookAlike }))),
    screen.resembles !== null && notice("bad", element("p", {}, screen.resembles)),
    screen.newSite && notice("caution", element("p", {}, t("consent.new-site"))),
  ];
}

function shown(screen: Consent, t: Text): Child[] {
  const title = t("consent.text", { origin: originText(screen.origin) });
  return [
    matchingCode(t("history.code"), screen.matchingCode, t("window.consent.code")),
    screen.text !== null && textFrame(screen.text, title, t("window.consent.read-on")),
  ];
}

/** An address that may deceive doesn't get a button that invites. */
function weight(screen: Consent): "primary" | "plain" {
  return screen.lookAlike === null && screen.resembles === null ? "primary" : "plain";
}
