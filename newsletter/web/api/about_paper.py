"""All that is stored of one paper."""

from collections.abc import Sequence

from newsletter.db.engine import reading
from newsletter.errors import InputError, NotFoundError
from newsletter.languages import SOURCE
from newsletter.papers.history_store import (
    Appearance,
    SeenVersion,
    Trended,
    list_appearances,
    list_trended,
    list_versions,
)
from newsletter.papers.latex import to_unicode
from newsletter.papers.paper import Paper, parse_arxiv_id
from newsletter.papers.store import get_papers
from newsletter.translation.corrections import StoredTranslation, list_translations
from newsletter.web.api.shapes import (
    PaperDetail,
    PlaceItem,
    Translated,
    TranslationItem,
    TrendingItem,
    VersionItem,
    hub_numbers,
    stored_item,
)
from newsletter.web.site import Site


def find(site: Site, written: str) -> Paper:
    """Return the paper of an identifier; raises NotFoundError, also for what is no identifier."""
    try:
        arxiv_id, _ = parse_arxiv_id(written)
    except InputError as error:
        raise NotFoundError("This is not an arXiv identifier; write one like 2603.18074 or math/0601001.") from error
    with reading(site.runtime.database) as session:
        found = get_papers(session, [arxiv_id]).get(arxiv_id)
    if found is None:
        raise NotFoundError(f"No paper {arxiv_id} is stored here.")
    return found


def describe(site: Site, paper: Paper) -> PaperDetail:
    """Return everything about a paper, in a fixed number of statements."""
    arxiv_id, language = paper.arxiv_id, site.runtime.language
    with reading(site.runtime.database) as session:
        versions = list_versions(session, arxiv_id)
        places = list_appearances(session, arxiv_id)
        trending = list_trended(session, arxiv_id)
        texts = {"title": paper.title_source, "abstract": paper.abstract_source}
        origins = list_translations(session, texts.values(), source=SOURCE, target=language)
    translations = [
        item for field, text in texts.items() for item in _translations(field, language, origins.get(text, ()))
    ]
    shown = {item.field: item.text for item in translations if item.is_shown}
    item = stored_item(
        paper,
        site.runtime.settings.public_url,
        Translated(language=language, title=shown.get("title"), abstract=shown.get("abstract")),
    )
    return PaperDetail(
        **item.model_dump() | {"listed_on": places[0].listed_on if places else None},
        version=paper.version,
        versions=[_version(one) for one in versions],
        places=[_place(one) for one in places],
        trending=[_trended(arxiv_id, one) for one in trending],
        translations=translations,
    )


def _version(seen: SeenVersion) -> VersionItem:
    comment = None if seen.comment_source is None else to_unicode(seen.comment_source)
    return VersionItem(version=seen.version, seen_at=seen.seen_at, comment=comment)


def _place(found: Appearance) -> PlaceItem:
    return PlaceItem(
        listed_on=found.listed_on,
        category=found.category,
        kind=found.kind,
        version=found.version,
        is_estimate=found.is_estimate,
    )


def _trended(arxiv_id: str, found: Trended) -> TrendingItem:
    return TrendingItem(trending_on=found.trending_on, rank=found.place, facts=hub_numbers(arxiv_id, found.facts))


def _translations(field: str, language: str, origins: Sequence[StoredTranslation]) -> list[TranslationItem]:
    return [
        TranslationItem(
            field=field,
            language=language,
            text=to_unicode(origin.text),
            engine=origin.engine,
            is_correction=origin.is_correction,
            translated_at=origin.translated_at,
            is_shown=place == 0,
        )
        for place, origin in enumerate(origins)
    ]
