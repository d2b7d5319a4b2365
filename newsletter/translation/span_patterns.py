"""What the spans of `protect.py` look like, as regular expressions; the first that fits at a place is taken."""

import re

from newsletter.translation.names import PATTERN

BRACKETS = re.compile(r"[\[［【]\s?[\[［【]\s*(\d+)\s*[\]］】]\s?[\]］】]")
"""A placeholder in brackets, as engines write it."""

_OTHER = r"\s\u2018-\u201f\u3000-\u303f\u3400-\u9fff\uff00-\uffef"  # ends an address: white space, quotes, Chinese
_STYLES = (  # they change the looks of words
    r"emph|enquote|footnote|ul|uline|textup|mathrm|mathbf|mathit|mathsf|mathtt|textcolor(?:\{[a-z]+\})?|textbf|textit|textsc|textsf"
    r"|textrm|textsl|texttt|text|underline|mbox|bf|em|it|tt|sc|rm|sf|small|large|quad|qquad|item|noindent|par"
)
_UNITS = (
    "ms|µs|μs|ns|GHz|MHz|kHz|Hz|TB|GB|MB|KB|kB|GiB|TFLOPS|TFLOPs|GFLOPs|FLOPs|FLOPS|fps|FPS|dB|km/h|km|cm|mm|nm|kg|mW|kW|kWh|°C"
    "|m/s|pp|bp|x(?![A-Za-z])|×"
)
_FIGURE = r"\d+(?:[.,]\d+)*(?:[KMBTk](?![A-Za-z]))?"
_TIMES = r"\$\s*\\times\s*\$|\\times(?![A-Za-z])"
_RELATION = r"\$\s*(?:\\(?:sim|approx|pm|leq?|geq?|times)|[<>~≈±+-])\s*\$"
_UNIT = rf"\s?\\?%|\s?(?:{_TIMES})|[\s-]?(?:{_UNITS})(?![A-Za-z])"
_RANGE = r"\s?(?:\\pm|±|–|-|\$\s*\\pm\s*\$)\s?"
_ENVIRONMENTS = "equation|align|gather|multline|eqnarray|displaymath|math"
_MATHS = "√∑∏∫∇∂∈ℝℕℤℂ𝔼⊆⊂⊗⊕∥‖^²³⁰-⁹₀-₉"
_HOSTS = "com|org|net|io|ai|edu|gov|dev|cn|co"
_PATTERNS = {
    "url": rf"(?:https?://|ftp://|www\.)[^<>\"`{{}}{_OTHER}]+"
    rf"|(?<![\w.@/])(?:[\w-]+\.)+(?:{_HOSTS})/[^<>\"`{{}}{_OTHER}]*",
    "email": r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+",
    "identifier": r"(?i:arxiv:\s?\d{4}\.\d{4,5}(?:v\d+)?|(?:doi:\s?)?(?<!\d)10\.\d{4,9}/[\w.()/;:-]*\w)",
    "block": rf"\\begin\{{(?P<env>{_ENVIRONMENTS})\*?\}}.*?\\end\{{(?P=env)\*?\}}|\\\[.*?\\\]|\\\(.*?\\\)",
    "code": rf"(?<!`)`[^`'\s](?:[^`']{{0,78}}[^`'\s])?`(?!`)|{BRACKETS.pattern.replace('(', '(?:')}",
    "skipped": r"\\(?:[cvuHkrbdt]\{\w\}|(?:o|O|l|L|ss|ae|AE|oe|OE|aa|AA|i|j)(?![A-Za-z])|[^A-Za-z])\w*",  # accents, escapes
    "command": r"\\[A-Za-z]+\*?(?:\[[^\[\]]*\])*(?P<arguments>(?:\{[^{}]*\})*)",
    "maths": rf"(?<![^{_OTHER},;$\\])[^{_OTHER},;$\\]*[{_MATHS}][^{_OTHER},;$\\]*",
    "figure": rf"(?<![A-Za-z0-9_.])(?P<relation>(?:{_RELATION})\s?|[~≈±+−<>≥≤-])?"
    rf"{_FIGURE}(?:{_RANGE}{_FIGURE})?(?P<unit>{_UNIT})?(?![A-Za-z])",
    "dollar": r"\$",
    "citation": r"\[\d{1,3}(?:\s?[,;–-]\s?\d{1,3})*\]",
    "call": r"(?<![A-Za-z])[A-ZΘΩΓ][A-Z]?\((?:[^()\s$]|\([^()$]*\)|\s(?=[a-z0-9(+*/^])){1,30}\)",  # O(n log n), SE(3)
    "token": rf"(?<![A-Za-z0-9_])(?=[a-z]*[A-Z0-9_-]){PATTERN}",
}
SPAN = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _PATTERNS.items()), re.DOTALL)
"""Whatever may be a span; the names of the groups say what."""
PARTS = ("arguments", "env", "unit", "relation")
"""The groups inside other groups."""

STYLED = re.compile(rf"\\(?:{_STYLES})\*?\s*(?:\{{(?P<inside>[^{{}}]*)\}})?$")
"""A command that changes the looks of words."""
VERBATIM = re.compile(r"\\(?:url|path|code|texttt|verb|href)\b")
PROSE = re.compile(r"[A-Za-z]{2,}\s+[A-Za-z]{2,}|^\{[a-z]{3,}\}$")
"""The arguments of a command if they are words."""
POINTING = re.compile(r"\\(?:[A-Za-z]*(?:cite|ref)[a-z]*|label|gls\w*|ac\w*|input|begin|end)\b")
"""A command whose argument is no prose, whatever it looks like."""
TRIFLE = re.compile(r"\s*(?:[-–+,.;&]|_\{?\d\}?|\d*\^\{?(?:st|nd|rd|th)\}?|\\[&%#_]|\\unicode\{x?[0-9A-Fa-f]+\})\s*")
"""A formula that says nothing by itself: $-$, 5$^{th}$, CO$_2$."""
PLAIN_FIGURE = re.compile(rf"\s*(?:\\(?:sim|approx|pm|leq?|geq?|times)|[<>~≈±+-])?\s*{_FIGURE}\s*(?:\\?%|\\times)?\s*")
"""A formula that is only a number: $95\\%$."""
