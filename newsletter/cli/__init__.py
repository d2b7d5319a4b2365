"""The operator's command `newsletter`."""

from newsletter.cli.app import main

__all__ = ["main"]
