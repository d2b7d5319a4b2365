"""A reader's own things as the API shows and takes them."""

from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, GetPydanticSchema
from pydantic_core import core_schema

from newsletter.deliveries.browse_store import ListedDelivery
from newsletter.deliveries.messages import Message
from newsletter.deliveries.states import DeliveryState
from newsletter.digests.digest import Digest
from newsletter.languages import DEFAULT, SOURCE
from newsletter.subscribers.store import MAX_KEYWORDS
from newsletter.subscribers.subscriber import Consent, Density, Languages, Order, Preferences, Subscriber, Trending
from newsletter.translation.choice import read_choice
from newsletter.web.api.answers import Listing
from newsletter.web.api.fields import Day, Text
from newsletter.web.api.shapes import PaperItem, shown_item

_LONGEST_KEYWORD = 1000
LanguageChoice = Annotated[
    Languages,
    GetPydanticSchema(
        lambda _source, _handler: core_schema.no_info_after_validator_function(
            read_choice, core_schema.str_schema(pattern=Languages.PATTERN)
        )
    ),
    Field(description="Language codes in the reader's order, joined by +.", examples=[Languages.of(SOURCE, DEFAULT)]),
]
_MAY_BE_NULL = ("hour", "weekly_on", "paused_until")


class Profile(BaseModel):
    """The reader in whose name the token speaks."""

    email: str
    name: str
    consent: Consent
    created_at: datetime
    confirmed_at: datetime | None


class KeywordItem(BaseModel):
    """A keyword: as typed, in canonical form, and whether it is paused."""

    keyword: str
    query: str
    is_paused: bool


class Keywords(BaseModel):
    """A reader's keywords in their order."""

    items: list[KeywordItem]


class NewKeyword(BaseModel):
    """A keyword to have."""

    model_config = ConfigDict(extra="forbid")

    keyword: Text = Field(min_length=1, max_length=_LONGEST_KEYWORD, examples=["diffusion models ANDNOT survey"])
    is_paused: bool = False


class NewKeywords(BaseModel):
    """All keywords to have, in their order: what is not in it is dropped."""

    model_config = ConfigDict(extra="forbid")

    items: list[NewKeyword] = Field(min_length=1, max_length=MAX_KEYWORDS)


class PreferencesItem(BaseModel):
    """A reader's choices; `hour` (0-23, in `timezone`) is when mail is due, null as soon as the edition is out."""

    languages: LanguageChoice
    density: Density
    order: Order
    timezone: str = Field(examples=["Asia/Shanghai"])
    hour: int | None
    weekdays: list[str] = Field(examples=[["mon", "tue", "wed", "thu", "fri"]])
    weekly_on: str | None = Field(description="The weekday of the one digest a week; null for one each day.")
    paused_until: date | None = Field(description="The first day with mail again; null while there is no pause.")
    categories: list[str] = Field(description="Keywords search these alone; empty for all that are collected.")
    wants_empty_mail: bool
    wants_cross_lists: bool
    wants_replacements: bool
    trending: Trending
    trending_count: int
    is_trending_apart: bool


class NewPreferences(BaseModel):
    """Choices to have; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    languages: LanguageChoice | None = None
    density: Density | None = None
    order: Order | None = None
    timezone: Text | None = Field(default=None, max_length=64, examples=["Asia/Shanghai"])
    hour: int | None = Field(default=None, ge=0, le=23)
    weekdays: list[Text] | None = Field(default=None, min_length=1, max_length=7)
    weekly_on: Text | None = Field(default=None, max_length=3)
    paused_until: Day | None = None
    categories: list[Text] | None = Field(default=None, max_length=200)
    wants_empty_mail: bool | None = None
    wants_cross_lists: bool | None = None
    wants_replacements: bool | None = None
    trending: Trending | None = None
    trending_count: int | None = Field(default=None, ge=1, le=50)
    is_trending_apart: bool | None = None


class DigestItem(BaseModel):
    """A digest in a list."""

    id: int
    day: date
    composed_at: datetime
    paper_count: int
    is_trending: bool = Field(description="Whether it holds trending papers, in a mail of their own.")
    self: str


class DigestList(Listing):
    """A reader's digests, the newest first; a day that was composed anew has several."""

    items: list[DigestItem]


class EntryItem(BaseModel):
    """A paper's place in a section: which keywords found it, and how well."""

    paper: PaperItem
    matched: list[str]
    score: float


class SectionItem(BaseModel):
    """One keyword's papers, or (with `trending_on`) those that trended that day."""

    keyword: str
    query: str
    trending_on: date | None
    left_out: int = Field(description="Trending papers that would be here but came before.")
    entries: list[EntryItem]


class DigestDetail(BaseModel):
    """A digest as it was frozen: the newest of its day."""

    day: date
    announced_at: datetime
    composed_at: datetime
    languages: LanguageChoice
    is_trending: bool
    is_sample: bool
    paper_count: int
    notes: list[str] = Field(description="What the reader is told beside the papers, in English.")
    sections: list[SectionItem]


class DeliveryItem(BaseModel):
    """A mail that was promised, and what became of it; `revision` is n for the n-th resend."""

    id: int
    message: Message
    day: date | None
    revision: int
    state: DeliveryState
    reason: str | None
    due_at: datetime
    next_attempt_at: datetime | None
    attempt_count: int
    created_at: datetime
    accepted_at: datetime | None = Field(description="When the relay took it; nobody knows more than that.")


class DeliveryList(Listing):
    """Deliveries, the newest first."""

    items: list[DeliveryItem]


def keywords_of(reader: Subscriber) -> Keywords:
    """Return a reader's keywords."""
    items = reader.subscriptions
    return Keywords(
        items=[KeywordItem(keyword=item.keyword, query=item.query, is_paused=item.is_paused) for item in items]
    )


def preferences_of(reader: Subscriber) -> PreferencesItem:
    """Return a reader's choices."""
    return PreferencesItem.model_validate(asdict(reader.preferences))


def changed(known: Preferences, wanted: NewPreferences) -> Preferences:
    """Return the choices with those that were sent; null ends what can be without a value, and leaves the rest."""
    sent = {name: getattr(wanted, name) for name in wanted.model_fields_set}
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in sent.items()
        if value is not None or name in _MAY_BE_NULL
    }
    return replace(known, **values)


def digest_detail(digest: Digest, public_url: str) -> DigestDetail:
    """Return a digest with its papers."""
    sections = [
        SectionItem(
            keyword=section.keyword,
            query=section.query,
            trending_on=section.trending_on,
            left_out=section.left_out,
            entries=[
                EntryItem(
                    paper=shown_item(entry.paper, public_url, listed_on=digest.edition_on),
                    matched=list(entry.matched),
                    score=entry.score,
                )
                for entry in section.entries
            ],
        )
        for section in digest.sections
    ]
    return DigestDetail(
        day=digest.edition_on,
        announced_at=digest.announced_at,
        composed_at=digest.generated_at,
        languages=digest.languages,
        is_trending=digest.is_trending,
        is_sample=digest.is_sample,
        paper_count=digest.trending_count if digest.is_trending else digest.count,
        notes=[note[SOURCE] for note in digest.notes],
        sections=sections,
    )


def own_delivery(found: ListedDelivery) -> DeliveryItem:
    """Return a delivery as its reader sees it: why it was deliberately not sent, but not what a mail server said."""
    item = delivery_item(found)
    return item if found.state is DeliveryState.SKIPPED else item.model_copy(update={"reason": None})


def delivery_item(found: ListedDelivery) -> DeliveryItem:
    """Return a delivery as operators see it."""
    return DeliveryItem(
        id=found.id,
        message=found.message,
        day=found.edition_on,
        revision=found.revision,
        state=found.state,
        reason=found.reason,
        due_at=found.due_at,
        next_attempt_at=found.next_attempt_at,
        attempt_count=found.attempt_count,
        created_at=found.created_at,
        accepted_at=found.accepted_at,
    )
