"""Hugging Face's daily papers for tests: entries as the service writes them."""

import json
from collections.abc import Sequence
from typing import Any


def hub_entry(number: int, *, upvotes: int = 7, **about: Any) -> dict[str, Any]:
    """An entry with everything in it."""
    return {
        "title": f"Trending study {number}",
        "numComments": 3,
        "paper": {
            "id": f"2603.{number:05d}",
            "title": f"Trending study {number}",
            "authors": [{"name": "Ada Roe"}, {"name": "Bo Lind"}],
            "summary": "Robots learn to read what others liked. They agree.",
            "upvotes": upvotes,
            "githubRepo": "https://github.com/walkers/gait",
            "githubStars": 1200,
            "organization": {"fullname": "Walkers' Union"},
        }
        | about,
    }


def hub_page(entries: Sequence[dict[str, Any]]) -> bytes:
    """A day's answer."""
    return json.dumps(list(entries)).encode()
