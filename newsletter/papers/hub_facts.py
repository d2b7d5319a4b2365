"""What Hugging Face's readers made of a paper: votes, comments, whose it is, and its code."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from newsletter.papers.paper import Paper

HUB_URL = "https://huggingface.co/papers"


@dataclass(frozen=True, slots=True, kw_only=True)
class HubFacts:
    """The facts of one paper at the instant they were collected; None is what nobody said."""

    upvotes: int | None = None
    comments: int | None = None
    organisation: str | None = None
    code_url: str | None = None
    """A repository at https://github.com/, or a folder of one."""
    stars: int | None = None
    """Of the repository at `code_url`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendingPaper:
    """A paper on the list of a day: our record of it, and Hugging Face's facts."""

    paper: Paper
    facts: HubFacts


def hub_url(arxiv_id: str) -> str:
    """Return the address of the paper's page at Hugging Face, where readers vote and talk about it."""
    return f"{HUB_URL}/{arxiv_id}"


def format_facts(facts: HubFacts) -> dict[str, Any]:
    """Return the known facts as JSON values."""
    return {name: value for name, value in asdict(facts).items() if value is not None}


def parse_facts(values: Mapping[str, Any]) -> HubFacts:
    """Read what `format_facts` wrote."""
    return HubFacts(**values)
