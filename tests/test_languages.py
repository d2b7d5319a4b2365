"""Another language is data: nothing in the code names one, and Japanese works by its files alone."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pytest
from lxml import html as lxml_html
from sqlalchemy import Engine

import newsletter
import workers
from newsletter.db.engine import reading
from newsletter.digests.digest import Digest
from newsletter.digests.load import load_digests, thaw
from newsletter.digests.service import Welcome
from newsletter.digests.store import find_row
from newsletter.editions.compose import compose_edition
from newsletter.errors import InputError, SettingsError
from newsletter.runtime import Runtime
from newsletter.settings import load_settings
from newsletter.subscribers.subscriber import Languages, Preferences
from newsletter.subscribers.tokens import Tokens
from newsletter.translation.choice import read_choice
from newsletter.translation.engines import Answer, TermPair
from newsletter.translation.engines import Engine as Translator
from newsletter.translation.language import list_codes, load_language
from newsletter.web.app import create_app
from tests.factories import FRIDAY, MORNING, Hand, add_reader, announce, make_desk, make_paper, message_id, open_day
from tests.kept import kept_renderer
from tests.web.browser import Browser
from tests.web.pages import Page

DATA = {"newsletter/languages.py", "newsletter/web/zones.py"}
"""Where a language may be named: the one that is usual, and the zones that browsers' languages make likely."""
PACKAGES = (newsletter, workers)


def _list_sources() -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted(Path(str(package.__file__)).parent.rglob("*.py"))


def test_no_code_names_a_language_but_data() -> None:
    root = Path(str(newsletter.__file__)).parent.parent
    names = {name for code in list_codes() if code != "en" for name in (code, load_language(code).tag)}
    naming = {
        str(path.relative_to(root))
        for path in _list_sources()
        if "migrations" not in path.parts
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and node.value in names
    }
    assert naming == DATA


@dataclass
class IntoJapanese(Translator):
    """An engine that says one term as it must not be said."""

    name: str = "into-japanese"

    def batches(self, texts: Sequence[str]) -> list[list[str]]:
        return [list(texts)] if texts else []

    def translate(self, texts: Sequence[str], *, source: str, target: str, terms: Sequence[TermPair] = ()) -> Answer:
        assert (source, target) == ("en", "ja")
        known = {TITLE: "ロボットのための政策勾配", ABSTRACT: "歩行ロボットのための政策勾配を学習する。"}
        return Answer(texts=[known[text] for text in texts], characters=sum(map(len, texts)))


TITLE, ABSTRACT = "A policy gradient for robots", "We learn a policy gradient for walking robots."


def compose_for(engine: Engine, languages: Languages) -> Digest:
    """Compose a day of one paper in an installation that translates into Japanese."""
    desk = replace(make_desk(engine, IntoJapanese()), language="ja")
    open_day(desk, announce([make_paper(1, TITLE, abstract=ABSTRACT)]))
    reader = add_reader(desk, "aoi@example.org", "robots", preferences=Preferences(languages=languages))
    compose_edition(desk, FRIDAY, message_id=message_id)
    with reading(engine) as session:
        row = find_row(session, reader.id, FRIDAY)
        assert row is not None
        return load_digests(session, [thaw(row, 0)], desk.addresses)[0]


def test_a_digest_is_composed_and_rendered_in_english_and_japanese(engine: Engine) -> None:
    digest = compose_for(engine, Languages("en+ja"))
    (paper,) = [entry.paper for section in digest.sections for entry in section.entries]
    assert (paper.language, paper.title_translated) == ("ja", "ロボットのための方策勾配")
    assert paper.abstract_translated == "歩行ロボットのための方策勾配を学習する。"
    filled = kept_renderer(choices=Languages.offered("ja")).message(digest)
    root = lxml_html.document_fromstring(filled.html)
    assert {str(tag) for tag in root.xpath("//body//@lang")} == {"en", "ja", "zh-Hans"}  # the last is the name's
    assert [(span.get("lang"), span.text) for span in root.xpath("//h1/span")] == [
        ("en", "Friday 20 March 2026"),
        ("ja", "3月20日 金曜日"),
    ]
    assert root.xpath("//p[@lang='ja' and contains(., '米国東部時間（木）20:00 公開')]")
    assert "日本語は into-japanese（1 件）による機械翻訳です。" in filled.html
    assert "要旨" in filled.text or "方策勾配を学習する" in filled.text
    assert not {sign for sign in "您请论" if sign in filled.html + filled.text}


def test_who_reads_japanese_first_has_a_japanese_subject(engine: Engine) -> None:
    digest = compose_for(engine, Languages("ja+en"))
    filled = kept_renderer(choices=Languages.offered("ja")).message(digest)
    assert filled.subject == "論文 1 件 · robots · 3月20日（金）"
    assert '<body lang="ja"' in filled.html


def test_a_choice_of_before_is_still_read_where_another_language_is_offered(engine: Engine) -> None:
    digest = compose_for(engine, Languages("en+zh"))
    filled = kept_renderer(choices=Languages.offered("ja")).message(digest)
    assert "方策" not in filled.html
    assert "今日暂无中文译文" in filled.html


def test_letters_of_the_service_speak_japanese() -> None:
    renderer = kept_renderer(choices=Languages.offered("ja"))
    at = datetime.fromisoformat("2026-03-20T01:00:00+00:00")
    preferences = Preferences(languages=Languages("ja"), timezone="Asia/Tokyo", weekdays=("mon", "wed"), hour=7)
    welcome = Welcome(keywords=[], preferences=preferences, manage_url="/m", unsubscribe_url="/u", at=at)
    filled = renderer.service.welcome(welcome, site_url="/")
    assert filled.subject == "朝の便り Chenbao へようこそ"
    assert "毎週月・水曜日に、キーワードに合う arXiv の新着論文を" in "".join(filled.text.split("\n"))
    assert renderer.usual == Languages("en+ja")


def site_in(engine: Engine, language: str) -> Browser:
    clock = Hand(MORNING)
    settings = load_settings(secret_key="a secret of the tests", language=language)
    tokens = Tokens("a secret of the tests", now=clock)
    return Browser(create_app(Runtime(settings=settings, clock=clock, database=engine, tokens=tokens)))


def test_a_page_has_japanese_words_where_papers_are_translated_into_japanese(engine: Engine) -> None:
    page = Page(site_in(engine, "ja").get("/", headers={"accept-language": "ja"}))
    assert page.language == "ja"
    assert page.heading == "あなたのための arXiv 新着論文を、毎朝"
    assert page.attributes("//select[@name='languages']/option/@value") == [
        "en+ja", "ja+en", "en", "ja"
    ]  # fmt: skip


def test_a_page_names_the_language_that_papers_are_translated_into(engine: Engine) -> None:
    for path in ("/", "/keywords"):
        text = Page(site_in(engine, "ja").get(path, headers={"accept-language": "en"})).text
        assert "In English or Japanese; also" in text
        assert "Chinese" not in text


def test_a_language_that_is_not_complete_is_offered_nowhere_else(engine: Engine) -> None:
    assert Page(site_in(engine, "zh").get("/", headers={"accept-language": "ja"})).language == "en"


def test_a_setting_without_data_is_refused(engine: Engine) -> None:
    clock = Hand(MORNING)
    runtime = Runtime(
        settings=load_settings(secret_key="x", language="tlh"),
        clock=clock,
        database=engine,
        tokens=Tokens("a secret of the tests", now=clock),
    )
    with pytest.raises(SettingsError, match="NEWSLETTER_LANGUAGE: There is no language 'tlh'"):
        _ = runtime.desk


@pytest.mark.parametrize("text", ["fr", "zh+ja", "en+en", "en+zh+ja", "EN", ""])
def test_a_choice_of_languages_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        read_choice(text)


def test_a_choice_is_two_codes_in_either_order_or_one() -> None:
    assert [read_choice(text).codes for text in ("en+ja", "zh+en", "ja")] == [("en", "ja"), ("zh", "en"), ("ja",)]
    assert [read_choice(text).target for text in ("ja+en", "en")] == ["ja", None]
