"""What was read of a paper, kept small: to take it out of the index again, and to show it to the matcher."""

import json
import zlib

from newsletter.papers.latex import to_unicode
from newsletter.papers.paper import Paper
from newsletter.queries.matcher import Matchable


def make_content(paper: Paper, title_translated: str | None, abstract_translated: str | None) -> Matchable:
    """Return what of a paper can be searched; its translations as the memory has them, None for none."""
    return Matchable(
        arxiv_id=paper.arxiv_id,
        title=paper.title,
        abstract=paper.abstract,
        authors=paper.authors,
        categories=paper.categories,
        comment=paper.comment or "",
        title_translated=to_unicode(title_translated or ""),
        abstract_translated=to_unicode(abstract_translated or ""),
    )


def pack(content: Matchable) -> bytes:
    """Return the content as it is stored."""
    parts = (
        content.arxiv_id,
        content.title,
        content.abstract,
        content.authors,
        content.categories,
        content.comment,
        content.title_translated,
        content.abstract_translated,
    )
    return zlib.compress(json.dumps(parts, ensure_ascii=False).encode(), level=1)


def unpack(stored: bytes) -> Matchable:
    """Return what was packed."""
    arxiv_id, title, abstract, authors, categories, comment, title_translated, abstract_translated = json.loads(
        zlib.decompress(stored)
    )
    return Matchable(
        arxiv_id=arxiv_id,
        title=title,
        abstract=abstract,
        authors=tuple(authors),
        categories=tuple(categories),
        comment=comment,
        title_translated=title_translated,
        abstract_translated=abstract_translated,
    )
