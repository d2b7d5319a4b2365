// Chenbao: what a keyword would bring, while it is typed (data-keyword); the browser's own time zone (data-guess).
"use strict";

const PAUSE = 150; // milliseconds after the last key

/** Return where the keyword under the cursor begins and ends: of several lines, the one that is being written. */
function placeIn(field) {
  if (field.tagName !== "TEXTAREA") return [0, field.value.length];
  const at = field.selectionStart ?? field.value.length;
  const start = field.value.lastIndexOf("\n", at - 1) + 1;
  const end = field.value.indexOf("\n", at);
  return [start, end < 0 ? field.value.length : end];
}

function isTicked(name, otherwise) {
  const box = document.querySelector(`input[type="checkbox"][name="${name}"]`);
  return box ? box.checked : otherwise;
}

/** Return the parameters of both questions about a keyword. */
function questionOf(keyword) {
  const question = { q: keyword, lang: document.documentElement.lang };
  question.cross = isTicked("wants_cross_lists", true);
  question.replaced = isTicked("wants_replacements", false);
  const asked = new URLSearchParams(question);
  for (const box of document.querySelectorAll('input[name="categories"]:checked')) asked.append("categories", box.value);
  return asked;
}

/** Ask for a part; null when there is none to be had. A keyword that cannot be read is answered by 422 and words. */
async function ask(address, signal) {
  try {
    const answer = await fetch(address, { signal, credentials: "same-origin" });
    return answer.ok || answer.status === 422 ? await answer.text() : null;
  } catch (error) {
    if (error.name !== "AbortError") console.warn("keyword not answered", error);
    return null;
  }
}

/** Keep a panel up to date with its field; an older answer never overtakes a newer one. */
function follow(field) {
  const panel = document.getElementById(`${field.id}-panel`);
  let timer = 0;
  let running = new AbortController();
  let shown = null;

  const fill = (part, html) => {
    panel.querySelector(`[data-part="${part}"]`).innerHTML = html; // our own templates escape every value
  };
  const look = async (parts) => {
    const keyword = field.value.slice(...placeIn(field)).trim();
    if (keyword === shown) return;
    shown = keyword;
    running.abort();
    running = new AbortController();
    const mine = running;
    if (!keyword) {
      fill("preview", "");
      fill("suggest", "");
      return;
    }
    panel.setAttribute("aria-busy", "true");
    const question = questionOf(keyword);
    const asked = parts.map(async (part) => {
      const html = await ask(`/keywords/${part}?${question}`, mine.signal);
      if (mine === running && html !== null) fill(part, html.trim());
    });
    await Promise.all(asked);
    if (mine === running) panel.removeAttribute("aria-busy");
  };
  const soon = (...parts) => {
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE, parts);
  };
  field.addEventListener("input", () => soon("suggest", "preview"));
  field.addEventListener("focus", () => soon("preview")); // nobody who only looks wants another keyword
  // the cursor may have gone to another line
  if (field.tagName === "TEXTAREA") field.addEventListener("click", () => soon("preview"));
  panel.addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-use]");
    if (!chosen) return;
    event.preventDefault();
    const [start, end] = placeIn(field);
    field.setRangeText(chosen.dataset.use, start, end, "end");
    field.focus();
    fill("suggest", "");
    soon("preview");
  });
}

/** Choose the zone that the browser is in, where the form offers it and nobody has chosen yet. */
function guess(select) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if ([...select.options].some((option) => option.value === zone)) select.value = zone;
}

for (const field of document.querySelectorAll("[data-keyword]")) follow(field);
for (const select of document.querySelectorAll("[data-guess]")) guess(select);
for (const button of document.querySelectorAll('[name="try"], [name="do"][value^="try:"]')) button.hidden = true;
