// Chenbao: parts of pages that follow what is typed (data-live) or what happens (data-poll). Pages work without it.
"use strict";

const PAUSE = 150; // milliseconds after the last key
const FEWEST_SECONDS = 1;

/** Ask for a part of a page; null when there is none to be had. */
async function fetchPart(address, signal) {
  try {
    const answer = await fetch(address, { headers: { Accept: "text/html" }, credentials: "same-origin", signal });
    return answer.ok || answer.status === 422 ? await answer.text() : null;
  } catch (error) {
    if (error.name !== "AbortError") console.warn("live part not answered", error);
    return null;
  }
}

/** Let a form's answer stand in another element while somebody types; an older answer never overtakes a newer one. */
function follow(form) {
  const target = document.getElementById(form.dataset.into);
  let timer = 0;
  let running = new AbortController();
  const ask = async () => {
    running.abort();
    running = new AbortController();
    const mine = running;
    const fields = new URLSearchParams(new FormData(form));
    target.setAttribute("aria-busy", "true");
    const part = await fetchPart(`${form.dataset.live}?${fields}`, mine.signal);
    if (mine !== running) return;
    target.removeAttribute("aria-busy");
    if (part !== null) show(target, part);
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
}

function show(target, part) {
  target.innerHTML = part; // made by our own templates, which escape every value
  target.dispatchEvent(new CustomEvent("live:shown", { bubbles: true }));
}

/** Let an element replace itself with what its address answers, until the answer no longer asks for it. */
function poll(element) {
  const seconds = Math.max(Number(element.dataset.every) || 2, FEWEST_SECONDS);
  setTimeout(async () => {
    if (!element.isConnected) return;
    const part = document.hidden ? null : await fetchPart(element.dataset.poll);
    if (part === null) {
      poll(element);
      return;
    }
    const made = document.createElement("template");
    made.innerHTML = part;
    const next = made.content.firstElementChild;
    element.replaceWith(made.content);
    if (next?.dataset.poll) poll(next);
  }, seconds * 1000);
}

for (const form of document.querySelectorAll("[data-live]")) follow(form);
for (const element of document.querySelectorAll("[data-poll]")) poll(element);
