"""Reading our pages in tests: parsed, never as strings."""

import re
from itertools import pairwise
from typing import Any

import httpx
from lxml import html
from lxml.html import FormElement, HtmlElement, TextareaElement

from newsletter.runtime import Runtime
from newsletter.subscribers.subscriber import Subscriber
from newsletter.subscribers.tokens import Purpose
from newsletter.web.language import LANGUAGES

_HAN = re.compile("[\u4e00-\u9fff]")


class Page:
    """A parsed page."""

    def __init__(self, response: httpx.Response) -> None:
        self.root = html.document_fromstring(response.content)

    @property
    def heading(self) -> str:
        (only,) = self.root.xpath("//h1")
        return squeeze(only)

    @property
    def language(self) -> str:
        """The language tag of the whole page."""
        return str(self.root.get("lang"))

    @property
    def text(self) -> str:
        return squeeze(self.one("/html/body"))

    def texts(self, path: str) -> list[str]:
        """Return the text of every element that an XPath finds."""
        return [squeeze(element) for element in self.root.xpath(path)]

    def attributes(self, path: str) -> list[str]:
        """Return the attribute values that an XPath finds."""
        return [str(value) for value in self.root.xpath(path)]

    def one(self, path: str) -> HtmlElement:
        (only,) = self.root.xpath(path)
        found: HtmlElement = only
        return found

    def form(self) -> dict[str, Any]:
        """Return what a browser would send if the first POST form were sent as it stands."""
        form = self.one("//main//form[@method='post']")
        assert isinstance(form, FormElement)
        found: dict[str, Any] = {}
        for name, value in form.form_values():
            is_area = isinstance(form.inputs[name], TextareaElement)
            # a browser drops the first line break of a textarea, lxml does not
            found.setdefault(name, []).append(value.removeprefix("\n") if is_area else value)
        return found


def squeeze(element: HtmlElement) -> str:
    return " ".join(element.text_content().split())


def faults(response: httpx.Response) -> list[str]:
    """Return what a screen reader or a validator would stumble over."""
    page = Page(response)
    root = page.root
    found = []
    if root.get("lang") not in {language.tag for language in LANGUAGES} or root.get("dir") != "ltr":
        found.append("html lacks lang or dir")
    if len(root.xpath("//h1")) != 1:
        found.append(f"{len(root.xpath('//h1'))} h1")
    if not root.xpath("//title/text()") or not root.xpath("//main") or not root.xpath("//meta[@name='viewport']"):
        found.append("no title, main or viewport")
    ids = page.attributes("//@id")
    found += [f"id {name} twice" for name in set(ids) if ids.count(name) > 1]
    for reference in page.attributes("//@aria-describedby") + page.attributes("//@aria-labelledby"):
        found += [f"points to no {name}" for name in reference.split() if name not in ids]
    found += [
        f"anchor {link} leads nowhere"
        for link in page.attributes("//a/@href")
        if link[:1] == "#" and link[1:] not in ids
    ]
    found += _unlabelled(root) + _nameless(root) + _chinese_without_lang(root)
    levels = [int(heading.tag[1]) for heading in root.xpath("//h1|//h2|//h3|//h4")]
    found += [f"h{low} after h{high}" for high, low in pairwise(levels) if low > high + 1]
    if root.xpath("//script[not(@src) or text()]|//style|//@style|//@onclick|//@onload|//@onerror"):
        found.append("inline script or style")
    return found


def _unlabelled(root: HtmlElement) -> list[str]:
    controls = root.xpath("//input[@type!='hidden']|//textarea|//select")
    return [
        f"{control.get('name')} has no label"
        for control in controls
        if not root.xpath("//label[@for=$name]", name=control.get("id") or "") and not control.xpath("ancestor::label")
    ] + [
        f"fieldset without legend at {index}"
        for index, box in enumerate(root.xpath("//fieldset"))
        if not box.xpath("legend")
    ]


def _nameless(root: HtmlElement) -> list[str]:
    named = root.xpath("//a|//button|//summary")
    found = [f"{element.tag} without words" for element in named if not squeeze(element)]
    return found + [f"{frame.tag} without title" for frame in root.xpath("//iframe[not(@title)]")]


def _chinese_without_lang(root: HtmlElement) -> list[str]:
    """Find Chinese that a reader would hear in an English voice; what people typed has no known language."""
    found = []
    path = (
        "//body//text()[not(ancestor::option) and not(ancestor::textarea) and not(ancestor::pre) and not(ancestor::dd)]"
    )
    for text in root.xpath(path):
        lang = text.getparent().xpath("ancestor-or-self::*[@lang][1]/@lang")
        if text.is_tail:
            lang = text.getparent().getparent().xpath("ancestor-or-self::*[@lang][1]/@lang")
        if _HAN.search(text) and not str(lang[-1]).startswith("zh"):
            found.append(f"Chinese without lang: {text.strip()}")
    return found


def link(runtime: Runtime, purpose: Purpose, reader: Subscriber) -> str:
    """Return the path of a reader's signed link."""
    return f"/{purpose}/{runtime.tokens.sign(purpose, reader.id, reader.token_version)}"
