const byId = (root: ParentNode, id: string): HTMLElement | null =>
  root.querySelector<HTMLElement>(`#${CSS.escape(id)}`);

/** Copies what the person has typed or chosen but not sent, where the new screen still means the same by it. */
export function carryFields(from: ParentNode, to: ParentNode): void {
  for (const old of from.querySelectorAll<HTMLInputElement>("[data-keep]")) {
    const field = byId(to, old.id);
    if (!(field instanceof HTMLInputElement) || field.dataset["keep"] !== old.dataset["keep"]) continue;
    if (field.disabled) continue;
    if (old.checked !== old.defaultChecked) field.checked = old.checked;
    if (isTyped(old) && old.value !== old.defaultValue) field.value = old.value;
    // A PIN stands in one place only.
    if (old.type === "password") old.value = "";
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

const isTyped = ({ type }: HTMLInputElement): boolean => type === "text" || type === "password";

/** Gives the focus to the element that has the old one's id, with its caret; false if there is none. */
export function carryFocus(old: Element | null, to: ParentNode): boolean {
  const focused = old?.id ? byId(to, old.id) : null;
  if (!focused) return false;
  focused.focus({ preventScroll: true });
  if (old instanceof HTMLInputElement && focused instanceof HTMLInputElement && focused.type === "text") {
    focused.setSelectionRange(old.selectionStart, old.selectionEnd);
  }
  return document.activeElement === focused;
}
