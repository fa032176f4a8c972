// @ts-check
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { chromium } from "playwright-core";
import { build } from "vite";

/** @typedef {import("../src/types.ts").Shown} Shown */

const UI = join(import.meta.dirname, "..");
const CHROMIUM = process.env["KYSO_CHROMIUM"] ?? "/usr/bin/chromium";

/** What the window's own program sends with the page; and no string may become markup or a script. */
function policy() {
  const settings = JSON.parse(readFileSync(join(UI, "../src-tauri/tauri.conf.json"), "utf8"));
  return `${settings.app.security.csp}; require-trusted-types-for 'script'; trusted-types 'none'`;
}

/** @type {Record<string, string>} */
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };

/** Builds the page into a folder of its own: the one that the window's program embeds stays as it is. */
async function built() {
  const outDir = mkdtempSync(join(tmpdir(), "kyso-ui-"));
  await build({ root: UI, logLevel: "error", build: { outDir, emptyOutDir: true } });
  return outDir;
}

/** The built page on a port of its own, with the window's content policy. */
export async function serve() {
  const folder = await built();
  const csp = policy();
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url ?? "/", "http://stage").pathname);
    try {
      const body = await readFile(join(folder, path === "/" ? "index.html" : path));
      response.writeHead(200, {
        "Content-Type": TYPES[extname(path)] ?? "text/html",
        "Content-Security-Policy": csp,
      });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", () => ready(undefined)));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}/`,
    close() {
      server.close();
      rmSync(folder, { recursive: true });
    },
  };
}

export function launch() {
  return chromium.launch({
    executablePath: CHROMIUM,
    chromiumSandbox: process.getuid?.() !== 0,
    args: ["--disable-gpu", "--no-first-run", "--disable-background-networking"],
  });
}

/**
 * Stands in for the window's own program: keeps what the page asks of it, and shows what a test gives it.
 * @param {Shown | null} first
 */
export function standIn(first) {
  /** @type {Map<number, (event: unknown) => void>} */
  const callbacks = new Map();
  /** @type {number[]} */
  const listeners = [];
  const stage = {
    /** @type {unknown[]} */
    said: [],
    listens: () => listeners.length > 0,
    /** @param {Shown} shown */
    show(shown) {
      for (const id of listeners) callbacks.get(id)?.({ event: "shown", id, payload: shown });
    },
  };
  Object.assign(window, {
    stage,
    __TAURI_INTERNALS__: {
      /** @param {(event: unknown) => void} callback */
      transformCallback(callback) {
        callbacks.set(callbacks.size + 1, callback);
        return callbacks.size;
      },
      /**
       * @param {string} command
       * @param {any} payload
       * @param {{ headers?: Record<string, string> }} [options]
       */
      async invoke(command, payload, options) {
        if (command === "view") return first;
        if (command === "drawn") return null;
        if (command === "plugin:event|listen") return listeners.push(payload.handler);
        const pin = payload instanceof Uint8Array ? new TextDecoder().decode(payload) : null;
        stage.said.push(pin === null ? payload : { pin, number: options?.headers?.["kyso-number"] });
        return null;
      },
    },
  });
}
