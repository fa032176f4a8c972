import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

const MODULE = "virtual:words";
const SOURCES = join(import.meta.dirname, "../src");
const TEXTS = join(import.meta.dirname, "../../agent/text");

type Words = Record<string, string>;

/** The agent's file of one language: flat keys, whole sentences. */
export function wordsOf(language: "vi" | "en"): Words {
  return JSON.parse(readFileSync(join(TEXTS, `${language}.json`), "utf8")) as Words;
}

/** Those of the words whose keys the window's sources name as a string. */
export function namedIn(sources: string, words: Words): Words {
  const named = new Set(Array.from(sources.matchAll(/"([a-z][\w.-]*)"/g), (match) => match[1]));
  return Object.fromEntries(Object.entries(words).filter(([key]) => named.has(key)));
}

function sources(): string {
  const files = readdirSync(SOURCES, { recursive: true, encoding: "utf8" });
  return files
    .filter((file) => file.endsWith(".ts") && file !== "types.ts")
    .map((file) => readFileSync(join(SOURCES, file), "utf8"))
    .join("\n");
}

/** Gives `virtual:words`: the sentences that the window needs, in both languages. */
export function words(): Plugin {
  return {
    name: "kyso-words",
    resolveId: (id) => (id === MODULE ? `\0${MODULE}` : null),
    load(id) {
      if (id !== `\0${MODULE}`) return null;
      const text = sources();
      const both = { vi: namedIn(text, wordsOf("vi")), en: namedIn(text, wordsOf("en")) };
      return `export const words = ${JSON.stringify(both)};`;
    },
  };
}
