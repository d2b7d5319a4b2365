"""Hugging Face's daily papers with every field that the service sends."""

import json
from typing import Any

PATH = "/api/daily_papers"


def entry(number: int = 1, **about: Any) -> dict[str, Any]:
    """One entry as the service sends it today; `about` changes the paper in it."""
    return {
        "paper": {
            "id": f"2603.{number:05}",
            "title": f"Study number\n  {number}",
            "summary": "We teach robots to walk.\nThey fall less.",
            "authors": [{"name": "Ada Roe", "hidden": False, "user": {"fullname": "adar"}}, {"name": "Bo Lind"}],
            "upvotes": 7,
            "organization": {"name": "walkers", "fullname": "Walkers' Union"},
            "githubRepo": "https://github.com/walkers/gait",
            "githubStars": 120,
        }
        | about,
        "title": f"Study number {number}",
        "numComments": 3,
    }


def page_of(items: object) -> bytes:
    return json.dumps(items).encode()
