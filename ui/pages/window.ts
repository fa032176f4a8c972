import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults, RunOptions } from "axe-core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import type { Shown } from "../src/types.ts";
import { standIn } from "./stage.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const OPTIONS: RunOptions = { resultTypes: ["violations", "incomplete"] };

/** The built page in a window of its own, and what its console said. */
export class Window {
  readonly complaints: string[] = [];
  #number = 0;

  private constructor(readonly page: Page) {
    page.on("console", (message) => this.complaints.push(`${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("requestfailed", (request) => this.complaints.push(`failed: ${request.url()}`));
  }

  static async open(browser: Browser, url: string, options: BrowserContextOptions): Promise<Window> {
    const context = await browser.newContext(options);
    const window = new Window(await context.newPage());
    await window.page.addInitScript(standIn, null);
    await window.page.goto(url);
    await window.page.waitForFunction(() => stage.listens());
    return window;
  }

  /** Shows the next screen; returns when it stands. */
  async show(shown: Omit<Shown, "number">): Promise<void> {
    const next = { ...shown, number: ++this.#number };
    await this.page.evaluate((given) => stage.show(given), next);
  }

  /** What the page has said so far. */
  said(): Promise<unknown[]> {
    return this.page.evaluate(() => stage.said);
  }

  /**
   * What axe finds wrong with what stands now, and what it can't judge. A window as high as its page has nothing under its
   * buttons, and the arrow of a list is drawn beside its words: what lies behind each word is known.
   */
  async faults(): Promise<string[]> {
    const size = this.page.viewportSize();
    if (size === null) throw new Error("a window without a size");
    const height = await this.page.evaluate(() => document.documentElement.scrollHeight);
    await this.page.setViewportSize({ ...size, height: Math.max(height, size.height) });
    if (!(await this.page.evaluate(() => "axe" in window))) await this.page.evaluate(AXE);
    const found = await this.page.evaluate((options) => {
      for (const list of document.querySelectorAll("select")) list.style.backgroundImage = "none";
      return (window as unknown as { axe: { run(o: unknown): Promise<AxeResults> } }).axe.run(options);
    }, OPTIONS);
    await this.page.setViewportSize(size);
    return [...found.violations, ...found.incomplete].map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`,
    );
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}
