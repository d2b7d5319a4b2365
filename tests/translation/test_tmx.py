"""Translations as TMX: what is written is read, by ours and by others."""

import pytest
from lxml import etree

from newsletter.errors import InputError
from newsletter.translation.language import load_language
from newsletter.translation.tmx import Unit, read_tmx, write_tmx
from tests.conftest import NOON

EN, ZH = load_language("en"), load_language("zh")
UNITS = [
    Unit(source="Walking in $a < b$ & more", target="行走 <b>“甲”</b>\n第二行", changed_at=NOON, name='2603.1 "title"'),
    Unit(source="We walk.\x0b", target="我们行走。", author="openai:m", name="x"),
]


def write(*units: Unit) -> bytes:
    return "".join(write_tmx(units, EN, ZH, at=NOON)).encode()


def test_what_is_written_is_read_again() -> None:
    first, second = read_tmx(write(*UNITS), EN, ZH)
    assert first == UNITS[0]
    assert (second.source, second.author, second.changed_at) == ("We walk.", "openai:m", None)


def test_it_is_tmx_in_both_languages() -> None:
    root = etree.fromstring(write(*UNITS))
    assert (root.tag, root.get("version")) == ("tmx", "1.4")
    header = root.find("header")
    assert header is not None
    needed = {"creationtool", "creationtoolversion", "segtype", "o-tmf", "adminlang", "srclang", "datatype"}
    assert needed <= set(header.keys())
    tags = root.xpath("//tuv/@xml:lang")
    assert tags == ["en", "zh-Hans"] * 2


def test_other_tools_files_are_read_without_their_markup() -> None:
    text = """<?xml version="1.0"?><tmx version="1.4"><header/><body>
    <tu changedate="20260320T120000Z"><tuv xml:lang="EN-US"><seg>We <bpt i="1">&lt;b></bpt>walk<ept i="1"/>.</seg></tuv>
    <tuv xml:lang="zho"><seg>no</seg></tuv><tuv xml:lang="zh-CN" changeid="ann"><seg>我们<ph/>行走。</seg></tuv></tu>
    <tu><tuv xml:lang="en"><seg>Only English</seg></tuv></tu>
    <tu changedate="soon"><tuv xml:lang="en"><seg/></tuv><tuv xml:lang="zh"/></tu></body></tmx>"""
    assert read_tmx(text.encode(), EN, ZH) == [
        Unit(source="We walk.", target="我们行走。", author="ann", changed_at=NOON.replace(hour=12))
    ]


@pytest.mark.parametrize("content", [b"", b"hello", b"<tmx>", b"<html/>", write(*UNITS)[:300]])
def test_what_is_no_tmx_is_refused(content: bytes) -> None:
    with pytest.raises(InputError, match="no TMX file"):
        read_tmx(content, EN, ZH)


def test_nothing_outside_the_file_is_read() -> None:
    text = (
        '<!DOCTYPE tmx [<!ENTITY x SYSTEM "file:///etc/passwd">]><tmx version="1.4"><body><tu><tuv xml:lang="en">'
        '<seg>a &x;</seg></tuv><tuv xml:lang="zh"><seg>甲</seg></tuv></tu></body></tmx>'
    )
    assert "root:" not in repr(read_tmx(text.encode(), EN, ZH))
