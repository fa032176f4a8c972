import type { Key } from "../text.ts";
import type { Purpose } from "../types.ts";

/** What the button says that has the signature made. */
export const SUBMIT: Readonly<Record<Purpose, Key>> = {
  login: "window.submit.login",
  register: "window.submit.register",
  "add-method": "window.submit.other",
  confirm: "window.submit.other",
  unknown: "window.submit.other",
  "self-test": "page.try-out",
};
