import { agent } from "./ipc.ts";
import { open } from "./window.ts";

const screen = document.getElementById("screen");
const news = document.getElementById("news");
if (screen && news) {
  await open({ screen, news }, agent, (milliseconds, then) => void setTimeout(then, milliseconds));
}
