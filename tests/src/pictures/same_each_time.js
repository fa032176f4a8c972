// What differs from one run to the next is drawn as in one run: days as if today were DAY, times one after the other,
// matching digits, the picture code, the clock of a waiting page. A test build's own notice, which no other build has, is
// taken away.
const DAY = Date.UTC(2026, 10, 21);
const [picture, words, testBuild] = arguments;
const inHanoi = new Date(Date.now() + 7 * 3600 * 1000);
const shift = DAY - Date.UTC(inHanoi.getUTCFullYear(), inHanoi.getUTCMonth(), inHanoi.getUTCDate());
const two = (number) => String(number).padStart(2, "0");

// A page may be drawn twice.
window.alreadySame ??= new WeakSet();
const isNew = (node) => !window.alreadySame.has(node) && window.alreadySame.add(node);

const day = (_, d, m, y) => {
  const moved = new Date(Date.UTC(y, m - 1, d) + shift);
  return `${two(moved.getUTCDate())}/${two(moved.getUTCMonth() + 1)}/${moved.getUTCFullYear()}`;
};
window.timesDrawn ??= 0;
const time = () => {
  const seconds = 9 * 3600 + 41 * 60 + 7 - 83 * window.timesDrawn++;
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
};
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (texts.nextNode()) {
  const node = texts.currentNode;
  const said = node.data.replace(/\b(\d\d)\/(\d\d)\/(\d{4})\b/g, day).replace(/\b\d\d:\d\d:\d\d\b/g, time);
  if (said !== node.data && isNew(node)) node.data = said;
}

const put = (css, change) => document.querySelectorAll(css).forEach(change);
put("#code-digits", (digits) => (digits.textContent = "4827"));
put(".captcha img", (image) => (image.src = picture));
put("#captcha-words", (spoken) => (spoken.textContent = words));
put(".banner p", (notice) => notice.textContent === testBuild && notice.remove());
put(".banner:not(:has(p))", (banner) => banner.remove());
put("#clock", (clock) => {
  // The page's script goes on with the one that it knows.
  const still = clock.cloneNode(true);
  still.textContent = "4:48";
  clock.replaceWith(still);
});
document.activeElement?.blur();
