// @ts-check
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** @typedef {import("../src/types.ts").Shown} Shown */

const UI = join(import.meta.dirname, "..");

/** What the agent's own tests have written, and what no agent shows yet. */
const FOLDERS = [join(UI, "../screens/fixtures"), join(UI, "fixtures")];

/** Every kept screen by its name, as `pin-last.vi`. */
export const FIXTURES = FOLDERS.flatMap((folder) =>
  readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => ({
      name: file.slice(0, -".json".length),
      shown: /** @type {Shown} */ (JSON.parse(readFileSync(join(folder, file), "utf8"))),
    })),
).sort((one, other) => one.name.localeCompare(other.name));

/**
 * The screen of a fixture in Vietnamese, by its name without the language.
 * @param {string} name
 */
export function screenOf(name) {
  const found = FIXTURES.find((fixture) => fixture.name === `${name}.vi`);
  if (!found) throw new Error(`no fixture ${name}`);
  return structuredClone(found.shown.screen);
}
