"""Papers as the API shows them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field

from newsletter.digests.digest import ShownPaper
from newsletter.languages import DEFAULT
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
    """A paper in a list. Texts are readable Unicode; what is not translated yet is null.

    `title_zh` and `abstract_zh` are the translation where the installation translates into Chinese, else null.
    """

    id: str = Field(description="The arXiv identifier without version.", examples=[EXAMPLE_ID, "math/0601001"])
    title: str
    title_translated: str | None = Field(description="In the language that `translated_into` names.")
    title_zh: str | None
    authors: list[str]
    abstract: str
    abstract_translated: str | None
    abstract_zh: str | None
    translated_into: str = Field(description="The code of the language of the translations.", examples=[DEFAULT])
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Translated:
    """A paper's texts in the language of the installation; None is what is not translated."""

    language: str
    title: str | None
    abstract: str | None


def _texts(title: str, abstract: str, translated: Translated) -> dict[str, Any]:
    """Return a paper's texts under the names that programs read; those of the first version of the API name a language."""
    is_named = f"title_{translated.language}" in PaperItem.model_fields
    return {
        "title": title,
        "title_translated": translated.title,
        "title_zh": translated.title if is_named else None,
        "abstract": abstract,
        "abstract_translated": translated.abstract,
        "abstract_zh": translated.abstract if is_named else None,
        "translated_into": translated.language,
    }


def shown_item(paper: ShownPaper, public_url: str, *, listed_on: date | None) -> PaperItem:
    """Return a paper of a day or a digest."""
    return PaperItem(
        id=paper.arxiv_id,
        **_texts(
            paper.title,
            paper.abstract,
            Translated(language=paper.language, title=paper.title_translated, abstract=paper.abstract_translated),
        ),
        authors=list(paper.authors),
        categories=list(paper.categories),
        comment=paper.comment,
        kind=paper.kind,
        listed_on=paper.late_from or listed_on,
        score=None,
        links=PaperLinks(**_links(paper.arxiv_id, public_url) | {"abstract": paper.abs_url, "pdf": paper.pdf_url}),
    )


def found_item(found: FoundPaper, public_url: str, language: str, *, with_score: bool) -> PaperItem:
    """Return a paper that a search found, with its texts in that language."""
    translated = Translated(language=language, title=found.title_translated, abstract=found.abstract_translated)
    item = stored_item(found.paper, public_url, translated)
    return item.model_copy(
        update={"listed_on": found.listed_on, "score": round(found.score, 6) if with_score else None}
    )


def stored_item(paper: Paper, public_url: str, translated: Translated) -> PaperItem:
    """Return a stored paper."""
    return PaperItem(
        id=paper.arxiv_id,
        **_texts(paper.title, paper.abstract, translated),
        authors=list(paper.authors),
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
    language: str = Field(examples=[DEFAULT])
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
