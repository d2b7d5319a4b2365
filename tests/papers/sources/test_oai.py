"""A page of arXiv's OAI-PMH records is read whole, or is an error that says what to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import escape

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import InputError, SourceError
from newsletter.papers.sources.oai import (
    ExpiredTokenError,
    OaiPage,
    list_changed,
    parse_page,
    set_spec,
)
from newsletter.papers.sources.record import OaiRecord, OaiVersion, fold
from newsletter.papers.taxonomy import category_names
from tests.papers.pages import FRIDAY, Entry, oai_deleted, oai_error, oai_page, oai_record

ONE = oai_page([oai_record(Entry())])
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cn"], exclude_characters="\ufffe\uffff"))


def read(page: bytes) -> OaiRecord:
    [record] = parse_page(page).records
    return record


@contextmanager
def suppress_retryable() -> Iterator[None]:
    """Let a refusal pass, if it says to try again."""
    try:
        yield
    except SourceError as error:
        if not error.retryable:
            raise


@pytest.mark.parametrize(
    ("category", "spec"),
    [
        ("cs", "cs"),
        ("cs.AI", "cs:cs:AI"),
        ("math.AG", "math:math:AG"),
        ("eess.SY", "eess:eess:SY"),
        ("cs.SY", "cs:cs:SY"),
        ("q-bio.NC", "q-bio:q-bio:NC"),
        ("hep-th", "physics:hep-th"),
        ("quant-ph", "physics:quant-ph"),
        ("math-ph", "physics:math-ph"),
        ("astro-ph", "physics:astro-ph"),
        ("astro-ph.GA", "physics:astro-ph:GA"),
        ("cond-mat.mtrl-sci", "physics:cond-mat:mtrl-sci"),
        ("physics", "physics:physics"),
        ("physics.optics", "physics:physics:optics"),
    ],
)
def test_every_archive_and_category_is_a_set(category: str, spec: str) -> None:
    assert set_spec(category) == spec


def test_no_two_categories_are_the_same_set() -> None:
    assert len({set_spec(name) for name in category_names()}) == len(category_names())


@pytest.mark.parametrize("category", ["", "cs.", "CS", "cs.XX", "computer science", "cs:cs:AI"])
def test_a_name_that_arxiv_does_not_have_is_refused_with_advice(http: requests.Session, category: str) -> None:
    with pytest.raises(InputError, match="category_taxonomy"):
        list_changed(http, "http://127.0.0.1:1", category, since=FRIDAY)


def test_a_record_tells_the_paper_and_all_its_versions() -> None:
    entry = Entry(version=3, title=r"On $\alpha$-gaits & Schr\"odinger", comment="9 pages")
    record = read(oai_page([oai_record(entry)]))
    assert record.paper.arxiv_id == "2603.00001"
    assert record.paper.version == 3
    assert record.paper.title == "On α-gaits & Schrödinger"
    assert record.paper.authors == ("Ada Roe", "Bo Lind")
    assert record.paper.abstract == "We teach robots to walk. They fall less."
    assert record.paper.categories == ("cs.LG", "cs.RO")
    assert record.paper.comment == "9 pages"
    assert record.datestamp == FRIDAY
    assert record.submitted_at == datetime(2026, 3, 19, 10, tzinfo=UTC)
    assert record.versions[-1] == OaiVersion(number=3, submitted_at=datetime(2026, 3, 21, 10, tzinfo=UTC))


def test_versions_come_in_their_order_and_may_lack_one() -> None:
    newest = b'<version version="v12"><date>1 Apr 2026 08:00 GMT</date></version>'
    page = ONE.replace(b'<version version="v1">', newest + b'<version version="v2">')
    record = read(page)
    assert [version.number for version in record.versions] == [2, 12]
    assert record.paper.version == 12
    assert record.submitted_at == datetime(2026, 3, 19, 10, tzinfo=UTC)


def test_what_arxiv_may_leave_out_is_empty() -> None:
    record = read(oai_page([oai_record(Entry(comment=None, abstract=""))]))
    assert record.paper.comment is None
    assert record.paper.abstract == ""


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Ada Roe and Bo Lind", ("Ada Roe", "Bo Lind")),
        ("Ada Roe, Bo Lind, and Cy Orr", ("Ada Roe", "Bo Lind", "Cy Orr")),
        ("Ada Roe\n  and Bo Lind & Cy Orr", ("Ada Roe", "Bo Lind", "Cy Orr")),
        ("WALK Collaboration: Ada Roe, Bo Lind, et al.", ("WALK Collaboration", "Ada Roe", "Bo Lind")),
        ("Ada Roe (Univ. of Arts and Science), Sam Ray, Jr.", ("Ada Roe", "Sam Ray, Jr.")),
        (r"Andr\'e Roux, Alexandra Sand", ("André Roux", "Alexandra Sand")),
    ],
)
def test_a_line_of_authors_falls_into_names(line: str, names: tuple[str, ...]) -> None:
    page = oai_page([oai_record(Entry(authors=(line,)))])
    assert read(page).paper.authors == names


def test_control_characters_and_comments_in_a_text_do_no_harm() -> None:
    page = ONE.replace(b"robots that learn", b"robots\x0b that<!-- x --> learn")
    assert read(page).paper.title == "Walking robots that learn"


@given(WORDS.filter(fold), WORDS)
def test_any_text_comes_through_folded(title: str, comment: str) -> None:
    record = read(oai_page([oai_record(Entry(title=title, comment=comment))]))
    assert record.paper.title_source == fold(title)
    assert record.paper.comment_source == (fold(comment) or None)


@given(st.integers(0, 200 * 365 * 86400), st.integers(1, 40))
def test_any_history_comes_through(seconds: int, count: int) -> None:
    first = datetime(1991, 8, 14, tzinfo=UTC) + timedelta(seconds=seconds)
    record = read(oai_page([oai_record(Entry(submitted=first.isoformat(), version=count))]))
    assert record.paper.version == count
    assert [version.number for version in record.versions] == list(range(1, count + 1))
    assert [version.submitted_at for version in record.versions] == [first + timedelta(days=n) for n in range(count)]


@given(st.sampled_from(["date", "datestamp", "version", "identifier", "title", "categories", "authors"]), WORDS)
def test_a_field_with_anything_in_it_is_read_or_refused(field: str, text: str) -> None:
    written = {
        "date": b"Thu, 19 Mar 2026 10:00:00 GMT",
        "datestamp": b"2026-03-20",
        "version": b"v1",
        "identifier": b"oai:arXiv.org:2603.00001",
        "title": b"Walking robots that learn",
        "categories": b"cs.LG cs.RO",
        "authors": b"Ada Roe, Bo Lind",
    }[field]
    page = ONE.replace(written, escape(text, {'"': "&quot;"}).encode())
    with suppress_retryable():
        assert read(page).submitted_at.tzinfo is UTC


@given(st.integers(0, len(ONE) - len("</OAI-PMH>\n") - 1))
def test_a_page_cut_anywhere_is_refused(length: int) -> None:
    with pytest.raises(SourceError) as caught:
        parse_page(ONE[:length])
    assert caught.value.retryable


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (b"<html><body>no</html>", "not well-formed"),
        (b"<feed xmlns='http://www.w3.org/2005/Atom'></feed>", "not an answer of OAI-PMH"),
        (ONE.replace(b"<OAI-PMH", b"<!DOCTYPE x [<!ENTITY e 'x'>]><OAI-PMH", 1), "not an answer of OAI-PMH"),
        (oai_page([]), "neither records nor the words"),
        (ONE.replace(b"arXivRaw", b"arXiv"), "no title and no authors and no categories"),
        (ONE.replace(b"Walking robots that learn", b" "), "2603.00001 has no title"),
        (ONE.replace(b"cs.LG cs.RO", b""), "2603.00001 has no categories"),
        (ONE.replace(b"<authors>", b"<by>").replace(b"</authors>", b"</by>"), "2603.00001 has no authors"),
        (ONE.replace(b"oai:arXiv.org:2603.00001", b"oai:arXiv.org:"), "no identifier"),
        (ONE.replace(b"header>", b"head>"), "no identifier"),
        (ONE.replace(b"2026-03-20<", b"soon<"), "unreadable date or version"),
        (ONE.replace(b"10:00:00 GMT", b"10:00:00 -0000"), "unreadable date or version"),
        (ONE.replace(b"Thu, 19 Mar 2026", b"31 Feb 2026"), "unreadable date or version"),
        (ONE.replace(b"19 Mar 2026 10:00:00 GMT", b"31 Dec 9999 10:00:00 -2300"), "unreadable date or version"),
        (ONE.replace(b'version="v1"', b'version="1.5"'), "unreadable date or version"),
        (ONE.replace(b"version>", b"edition>").replace(b"<version ", b"<edition "), "no version"),
        (oai_page([oai_record(Entry())], token="<resumptionToken expirationDate='soon'>x</resumptionToken>"), "'soon'"),
    ],
)
def test_an_answer_that_is_no_whole_page_is_retryable(page: bytes, words: str) -> None:
    with pytest.raises(SourceError, match=words) as caught:
        parse_page(page)
    assert caught.value.retryable
    assert not isinstance(caught.value, ExpiredTokenError)


def test_no_records_are_a_page_without_any() -> None:
    assert parse_page(oai_error("noRecordsMatch", "nothing")) == OaiPage()


@pytest.mark.parametrize("code", ["badArgument", "badVerb", "cannotDisseminateFormat", "noSetHierarchy"])
def test_every_other_error_comes_in_arxivs_words_and_is_final(code: str) -> None:
    with pytest.raises(SourceError, match=rf"{code}: Set does not exist") as caught:
        parse_page(oai_error(code, "Set does\nnot exist"))
    assert not caught.value.retryable


def test_an_expired_token_is_an_error_of_its_own() -> None:
    with pytest.raises(ExpiredTokenError, match="token expired") as caught:
        parse_page(oai_error("badResumptionToken", "token expired"))
    assert caught.value.retryable


def test_a_page_carries_what_leads_on() -> None:
    token = "<resumptionToken expirationDate='2026-03-21T00:00:00Z' completeListSize='42' cursor='7'>a%3Db|1</resumptionToken>"
    page = parse_page(oai_page([oai_record(Entry())], token=token))
    assert (page.token, page.total, page.cursor) == ("a%3Db|1", 42, 7)
    assert page.token_expires_at == datetime(2026, 3, 21, tzinfo=UTC)
    last = parse_page(oai_page([oai_record(Entry())], token="<resumptionToken/>"))
    assert (last.token, last.token_expires_at, last.total, last.cursor) == (None, None, None, None)


def test_deleted_papers_are_only_named() -> None:
    page = parse_page(oai_page([oai_deleted("2603.00009"), oai_record(Entry())]))
    assert [record.paper.arxiv_id for record in page.records] == ["2603.00001"]
    assert page.deleted == ("2603.00009",)
