"""Facts for stories, made up: Friday 20 March 2026, a reader called Ann who lives in Shanghai, and what may become of both."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from newsletter.deliveries.messages import Message
from newsletter.deliveries.states import DeliveryState
from newsletter.editions.story.facts import DayFacts, DigestFacts, EditionFacts, MailFacts, ReaderFacts
from newsletter.editions.story.tell import Story, tell_story
from newsletter.errors import Fault
from newsletter.papers.calendar import announced_at
from newsletter.papers.ledger import Judgement, Verdict
from newsletter.papers.list_day import ListDay, ListTrouble
from newsletter.subscribers.subscriber import Consent, Preferences, Subscriber, SubscriberId
from newsletter.words import Words

FRIDAY = date(2026, 3, 20)
EIGHT = announced_at(FRIDAY)  # Thursday 20:00 in New York is Friday 08:00 in Shanghai
SHANGHAI = ZoneInfo("Asia/Shanghai")
COMPLETE, PARTIAL, LATE, NONE, ERROR = Judgement
ACCEPTED = DeliveryState.ACCEPTED
HAN = re.compile("[\u4e00-\u9fff]")
LAST_WEEK = datetime(2026, 3, 13, 12, 0, tzinfo=UTC)


def after(hours: float = 0, minutes: float = 0) -> datetime:
    """Return the instant so long after the announcement."""
    return EIGHT + timedelta(hours=hours, minutes=minutes)


def ann(**changes: Any) -> ReaderFacts:
    """A confirmed reader at eight o'clock; preferences, consent or what ended their mail may be changed."""
    ends = {name: changes.pop(name) for name in ("unsubscribed_at", "suppressed_at", "suppression") if name in changes}
    reader = Subscriber(
        id=SubscriberId(1),
        email="ann@example.org",
        name="Ann",
        consent=Consent.CONFIRMED,
        preferences=Preferences(timezone="Asia/Shanghai", hour=8),
        token_version=0,
        created_at=LAST_WEEK,
        confirmed_at=LAST_WEEK,
    )
    return ReaderFacts(reader=replace(reader, **changes), **ends)


def mail(state: DeliveryState, reason: str | None = None, **changes: Any) -> MailFacts:
    """A delivery due at eight o'clock and composed some minutes after."""
    digest: dict[str, Any] = {"paper_count": 12, "zone": SHANGHAI}
    digest |= {name: changes.pop(name) for name in DigestFacts.__dataclass_fields__ if name in changes}
    facts = MailFacts(
        state=state,
        reason=reason,
        revision=0,
        due_at=EIGHT,
        next_attempt_at=None,
        created_at=after(minutes=5),
        changed_at=after(minutes=6),
        accepted_at=after() if state is DeliveryState.ACCEPTED else None,
        attempt_count=0,
        refusal="",
        digest=DigestFacts(**digest),
    )
    return replace(facts, **changes)


def listed(judgement: Judgement | None = Judgement.COMPLETE, reason: str = "", **changes: Any) -> ListDay:
    """The list of cs, whole two minutes after the announcement."""
    is_here = judgement in (Judgement.COMPLETE, Judgement.PARTIAL)
    missing = {"missing_count": changes.pop("missing_count")} if "missing_count" in changes else {}
    facts = ListDay(
        category="cs",
        listed_on=FRIDAY,
        verdict=Verdict(judgement=judgement, reason=reason, **missing) if judgement else None,
        changed_at=after(minutes=2) if judgement else None,
        seen_at=after(minutes=2) if is_here else None,
    )
    return replace(facts, **changes)


def trouble(fault: Fault, *, at: datetime = EIGHT) -> ListTrouble:
    return ListTrouble(source="listing", fault=fault, reason="It failed.", times=1, first_at=at, last_at=at)


def edition(**changes: Any) -> EditionFacts:
    """An edition of 512 papers, composed five minutes after the announcement."""
    facts = EditionFacts(is_sample=False, opened_at=after(minutes=2), composed_at=after(minutes=5), paper_count=512)
    return replace(facts, **changes)


def day(*lists: ListDay, edition: EditionFacts | None = None, **changes: Any) -> DayFacts:
    """Friday as it stands an hour after the announcement; without lists that of cs is whole."""
    facts = DayFacts(
        edition_on=FRIDAY,
        now=after(hours=1),
        deadline=after(hours=10),
        lists=lists or (listed(),),
        edition=edition,
        newest_on=FRIDAY if edition else None,
        asked_at=EIGHT,
    )
    return replace(facts, **changes)


COMPOSED = day(edition=edition())
TEN_PAST_TEN = after(hours=2, minutes=10)


def told(
    facts: DayFacts, *mails: MailFacts, reader: ReaderFacts | None = None, trending: Sequence[MailFacts] = ()
) -> Story:
    return tell_story(facts, reader or ann(), {Message.DIGEST: mails, Message.TRENDING: trending})


def english(facts: DayFacts, *mails: MailFacts, reader: ReaderFacts | None = None) -> str:
    return told(facts, *mails, reader=reader).sentence.en


def is_one_sentence(words: Words) -> bool:
    """Tell whether it begins as a sentence does and ends with its only full stop, without a hole, in both languages."""
    en, zh = words.en, words.zh
    whole = en.endswith(".") and ". " not in en and zh.endswith("。") and "。" not in zh[:-1]
    return whole and not re.search(r"None|\n|  | [;,.]|\(\)|:\.|;\.|：。", en + zh) and bool(HAN.search(zh))
