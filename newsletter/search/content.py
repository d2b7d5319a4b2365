"""What was read of a paper, kept small: to take it out of the index again, and to show it to the matcher."""

import json
import zlib

from newsletter.papers.latex import to_unicode
from newsletter.papers.paper import Paper
from newsletter.queries.matcher import Matchable


def make_content(paper: Paper, title_zh: str | None, abstract_zh: str | None) -> Matchable:
    """Return what of a paper can be searched; its translations as the memory has them, None for none."""
    return Matchable(
        arxiv_id=paper.arxiv_id,
        title=paper.title,
        abstract=paper.abstract,
        authors=paper.authors,
        categories=paper.categories,
        comment=paper.comment or "",
        title_zh=to_unicode(title_zh or ""),
        abstract_zh=to_unicode(abstract_zh or ""),
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
        content.title_zh,
        content.abstract_zh,
    )
    return zlib.compress(json.dumps(parts, ensure_ascii=False).encode(), level=1)


def unpack(stored: bytes) -> Matchable:
    """Return what was packed."""
    arxiv_id, title, abstract, authors, categories, comment, title_zh, abstract_zh = json.loads(zlib.decompress(stored))
    return Matchable(
        arxiv_id=arxiv_id,
        title=title,
        abstract=abstract,
        authors=tuple(authors),
        categories=tuple(categories),
        comment=comment,
        title_zh=title_zh,
        abstract_zh=abstract_zh,
    )
