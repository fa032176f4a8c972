/** What may stand inside an element; `null` and `false` are nothing. */
export type Child = Node | string | null | false;

type Attributes = Readonly<Record<string, string | boolean | null>>;

/**
 * An element with attributes and children. A string child becomes text, never markup; an attribute that is `true` is
 * set empty, one that is `false` or `null` is left out.
 */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) made.setAttribute(attribute, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== false));
  return made;
}
