"""Where an address leads: the provider that takes a domain's mail, asked of the DNS and remembered."""

from newsletter.mail.exchangers.exchangers import Exchangers, open_exchangers

__all__ = ["Exchangers", "open_exchangers"]
