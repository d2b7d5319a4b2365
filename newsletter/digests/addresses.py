"""Where an installation's pages are."""

from dataclasses import dataclass
from datetime import date

from newsletter.digests.digest import DigestLinks
from newsletter.papers.paper import Paper, abs_url, pdf_url
from newsletter.subscribers.tokens import Purpose, Tokens

_IN_A_DIGEST: tuple[Purpose, ...] = ("digest", "manage", "unsubscribe")


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where this installation's pages are: makes the links of each reader's digest."""

    public_url: str
    tokens: Tokens

    def of(self, subscriber_id: int, token_version: int, edition_on: date, *, is_trending: bool = False) -> DigestLinks:
        """Return one reader's own links."""
        page = f"{edition_on}/trending" if is_trending else str(edition_on)
        digest, manage, unsubscribe = self.tokens.sign_each(_IN_A_DIGEST, subscriber_id, token_version)
        return DigestLinks(
            browser_url=f"{self.public_url}/digest/{digest}/{page}",
            manage_url=f"{self.public_url}/manage/{manage}",
            unsubscribe_url=f"{self.public_url}/unsubscribe/{unsubscribe}",
            site_url=self.public_url,
        )

    def confirm_url(self, subscriber_id: int, token_version: int) -> str:
        """Return the address of the page on which a reader agrees to get mail."""
        return f"{self.public_url}/confirm/{self.tokens.sign('confirm', subscriber_id, token_version)}"

    def manage_url(self, subscriber_id: int, token_version: int) -> str:
        """Return the address of a reader's own page."""
        return f"{self.public_url}/manage/{self.tokens.sign('manage', subscriber_id, token_version)}"

    def unsubscribe_url(self, subscriber_id: int, token_version: int) -> str:
        """Return the address that stops a reader's mail."""
        return f"{self.public_url}/unsubscribe/{self.tokens.sign('unsubscribe', subscriber_id, token_version)}"

    def of_paper(self, paper: Paper, edition_on: date) -> tuple[str, str]:
        """Return the (abstract, PDF) addresses of a paper; a sample exists only on our own day page."""
        if paper.is_sample:
            here = f"{self.public_url}/day/{edition_on}#{paper.arxiv_id}"
            return here, here
        return abs_url(paper.arxiv_id), pdf_url(paper.arxiv_id)
