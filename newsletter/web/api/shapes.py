"""Papers as the API shows them."""

from datetime import date, datetime

from pydantic import BaseModel, Field

from newsletter.digests.digest import ShownPaper
from newsletter.papers.hub_facts import HubFacts, hub_url
from newsletter.papers.paper import AnnouncementKind, Paper, abs_url, pdf_url
from newsletter.search.found import FoundPaper

EXAMPLE_ID = "2603.18074"


class PaperLinks(BaseModel):
    """Where a paper can be read."""

    self: str = Field(description="The paper in this API.")
    page: str = Field(description="The paper's page on this site.")
    abstract: str = Field(description="The abstract page at arXiv.")
    pdf: str = Field(description="The PDF at arXiv.")


class PaperItem(BaseModel):
    """A paper in a list. Texts are readable Unicode; Chinese is null where there is no translation."""

    id: str = Field(description="The arXiv identifier without version.", examples=[EXAMPLE_ID, "math/0601001"])
    title: str
    title_zh: str | None
    authors: list[str]
    abstract: str
    abstract_zh: str | None
    categories: list[str] = Field(description="The primary category first.", examples=[["cs.LG", "stat.ML"]])
    comment: str | None
    kind: AnnouncementKind | None = Field(description="How it was announced that day; null outside a day.")
    listed_on: date | None = Field(description="The list it stands in; of several the one asked for, else the first.")
    score: float | None = Field(description="Relevance, comparable within one answer only; null where it is not asked.")
    links: PaperLinks


class HubNumbers(BaseModel):
    """What Hugging Face's readers made of a paper; null is what nobody said."""

    upvotes: int | None
    comments: int | None
    organisation: str | None
    code_url: str | None
    stars: int | None
    page: str = Field(description="The paper's page at Hugging Face.")


def shown_item(paper: ShownPaper, public_url: str, *, listed_on: date | None) -> PaperItem:
    """Return a paper of a day or a digest."""
    return PaperItem(
        id=paper.arxiv_id,
        title=paper.title,
        title_zh=paper.title_zh,
        authors=list(paper.authors),
        abstract=paper.abstract,
        abstract_zh=paper.abstract_zh,
        categories=list(paper.categories),
        comment=paper.comment,
        kind=paper.kind,
        listed_on=paper.late_from or listed_on,
        score=None,
        links=PaperLinks(**_links(paper.arxiv_id, public_url) | {"abstract": paper.abs_url, "pdf": paper.pdf_url}),
    )


def found_item(found: FoundPaper, public_url: str, *, with_score: bool) -> PaperItem:
    """Return a paper that a search found."""
    item = stored_item(found.paper, public_url, title_zh=found.title_zh, abstract_zh=found.abstract_zh)
    return item.model_copy(
        update={"listed_on": found.listed_on, "score": round(found.score, 6) if with_score else None}
    )


def stored_item(paper: Paper, public_url: str, *, title_zh: str | None, abstract_zh: str | None) -> PaperItem:
    """Return a stored paper."""
    return PaperItem(
        id=paper.arxiv_id,
        title=paper.title,
        title_zh=title_zh,
        authors=list(paper.authors),
        abstract=paper.abstract,
        abstract_zh=abstract_zh,
        categories=list(paper.categories),
        comment=paper.comment,
        kind=None,
        listed_on=None,
        score=None,
        links=PaperLinks(**_links(paper.arxiv_id, public_url)),
    )


def hub_numbers(arxiv_id: str, facts: HubFacts) -> HubNumbers:
    """Return what Hugging Face knows of a paper."""
    return HubNumbers(
        upvotes=facts.upvotes,
        comments=facts.comments,
        organisation=facts.organisation,
        code_url=facts.code_url,
        stars=facts.stars,
        page=hub_url(arxiv_id),
    )


class VersionItem(BaseModel):
    """A version of a paper that was seen, and the comment it came with."""

    version: int
    seen_at: datetime
    comment: str | None


class PlaceItem(BaseModel):
    """A list in which a paper stands."""

    listed_on: date
    category: str
    kind: AnnouncementKind
    version: int
    is_estimate: bool = Field(description="Whether the list was put together afterwards, from submission times.")


class TrendingItem(BaseModel):
    """A day on which a paper was among the trending ones at Hugging Face; `rank` counts from 1."""

    trending_on: date
    rank: int
    facts: HubNumbers


class TranslationItem(BaseModel):
    """A stored translation: of which field, by which engine, and whether it is the one that is shown."""

    field: str = Field(examples=["title", "abstract"])
    language: str = Field(examples=["zh"])
    text: str
    engine: str = Field(description="The engine or service that made it.", examples=["deepl"])
    is_correction: bool = Field(description="Whether a person wrote it, which wins over every engine.")
    translated_at: datetime
    is_shown: bool


class PaperDetail(PaperItem):
    """A paper with all that is stored of it."""

    version: int = Field(description="The newest known version.")
    versions: list[VersionItem] = Field(description="The versions that were seen, the oldest first.")
    places: list[PlaceItem] = Field(description="The lists it stands in, the oldest first.")
    trending: list[TrendingItem] = Field(description="The days on which it trended, the newest first.")
    translations: list[TranslationItem]


def _links(arxiv_id: str, public_url: str) -> dict[str, str]:
    return {
        "self": f"{public_url}/api/v1/papers/{arxiv_id}",
        "page": f"{public_url}/paper/{arxiv_id}",
        "abstract": abs_url(arxiv_id),
        "pdf": pdf_url(arxiv_id),
    }
