"use strict";
// Everything can be read without this file: it adds a filter, copying, and opens what a link points to.

const find = document.getElementById("find");
const entries = [...document.querySelectorAll("[data-find]")];

function filter() {
  const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const entry of entries) {
    const text = entry.dataset.find.toLowerCase();
    entry.hidden = !words.every((word) => text.includes(word));
  }
  for (const box of document.querySelectorAll("section.tag, .group")) {
    box.hidden = !box.querySelector("[data-find]:not([hidden])");
  }
  const main = document.getElementById("content");
  document.getElementById("none").hidden = !!main.querySelector("[data-find]:not([hidden])");
}

if (find) {
  find.hidden = false;
  find.addEventListener("input", filter);
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== find && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      find.focus();
    }
  });
}

const all = document.getElementById("all");
if (all) {
  const operations = [...document.querySelectorAll("details.op")];
  all.hidden = false;
  all.addEventListener("click", () => {
    const open = operations.some((one) => !one.open);
    for (const one of operations) one.open = open;
    all.textContent = open ? "Close all" : "Open all";
  });
}

function show() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const holder = target && target.closest("details.op");
  if (holder) {
    holder.open = true;
    holder.scrollIntoView();
  }
}
addEventListener("hashchange", show);
show();

for (const holder of document.querySelectorAll("details.op")) {
  holder.querySelector("summary").addEventListener("click", () => {
    const id = holder.querySelector(".body").id;
    if (!holder.open && id) history.replaceState(null, "", "#" + id);
  });
}

for (const sample of document.querySelectorAll(".sample")) {
  if (!navigator.clipboard) break;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(sample.querySelector("pre").innerText);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
  sample.append(button);
}

const contents = document.querySelector(".contents");
if (contents && matchMedia("(max-width: 54rem)").matches) contents.open = false;
