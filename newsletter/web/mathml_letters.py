"""Styled letters of mathematics as Unicode's own: browsers know no other way to set a bold or sans-serif variable."""

_CAPITALS, _SMALL, _DIGITS = (ord("A"), 26), (ord("a"), 26), (ord("0"), 10)
_GREEK_CAPITALS, _GREEK_SMALL = (0x391, 25), (0x3B1, 25)
_RANGES = {
    "bold": (
        (_CAPITALS, 0x1D400), (_SMALL, 0x1D41A), (_DIGITS, 0x1D7CE), (_GREEK_CAPITALS, 0x1D6A8), (_GREEK_SMALL, 0x1D6C2),
    ),
    "bold-italic": (
        (_CAPITALS, 0x1D468), (_SMALL, 0x1D482), (_DIGITS, 0x1D7CE), (_GREEK_CAPITALS, 0x1D71C), (_GREEK_SMALL, 0x1D736),
    ),
    "sans-serif": ((_CAPITALS, 0x1D5A0), (_SMALL, 0x1D5BA), (_DIGITS, 0x1D7E2)),
    "bold-sans-serif": ((_CAPITALS, 0x1D5D4), (_SMALL, 0x1D5EE), (_DIGITS, 0x1D7EC)),
    "monospace": ((_CAPITALS, 0x1D670), (_SMALL, 0x1D68A), (_DIGITS, 0x1D7F6)),
}  # fmt: skip
_STYLES = {
    name: {first + place: start + place for (first, count), start in ranges for place in range(count)}
    for name, ranges in _RANGES.items()
}


def restyle(text: str, variant: str) -> str:
    """Return the text in a style of MathML's `mathvariant`, as far as Unicode has its letters; others stay."""
    return text.translate(_STYLES.get(variant, {}))
