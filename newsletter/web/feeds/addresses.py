"""Where the feeds are: what pages put into `<link rel="alternate" type="application/atom+xml">`."""

from datetime import date
from urllib.parse import urlencode

from newsletter.subscribers.subscriber import Subscriber
from newsletter.subscribers.tokens import Tokens

EDITIONS = "/feeds/editions.atom"


def query_feed(text: str) -> str:
    """Return the path of a query's feed."""
    return f"/feeds/query.atom?{urlencode({'q': text})}"


def day_feed(edition_on: date) -> str:
    """Return the path of the feed of a day's papers."""
    return f"/day/{edition_on}/feed.atom"


def reader_feed(tokens: Tokens, reader: Subscriber) -> str:
    """Return the path of a reader's own feed: whoever has it reads their digests, until their links are withdrawn."""
    return f"/feeds/{tokens.sign('feed', reader.id, reader.token_version)}/digests.atom"
