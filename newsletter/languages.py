"""Which language papers are written in, and which one an installation translates into unless it says another.

All else about a language is data: `translation/languages/<code>/`, and the catalogues in `templates/locales/<code>/`.
"""

SOURCE = "en"
DEFAULT = "zh"
