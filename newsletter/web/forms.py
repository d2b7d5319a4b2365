"""What readers type into the site's forms, read as plain values with what is wrong in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar

from newsletter.digests.prose import clean
from newsletter.errors import AddressError, InputError, QuerySyntaxError
from newsletter.queries.language import format_query, parse_query
from newsletter.subscribers.addresses import parse_address
from newsletter.subscribers.subscriber import (
    USUAL_CHOICES,
    WEEKDAYS,
    Density,
    Languages,
    Order,
    Preferences,
    Subscription,
    Trending,
    check_categories,
    check_hour,
    check_timezone,
    check_trending_count,
    check_weekday,
)
from newsletter.words import Words

Choice = TypeVar("Choice", bound=StrEnum)
Fields = Mapping[str, Sequence[str]]
"""Submitted form fields: every value of every name."""

ANNOUNCEMENT_DAYS = WEEKDAYS[:5]
"""The days on which arXiv announces anything."""
DAILY, WEEKLY = "daily", "weekly"
"""The form's values for the rhythm of mails."""
_NO_CHOICE = Words("Choose one of these.", "请从中选择一项。")
WHEN_OUT = "out"
"""The form's value for `hour=None`: as soon as the edition is out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldError:
    """What is wrong with one field, in words, in both languages.

    For a keyword that cannot be read also its 1-based `line`, the `text`, the 0-based `position` at which reading failed,
    and a mended query that can be read, if there is one.
    """

    field: str
    words: Words
    line: int | None = None
    text: str = ""
    position: int | None = None
    suggestion: str | None = None

    @property
    def parts(self) -> tuple[str, str, str]:
        """The text before, at and after the position; at the end of the text the middle part is empty."""
        place = len(self.text) if self.position is None else min(max(self.position, 0), len(self.text))
        return self.text[:place], self.text[place : place + 1], self.text[place + 1 :]


NO_KEYWORD = FieldError(
    field="keywords",
    words=Words(
        "Write at least one keyword, for example: reinforcement learning",
        "请至少写一个关键词，例如：reinforcement learning",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderForm:
    """A submitted form of a reader: what was typed, what it means, and what is wrong with it.

    `email` is empty where the form does not ask for it. Only without `errors` is the meaning whole.
    """

    keywords: str
    subscriptions: tuple[Subscription, ...]
    preferences: Preferences
    errors: tuple[FieldError, ...] = ()
    email: str = ""


def read_sign_up(
    fields: Fields, *, max_keywords: int, start: Preferences, choices: Sequence[Languages] = USUAL_CHOICES
) -> ReaderForm:
    """Read the sign-up form; choices that it does not ask for come from `start`."""
    email, keywords = one_value(fields, "email").strip(), one_value(fields, "keywords")
    subscriptions, keyword_errors = read_keywords(keywords, max_keywords=max_keywords)
    preferences, choice_errors = _read_shared(fields, start, choices)
    errors = [*_address_errors(email), *keyword_errors, *choice_errors]
    return ReaderForm(
        email=email, keywords=keywords, subscriptions=subscriptions, preferences=preferences, errors=tuple(errors)
    )


def read_keywords(text: str, *, max_keywords: int) -> tuple[tuple[Subscription, ...], list[FieldError]]:
    """Read keywords, one a line, blank lines skipped; of two that mean the same the first stays."""
    found: dict[str, Subscription] = {}
    errors: list[FieldError] = []
    for number, line in enumerate(text.splitlines(), start=1):
        keyword = clean(line)
        if not keyword:
            continue
        try:
            query = format_query(parse_query(keyword))
        except QuerySyntaxError as error:
            errors.append(_keyword_error(number, error))
        else:
            found.setdefault(query, Subscription(keyword=keyword, query=query))
    if not found and not errors:
        errors.append(NO_KEYWORD)
    if len(found) > max_keywords:
        errors.append(
            FieldError(
                field="keywords",
                words=Words(
                    f"At most {max_keywords} keywords, please; these are {len(found)}. Join some with OR.",
                    f"最多 {max_keywords} 个关键词，现有 {len(found)} 个；可用 OR 合并。",
                ),
            )
        )
    return tuple(found.values()), errors


def mend_keywords(text: str, line: str) -> str:
    """Return the typed keywords with the mended query in place of that 1-based line; unchanged where none can be mended."""
    return "\n".join(
        _mended(typed) if str(number) == line else typed for number, typed in enumerate(text.splitlines(), 1)
    )


def read_preferences(
    fields: Fields, *, start: Preferences, choices: Sequence[Languages] = USUAL_CHOICES
) -> tuple[Preferences, list[FieldError]]:
    """Read every choice, the languages among `choices` or those of before; boxes that are not sent are not ticked."""
    preferences, errors = _read_shared(fields, start, choices)
    density = _choice(fields, "density", Density, start.density, errors)
    order = _choice(fields, "order", Order, start.order, errors)
    preferences = replace(
        preferences,
        density=density,
        order=order,
        hour=_hour(fields, start.hour, errors),
        categories=_categories(fields, errors),
        **_rhythm(fields, start, errors),
        wants_empty_mail=bool(fields.get("wants_empty_mail")),
        wants_cross_lists=bool(fields.get("wants_cross_lists")),
        wants_replacements=bool(fields.get("wants_replacements")),
        trending=_choice(fields, "trending", Trending, start.trending, errors),
        trending_count=_trending_count(fields, start.trending_count, errors),
        is_trending_apart=bool(fields.get("is_trending_apart")),
    )
    return preferences, errors


def _read_shared(
    fields: Fields, start: Preferences, choices: Sequence[Languages]
) -> tuple[Preferences, list[FieldError]]:
    errors: list[FieldError] = []
    languages = _languages(fields, (*choices, start.languages), start.languages, errors)
    zone = one_value(fields, "timezone") or start.timezone
    try:
        check_timezone(zone)
    except InputError as error:
        errors.append(FieldError(field="timezone", words=Words(str(error), "请从列表中选择时区。")))
        zone = start.timezone
    return replace(start, languages=languages, timezone=zone), errors


def _languages(fields: Fields, choices: Sequence[Languages], start: Languages, errors: list[FieldError]) -> Languages:
    value = one_value(fields, "languages")
    if not value:
        return start
    if (found := next((choice for choice in choices if choice == value), None)) is None:
        errors.append(FieldError(field="languages", words=_NO_CHOICE))
    return found or start


def _choice(fields: Fields, name: str, choices: type[Choice], start: Choice, errors: list[FieldError]) -> Choice:
    value = one_value(fields, name)
    if not value:
        return start
    try:
        return choices(value)
    except ValueError:
        errors.append(FieldError(field=name, words=_NO_CHOICE))
        return start


def _hour(fields: Fields, start: int | None, errors: list[FieldError]) -> int | None:
    value = one_value(fields, "hour")
    if value == WHEN_OUT:
        return None
    if not value:
        return start
    try:
        return check_hour(int(value))
    except ValueError:
        errors.append(FieldError(field="hour", words=Words("Choose an hour from the list.", "请从列表中选择时间。")))
        return start


def _trending_count(fields: Fields, start: int, errors: list[FieldError]) -> int:
    value = one_value(fields, "trending_count").strip()
    if not value:
        return start
    try:
        return check_trending_count(int(value))
    except ValueError:
        message, message_zh = "Choose a number from the list.", "请从列表中选择数字。"
        errors.append(FieldError(field="trending_count", words=Words(message, message_zh)))
        return start


def _rhythm(fields: Fields, start: Preferences, errors: list[FieldError]) -> dict[str, Any]:
    """Read whether mail comes daily, and on which days, or once a week; the days of the other rhythm are kept."""
    if one_value(fields, "rhythm") != WEEKLY:
        return {"weekly_on": None, "weekdays": _weekdays(fields, errors)}
    try:
        weekly_on = check_weekday(one_value(fields, "weekly_on"))
    except InputError:
        errors.append(FieldError(field="weekly_on", words=Words("Choose a day from the list.", "请从列表中选择一天。")))
        weekly_on = start.weekly_on or ANNOUNCEMENT_DAYS[-1]
    unread: list[FieldError] = []
    weekdays = _weekdays(fields, unread)
    return {"weekly_on": weekly_on, "weekdays": start.weekdays if unread else weekdays}


def _categories(fields: Fields, errors: list[FieldError]) -> tuple[str, ...]:
    try:
        return check_categories(name for name in fields.get("categories", ()) if name)
    except InputError as error:
        errors.append(FieldError(field="categories", words=Words(str(error), "请从列表中选择分类。")))
        return ()


def _weekdays(fields: Fields, errors: list[FieldError]) -> tuple[str, ...]:
    chosen = tuple(day for day in ANNOUNCEMENT_DAYS if day in fields.get("weekdays", ()))
    if not chosen:
        errors.append(
            FieldError(
                field="weekdays",
                words=Words(
                    "Choose at least one day. To stop all mail, unsubscribe below.",
                    "请至少选择一天；若不想再收信，请在下方退订。",
                ),
            )
        )
    # whoever wants every day of announcements gets every edition, whatever its date
    return WEEKDAYS if chosen == ANNOUNCEMENT_DAYS else chosen


def _address_errors(email: str) -> list[FieldError]:
    try:
        parse_address(email)
    except AddressError as error:
        message = str(error) if email else "Write the address that the mail should go to."
        return [FieldError(field="email", words=Words(message, "请填写可以收信的邮箱地址。"))]
    return []


def _mended(keyword: str) -> str:
    try:
        parse_query(clean(keyword))
    except QuerySyntaxError as error:
        return error.suggestion or keyword
    return keyword


def _keyword_error(line: int, error: QuerySyntaxError) -> FieldError:
    return FieldError(
        field="keywords",
        words=Words(f"Line {line}: ", f"第 {line} 行：") + error.words,
        line=line,
        text=error.text,
        position=error.position,
        suggestion=error.suggestion,
    )


def one_value(fields: Fields, name: str) -> str:
    """Return a field's last value, empty when it was not sent."""
    values = fields.get(name) or ("",)
    return values[-1]
