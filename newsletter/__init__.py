"""Chenbao 晨报: the morning paper of arXiv for each reader's own keywords, in English and Chinese."""

__version__ = "0.1.0"
