"""What can be measured of a page that a browser shows."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_OPTIONS = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    # what passes is of no interest, and no page has sheets or media of other hosts to be fetched first: a third of the time
    "resultTypes": ["violations"],
    "preload": False,
}

MEASURE = """(() => {
  const found = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) {
    const wide = [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > root.clientWidth);
    found.push(`is ${root.scrollWidth} px wide: ` + wide.map(e => `${e.localName}.${e.className}`).slice(-3));
  }
  if (document.querySelectorAll('h1').length !== 1) found.push('has not one h1');
  if (!root.lang || !root.dir) found.push('has no lang or dir');
  const colour = text => { const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number); return [r, g, b, a]; };
  const over = (top, low) => [0, 1, 2].map(i => top[i] * top[3] + low[i] * (1 - top[3])).concat(1);
  const behind = element => {
    if (!element) return [255, 255, 255, 1];
    const own = colour(getComputedStyle(element).backgroundColor);
    return own[3] === 1 ? own : over(own, behind(element.parentElement));
  };
  const light = shade => shade.slice(0, 3).map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const judge = (element, style, words) => {
    const paper = behind(element), ink = over(colour(style.color), paper);
    const [low, high] = [light(ink), light(paper)].sort((a, b) => a - b);
    const contrast = (high + 0.05) / (low + 0.05);
    if (parseFloat(style.fontSize) < 14) found.push(`${style.fontSize}: ${words}`);
    if (contrast < 4.5) found.push(`contrast ${contrast.toFixed(2)}: ${words}`);
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let read = 0;
  while (texts.nextNode()) {
    const words = texts.currentNode.data.trim(), element = texts.currentNode.parentElement;
    if (!words || element.closest('option, .aside-from-sight, math') || !element.checkVisibility()) continue;
    judge(element, getComputedStyle(element), words.slice(0, 40));
    read += 1;
  }
  for (const field of document.querySelectorAll('[type=email], [type=search], select')) {
    judge(field, getComputedStyle(field), field.name);
    judge(field, getComputedStyle(field, '::placeholder'), `placeholder of ${field.name}`);
  }
  if (read < 3) found.push('has no text');
  return found;
})()"""


def find_faults(page: Page) -> list[str]:
    """Return what does not fit, is too small, or cannot be read for want of contrast."""
    page.wait_for_load_state()  # a click may just have led here
    found: list[str] = page.evaluate(MEASURE)
    return found


def find_violations(page: Page) -> list[str]:
    """Return what axe-core says against a page (WCAG 2.2 AA and its own best practice), with the elements."""
    answer: dict[str, Any] = Axe().run(page, options=_OPTIONS).response
    return [
        f"{violation['id']}: {node['html'][:120]} ({node['failureSummary'][:160]})"
        for violation in answer["violations"]
        for node in violation["nodes"]
    ]
