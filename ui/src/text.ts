import { words } from "virtual:words";
import type vi from "../../agent/text/vi.json";
import type { Language } from "./types.ts";

/** A key of the agent's text files. */
export type Key = keyof typeof vi;

/** What a `{name}` in a sentence stands for. */
export type Values = Readonly<Record<string, string | number>>;

/** The words of one language. */
export interface Text {
  readonly language: Language;
  /** The sentence behind a key, its `{name}`s filled in; what is filled in is never searched for names. */
  (key: Key, values?: Values): string;
  /** The same, with a node in the place of one name. */
  around(key: Key, name: string, node: Node): Node[];
}

/** The words of `language`; a key without a sentence is a mistake and throws. */
export function textOf(language: Language): Text {
  const sentence = (key: Key): string => {
    const found = words[language][key];
    if (found === undefined) throw new Error(`no ${language} text for ${key}`);
    return found;
  };
  const shown = (value: string | number): string =>
    typeof value === "number" ? value.toLocaleString(language) : value;
  const fill = (key: Key, values: Values = {}): string =>
    sentence(key).replace(/\{([^{}]+)\}/g, (_, name: string) => shown(values[name] ?? "…"));
  const around = (key: Key, name: string, node: Node): Node[] => {
    const [before = "", after = ""] = sentence(key).split(`{${name}}`);
    return [document.createTextNode(before), node, document.createTextNode(after)];
  };
  return Object.assign(fill, { language, around });
}
