// Waiting page: says how far the ask is, and counts down. It learns no code, no name and no session.
"use strict";

const SILENCE = 6000;
const PERIOD = 1500;

const wait = document.getElementById("wait");
const parts = document.querySelectorAll("#status [data-when]");
const reopen = document.getElementById("reopen");
const open = document.getElementById("open-action");
const clock = document.getElementById("clock");
const ends = performance.now() + Number(wait.dataset.seconds) * 1000;

let fetched = false;
let over = false;
let silence = 0;

function show(name) {
  for (const part of parts) {
    // Unchanged words must not be announced again.
    const hidden = part.dataset.when !== name;
    if (part.hidden !== hidden) part.hidden = hidden;
  }
  // One button at a time: the first one, until it was pressed in vain or has done its work.
  const again = name === "silent" || name === "fetched";
  reopen.hidden = !again;
  open.hidden = again;
}

function opened() {
  if (fetched || over) return;
  show("opening");
  clearTimeout(silence);
  silence = setTimeout(() => {
    if (!fetched && !over) show("silent");
  }, SILENCE);
}

function end() {
  over = true;
  clearTimeout(silence);
  show("ended");
  for (const id of ["open-part", "left"]) document.getElementById(id).hidden = true;
  document.getElementById("again").hidden = false;
}

function learn(news) {
  if (news.state === "problem") {
    over = true;
    location.replace(location.pathname);
  } else if (news.state === "ended") {
    end();
  } else if (news.fetched && !fetched) {
    fetched = true;
    show("fetched");
  }
}

let offline = false;

async function poll() {
  if (over) return;
  try {
    const reply = await fetch(wait.dataset.state, { cache: "no-store", redirect: "error" });
    if (reply.status === 404 || reply.status === 410) end();
    else if (reply.ok) learn(await reply.json());
    if (offline && !over) show(fetched ? "fetched" : "ready");
    offline = false;
  } catch {
    if (!over) show("offline");
    offline = true;
  }
  if (!over) setTimeout(poll, PERIOD);
}

function tick() {
  const left = Math.max(0, Math.ceil((ends - performance.now()) / 1000));
  clock.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  if (!over && left > 0) setTimeout(tick, 500);
}

for (const link of document.querySelectorAll("#open, #reopen a")) link.addEventListener("click", opened);
if (document.querySelector('[data-when="fetched"]:not([hidden])')) {
  fetched = true;
  show("fetched");
}
tick();
poll();
