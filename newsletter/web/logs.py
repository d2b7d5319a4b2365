"""The web's log: lines of one event each, to standard error, as the workers write them."""

import logging
import sys

import structlog


def configure_logging(level_name: str) -> None:
    """Write events from a level on; an unknown level's name stands for INFO."""
    level = getattr(logging, level_name.upper(), logging.INFO)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.LogfmtRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        # asked for anew each time: whoever replaces the stream, as a test does, takes the old one away
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )
