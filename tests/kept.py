"""What takes longer to make than most tests last and is the same for all: made once for the tests of a process."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from unittest import mock

from babel.support import NullTranslations

from newsletter.digests.compile import load_renderer
from newsletter.digests.render import Renderer
from newsletter.resources import templates_folder
from newsletter.runtime import parts
from newsletter.subscribers.subscriber import USUAL_CHOICES, Languages
from newsletter.translation.catalogue import load_catalogue
from newsletter.web import site


def keep() -> None:
    """Let every runtime and site of this process, and of what is forked from it, share what is the same."""
    mock.patch.object(parts, "load_renderer", kept_renderer).start()
    mock.patch.object(site, "load_catalogue", _kept_catalogue).start()


def kept_renderer(folder: Path | None = None, choices: Sequence[Languages] = USUAL_CHOICES) -> Renderer:
    """Return the compiled templates of mails, as `load_renderer` does."""
    return _load_renderer(folder or templates_folder(), tuple(choices))


def _kept_catalogue(files: Sequence[Path]) -> NullTranslations:
    return _load_catalogue(tuple(files))


_load_renderer = cache(load_renderer)
_load_catalogue = cache(load_catalogue)
