"""Keywords as a reader edits them: rows in their order, a field to add more, and what each button does to them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from newsletter.digests.authors import author_keyword, followed_author, split_authors
from newsletter.digests.prose import clean
from newsletter.errors import QuerySyntaxError
from newsletter.queries.language import format_query, parse_query
from newsletter.subscribers.subscriber import Subscription
from newsletter.web.forms import FieldError, Fields, mend_keywords, one_value
from newsletter.words import Words

KEYWORD, AUTHOR = "keyword", "author"
ADD_KEYWORDS, ADD_AUTHORS = "keywords", "authors"
"""The fields of the form: a row each, and the ones that add several at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One keyword, or the name of one author, as it stands in its field; counted from 0."""

    number: int
    text: str
    is_paused: bool = False
    error: FieldError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The rows of one kind, and what was typed into the field that adds to them."""

    name: str
    rows: tuple[Row, ...] = ()
    added: str = ""
    errors: tuple[FieldError, ...] = ()

    @property
    def all_errors(self) -> tuple[FieldError, ...]:
        return (*(row.error for row in self.rows if row.error), *self.errors)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeywordForm:
    """The keywords and authors of a submitted form, and the subscriptions they make where nothing is wrong."""

    keywords: Listing
    authors: Listing
    subscriptions: tuple[Subscription, ...] = ()
    errors: tuple[FieldError, ...] = ()
    """What is wrong with all of them together."""

    @property
    def all_errors(self) -> tuple[FieldError, ...]:
        return (*self.keywords.all_errors, *self.authors.all_errors, *self.errors)


def show_keywords(subscriptions: Sequence[Subscription]) -> KeywordForm:
    """Return the form as it stands for a reader."""
    keywords, authors = split_authors(subscriptions)
    typed = (
        [(item.keyword, item.is_paused) for item in keywords],
        [(_name_in(item), item.is_paused) for item in authors],
    )
    return KeywordForm(
        keywords=Listing(name=KEYWORD, rows=_rows(typed[0])),
        authors=Listing(name=AUTHOR, rows=_rows(typed[1])),
        subscriptions=(*keywords, *authors),
    )


def read_keyword_rows(fields: Fields, *, max_keywords: int) -> KeywordForm:
    """Read a submitted form; blank rows are dropped, and of two that mean the same the first stays."""
    keywords = _read(fields, KEYWORD, ADD_KEYWORDS)
    authors = _read(fields, AUTHOR, ADD_AUTHORS)
    distinct: dict[str, Subscription] = {}
    for item in (*_subscriptions(keywords), *_subscriptions(authors)):
        distinct.setdefault(item.query, item)
    errors = [] if len(distinct) <= max_keywords else [_too_many(len(distinct), max_keywords)]
    return KeywordForm(keywords=keywords, authors=authors, subscriptions=tuple(distinct.values()), errors=tuple(errors))


def change_rows(form: KeywordForm, action: str) -> KeywordForm:
    """Return the form after a button: `up:keyword:2`, `down:…`, `remove:…`, `mend:…`; `mend:keywords:3` for an added line.

    What is no such button changes nothing.
    """
    verb, _, place = action.partition(":")
    field, _, number = place.partition(":")
    match field:
        case "keyword" | "author" if number.isascii() and number.isdecimal():
            listing = form.keywords if field == KEYWORD else form.authors
            moved = _checked(replace(listing, rows=_moved(listing.rows, verb, int(number))))
            return replace(form, keywords=moved) if field == KEYWORD else replace(form, authors=moved)
        case "keywords" if verb == "mend":
            mended = mend_keywords(form.keywords.added, number)
            return replace(form, keywords=_checked(replace(form.keywords, added=mended)))
        case _:
            return form


def _moved(rows: Sequence[Row], verb: str, number: int) -> tuple[Row, ...]:
    found = list(rows)
    if number >= len(found):
        return tuple(found)
    match verb:
        case "remove":
            del found[number]
        case "up" if number > 0:
            found[number - 1], found[number] = found[number], found[number - 1]
        case "down" if number < len(found) - 1:
            found[number + 1], found[number] = found[number], found[number + 1]
        case "mend":
            error = found[number].error
            found[number] = replace(found[number], text=(error.suggestion if error else None) or found[number].text)
    return _numbered(found)


def _rows(typed: Iterable[tuple[str, bool]]) -> tuple[Row, ...]:
    return tuple(Row(number=number, text=text, is_paused=is_paused) for number, (text, is_paused) in enumerate(typed))


def _numbered(rows: Iterable[Row]) -> tuple[Row, ...]:
    return tuple(replace(row, number=number) for number, row in enumerate(rows))


def _read(fields: Fields, name: str, adding: str) -> Listing:
    paused = set(fields.get(f"{name}_paused", ()))
    typed = [(clean(text), str(number) in paused) for number, text in enumerate(fields.get(name, ()))]
    rows = _rows([(text, is_paused) for text, is_paused in typed if text])
    return _checked(Listing(name=name, rows=rows, added=one_value(fields, adding)))


def _checked(listing: Listing) -> Listing:
    """Return a listing with what is wrong in it."""
    is_author = listing.name == AUTHOR
    rows = (
        replace(row, error=_find_error(row.text, f"{listing.name}-{row.number}", is_author)) for row in listing.rows
    )
    adding = ADD_AUTHORS if is_author else ADD_KEYWORDS
    errors = [
        replace(error, words=Words(f"Line {number}: ", f"第 {number} 行：") + error.words, line=number)
        for number, line in enumerate(listing.added.splitlines(), start=1)
        if clean(line) and (error := _find_error(clean(line), adding, is_author))
    ]
    return replace(listing, rows=tuple(rows), errors=tuple(errors))


def _find_error(text: str, field: str, is_author: bool) -> FieldError | None:
    if is_author:
        wrong = Words("write one author's name, such as Geoffrey Hinton", "请填写一位作者的姓名，例如 Geoffrey Hinton")
        return None if _query(author_keyword(text), is_author=True) else FieldError(field=field, words=wrong)
    try:
        parse_query(text)
    except QuerySyntaxError as error:
        return FieldError(
            field=field,
            words=error.words,
            text=error.text,
            position=error.position,
            suggestion=error.suggestion,
        )
    return None


def _subscriptions(listing: Listing) -> Iterator[Subscription]:
    """Yield what can be read, the rows first."""
    rows = [(row.text, row.is_paused) for row in listing.rows]
    for text, is_paused in (*rows, *((line, False) for line in _lines(listing.added))):
        keyword = author_keyword(text) if listing.name == AUTHOR else text
        query = _query(keyword, is_author=listing.name == AUTHOR)
        if query is not None:
            yield Subscription(keyword=keyword, query=query, is_paused=is_paused)


def _query(keyword: str, *, is_author: bool) -> str | None:
    """Return the canonical query of a keyword; None for what cannot be read, and for what is no author where one is due."""
    try:
        query = format_query(parse_query(keyword))
    except QuerySyntaxError:
        return None
    return query if not is_author or followed_author(query) is not None else None


def _name_in(item: Subscription) -> str:
    """Return the author's name as it was typed, so that saving it again changes nothing."""
    prefix, _, name = item.keyword.partition(":")
    return name.strip() if prefix.strip().lower() == "au" else item.keyword


def _lines(text: str) -> list[str]:
    return [line for line in map(clean, text.splitlines()) if line]


def _too_many(count: int, most: int) -> FieldError:
    words = Words(
        f"At most {most} keywords, please; these are {count}. Join some with OR.",
        f"最多 {most} 个关键词，现有 {count} 个；可用 OR 合并。",
    )
    return FieldError(field=ADD_KEYWORDS, words=words)
