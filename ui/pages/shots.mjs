// @ts-check
// Pictures of every fixture, light and dark, into the folder that is named.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { FIXTURES } from "./fixtures.mjs";
import { launch, serve, standIn } from "./stage.mjs";

const folder = process.argv[2];
if (folder === undefined) {
  console.error("usage: npm run shots -- FOLDER [PREFIX [WIDTH]]");
  process.exit(2);
}
const prefix = process.argv[3] ?? "";
mkdirSync(folder, { recursive: true });

const SIZE = { width: Number(process.argv[4] ?? 460), height: 640 };
const site = await serve();
const browser = await launch();
for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
  const window = await browser.newContext({ colorScheme, reducedMotion: "reduce", viewport: SIZE });
  const page = await window.newPage();
  await page.clock.install();
  await page.addInitScript(standIn, null);
  await page.goto(site.url);
  let number = 0;
  for (const { name, shown } of FIXTURES.filter((fixture) => fixture.name.startsWith(prefix))) {
    await page.setViewportSize(SIZE);
    // The page learns of its size in its own time, and its clock stands still.
    while ((await page.evaluate(() => document.documentElement.clientHeight)) !== SIZE.height);
    await page.evaluate((next) => stage.show(next), { ...shown, number: ++number });
    await page.clock.runFor(1000);
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    await page.setViewportSize({ ...SIZE, height: Math.max(height, SIZE.height) });
    await page.screenshot({ path: join(folder, `${name}.${colorScheme}.png`) });
  }
  await window.close();
}
await browser.close();
site.close();
