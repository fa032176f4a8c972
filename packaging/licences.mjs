// node packaging/licences.mjs PACKAGE…: what the programs of these packages and the window's page contain of others, and
// under which licences, each text once. Fails with the name of whatever comes without a licence that can be quoted.
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/**
 * @typedef {{ name: string, version: string, licence: string, from: string, authors: string[], texts: string[] }} Part
 */

const LICENCE_FILE = /^(licen[cs]e|copying|copyright|notice|unlicense)([-._].*)?$/i;
const UI = join(import.meta.dirname, "../ui");

/** @type {(program: string, ...options: string[]) => string} */
const said = (program, ...options) =>
  execFileSync(program, options, { encoding: "utf8", maxBuffer: 1 << 28, cwd: join(import.meta.dirname, "..") });

/**
 * Below a folder, wherever they lie: some crates carry others' sources.
 * @param {string} folder
 */
function texts(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true });
  return files
    .filter((file) => file.isFile() && LICENCE_FILE.test(file.name) && !/\.(rs|c|h|py|sh|html)$/.test(file.name))
    .map((file) => join(file.parentPath, file.name))
    .filter((path) => !relative(folder, path).split("/").includes("node_modules"))
    .sort()
    .map((path) => readFileSync(path, "utf8").replace(/\r\n?/g, "\n").trim())
    .filter((text) => text !== "");
}

/**
 * Every crate from which something gets into a program of these packages on this machine, at build time or for good.
 * @param {string[]} packages
 * @returns {Part[]}
 */
function crates(packages) {
  const machine = /^host: (.*)$/m.exec(said("rustc", "-vV"))?.[1] ?? "";
  const wanted = packages.flatMap((name) => ["-p", name]);
  const lines = ["--edges", "normal,build", "--prefix", "none", "--format", "{p}", "--target", machine];
  const named = said("cargo", "tree", "--locked", "--offline", ...wanted, ...lines);
  const used = new Set([...named.matchAll(/^(\S+) v(\S+)/gm)].map(([, name, version]) => `${name} ${version}`));
  const all = said("cargo", "metadata", "--locked", "--offline", "--format-version", "1", "--filter-platform", machine);
  return JSON.parse(all)
    .packages.filter((one) => one.source !== null && used.has(`${one.name} ${one.version}`))
    .map((one) => ({
      name: one.name,
      version: one.version,
      licence: one.license ?? "",
      from: `https://crates.io/crates/${one.name}/${one.version}`,
      authors: one.authors,
      texts: texts(dirname(one.manifest_path)),
    }));
}

/**
 * What the window's page is bundled of: no tool is, and the lock file says which is one.
 * @returns {Part[]}
 */
function modules() {
  const lock = JSON.parse(readFileSync(join(UI, "package-lock.json"), "utf8"));
  return Object.entries(lock.packages)
    .filter(([folder, one]) => folder !== "" && !one.dev && !one.devOptional)
    .map(([folder, one]) => ({
      name: folder.slice("node_modules/".length),
      version: one.version,
      licence: one.license ?? "",
      from: `https://www.npmjs.com/package/${folder.slice("node_modules/".length)}/v/${one.version}`,
      authors: [],
      texts: texts(join(UI, folder)),
    }));
}

/**
 * What no package manager names.
 * @param {Part[]} crates
 * @returns {Part[]}
 */
function others(crates) {
  const version = /^release: (.*)$/m.exec(said("rustc", "-vV"))?.[1] ?? "";
  const none = { authors: ["The Rust Project contributors"], texts: [] };
  const std = { name: "std", version, licence: "Apache-2.0 OR MIT", from: "https://www.rust-lang.org/", ...none };
  const psl = crates.find((one) => one.name === "psl");
  if (psl === undefined) return [std];
  // Its crate compiles the list in, and has a licence of its own.
  const list = { ...psl, name: "public-suffix-list", licence: "MPL-2.0", from: "https://publicsuffix.org/", texts: [] };
  return [std, list];
}

/** @type {(licence: string) => string[]} */
const alternatives = (licence) => licence.split(/ OR |\s*\/\s*/);

/**
 * The text of a licence as most of those have it that are under this one alone.
 * @param {Part[]} parts
 * @param {string} licence
 */
function standard(parts, licence) {
  const own = parts.filter((part) => part.licence === licence && part.texts.length === 1).map((part) => part.texts[0]);
  const body = licence === "MIT" ? own.map((text) => /Permission is hereby granted[^]*/.exec(text)?.[0] ?? "") : own;
  const counted = new Map();
  for (const text of body.filter((text) => text !== "")) counted.set(text, (counted.get(text) ?? 0) + 1);
  const [most] = [...counted].sort(([one, often], [other, less]) => less - often || (one < other ? -1 : 1));
  return most?.[0];
}

/**
 * @param {Part} part
 * @param {Part[]} parts
 * @returns {string[]}
 */
function quoted(part, parts) {
  if (part.texts.length > 0) return part.texts;
  for (const licence of alternatives(part.licence)) {
    const text = standard(parts, licence);
    if (text !== undefined) return [licence === "MIT" ? `Copyright (c) ${part.authors.join(", ")}\n\n${text}` : text];
  }
  throw new Error(`${part.name} ${part.version} comes without its licence (${part.licence || "none named"})`);
}

/** @param {Part[]} parts */
function document(parts) {
  /** @type {Map<string, number>} */
  const numbers = new Map();
  const number = (text) => numbers.get(text) ?? numbers.set(text, numbers.size + 1).size;
  const list = parts.map((part) => {
    const where = quoted(part, parts).map(number).join(", ");
    return `${part.name} ${part.version}\n    ${part.licence || "see the text"}; ${part.from}; text ${where}`;
  });
  const bodies = [...numbers].map(([text, number]) => `${"-".repeat(72)}\n[${number}]\n\n${text}`);
  return [
    "Kyso's programs contain, or were built with, the work of others that is named here. Each line says under which",
    "licences, where its source is, and which of the texts below belong to it.\n",
    `${list.join("\n")}\n`,
    `${bodies.join("\n\n")}\n`,
  ].join("\n");
}

const names = process.argv.slice(2);
const linked = crates(names);
const parts = [...linked, ...modules(), ...others(linked)];
const order = (part) => `${part.name} ${part.version}`;
parts.sort((one, other) => (order(one) < order(other) ? -1 : 1));
process.stdout.write(document(parts));
