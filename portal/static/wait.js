// Waiting page: says how far the ask is, and counts down. It learns no code, no name and no session.
"use strict";

const SILENCE = 6000;
const PERIOD = 1500;

const wait = document.getElementById("wait");
const parts = document.querySelectorAll("#status [data-when]");
const reopen = document.getElementById("reopen");
const open = document.getElementById("open-action");
const download = document.getElementById("download");
const clock = document.getElementById("clock");
const ends = performance.now() + Number(wait.dataset.seconds) * 1000;

// How far it is while the portal can be reached: ready, opening, silent or fetched.
let stage = "ready";
let over = false;
let offline = false;
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
  if (download) download.hidden = name !== "silent";
}

function reach(next) {
  stage = next;
  if (!offline) show(stage);
}

function opened() {
  if (stage === "fetched" || over) return;
  reach("opening");
  clearTimeout(silence);
  silence = setTimeout(silent, SILENCE);
}

// Only the portal knows whether somebody has fetched the ask: it is asked once more before the page says that nobody has.
async function silent() {
  await look();
  if (stage === "opening" && !over) reach("silent");
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
  } else if (news.fetched && stage !== "fetched") {
    clearTimeout(silence);
    reach("fetched");
  }
}

async function look() {
  if (over) return;
  try {
    const reply = await fetch(wait.dataset.state, { cache: "no-store", redirect: "error" });
    if (reply.status === 404 || reply.status === 410) end();
    else if (reply.ok) learn(await reply.json());
    if (offline && !over) show(stage);
    offline = false;
  } catch {
    offline = true;
    if (over) return;
    // Nobody is needed to know that.
    if (performance.now() > ends) end();
    else show("offline");
  }
}

async function poll() {
  await look();
  if (!over) setTimeout(poll, PERIOD);
}

function tick() {
  const left = Math.max(0, Math.ceil((ends - performance.now()) / 1000));
  clock.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  if (!over && left > 0) setTimeout(tick, 500);
}

for (const link of document.querySelectorAll("#open, #reopen a")) link.addEventListener("click", opened);
if (document.querySelector('[data-when="fetched"]:not([hidden])')) {
  reach("fetched");
}
tick();
poll();
