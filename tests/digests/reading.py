"""Reading a digest's HTML as a mail program does, and what must hold for every one of them."""

from lxml import html as lxml_html

from newsletter.digests.fit import BUDGET_BYTES


def parse(html: str) -> lxml_html.HtmlElement:
    """Parse strictly: the parser collects what a browser would quietly mend."""
    parser = lxml_html.HTMLParser()
    root = lxml_html.document_fromstring(html, parser=parser)
    # libxml2 knows HTML4: neither <mark>, nor that an id and a name on one element may be the same
    places = [str(place) for place in root.xpath("//a/@id")]
    assert len(places) == len(set(places))
    known = {"Tag mark invalid", "Tag wbr invalid", *(f"ID {place} already defined" for place in places)}
    errors = [entry.message for entry in parser.error_log if entry.message not in known]
    assert errors == []
    return root


def words(root: lxml_html.HtmlElement) -> str:
    (body,) = root.iter("body")
    return " ".join(str(body.text_content()).split())


def shown_papers(root: lxml_html.HtmlElement) -> list[str]:
    return [str(link) for link in root.xpath("//h3/a/@href")]


def more(root: lxml_html.HtmlElement) -> int:
    found = root.xpath("//span[contains(., 'more in the browser')]")
    return int(found[0].text_content().split()[1]) if found else 0


def check_wellformed(html: str) -> lxml_html.HtmlElement:
    """Check what holds for every digest: size, line length, language, nothing fetched from outside."""
    assert len(html.replace("\n", "\r\n").encode()) <= BUDGET_BYTES  # in a message each line end is CR LF
    assert max(len(line.encode()) for line in html.split("\n")) <= 998
    assert html.startswith("<!doctype html>")
    root = parse(html)
    for element in (root, *root.iter("body")):
        assert element.get("lang") in ("en", "zh-Hans")
        assert element.get("dir") == "ltr"
    assert root.xpath("//link | //img | //script | //iframe | //@src | //@background") == []
    assert "@import" not in html
    assert "url(" not in html
    assert all(table.get("role") == "presentation" for table in root.iter("table"))
    assert all(element.get("dir") for element in root.xpath("//*[@lang]"))
    assert sum(len(style.text or "") for style in root.iter("style")) <= 16_000
    assert len(root.xpath("//h1")) == 1
    return root


def more_in_any_language(root: lxml_html.HtmlElement) -> int:
    found = root.xpath("//span[contains(., 'more in the browser') or contains(., '请在浏览器中阅读')]")
    return int("".join(filter(str.isdigit, found[0].text_content()))) if found else 0
