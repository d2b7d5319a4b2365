"""What Hugging Face says of a paper, in a few words for its meta line."""

from collections.abc import Sequence
from dataclasses import dataclass

from newsletter.digests.digest import ShownPaper
from newsletter.digests.prose import clean, cut
from newsletter.digests.speech import say, say_count
from newsletter.papers.hub_facts import hub_url

ORGANISATION_LENGTH = 60
_KILO, _MEGA = 1_000, 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A few words, and the address that they lead to, if any."""

    text: str
    url: str | None = None


def list_facts(paper: ShownPaper, code: str) -> list[Fact]:
    """Return what is known of the paper, in a language: ↑ 57 on Hugging Face, 12 comments, ByteDance, code ★ 1.2k."""
    facts = paper.facts
    if facts is None:
        return []
    found = [Fact(text=_votes(facts.upvotes, code), url=hub_url(paper.arxiv_id))]
    if facts.comments:
        found.append(Fact(text=_comments(facts.comments, code)))
    if facts.organisation:
        found.append(Fact(text=cut(clean(facts.organisation), ORGANISATION_LENGTH)))
    if facts.code_url:
        found.append(Fact(text=_code(facts.stars, code), url=facts.code_url))
    return found


def join_facts(facts: Sequence[Fact]) -> str:
    """Return the facts as plain text."""
    return " · ".join(fact.text for fact in facts)


def short_count(number: int) -> str:
    """Return a count in a few characters: 999, 1.2k, 12k, 3.4M; never more than there are."""
    if number < _KILO:
        return str(number)
    size, mark = (_MEGA, "M") if number >= _MEGA else (_KILO, "k")
    tenths = number * 10 // size
    return f"{tenths // 10}.{tenths % 10}{mark}" if tenths < 100 and tenths % 10 else f"{tenths // 10}{mark}"


def _votes(upvotes: int | None, code: str) -> str:
    return say(code, "↑ {n} on Hugging Face", n=f"{upvotes:,}") if upvotes else say(code, "on Hugging Face")


def _comments(number: int, code: str) -> str:
    return say_count(code, "{n} comment", "{n} comments", number, n=f"{number:,}")


def _code(stars: int | None, code: str) -> str:
    name = say(code, "code")
    return f"{name} ★ {short_count(stars)}" if stars else name
