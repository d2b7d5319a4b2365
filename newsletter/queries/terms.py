"""Terms: from the words that were typed to a phrase or a category in canonical form."""

import re
from difflib import get_close_matches
from functools import cache, lru_cache

from newsletter.papers.taxonomy import category_names, is_known
from newsletter.queries.query import Category, Field, Phrase
from newsletter.queries.scanner import CATEGORY_PREFIX, Span, UnreadableError
from newsletter.queries.words import Reading, fold, has_han, is_letter, may_join, normalise, read_words, squeeze
from newsletter.words import Words

_PLAIN = re.compile("[a-z0-9]+(?: [a-z0-9]+)*")  # as nearly all canonical phrases are: nothing in them can be wrong
_LIST_MARK = re.compile(r"\s*(?:,(?!\d)|[;、])\s*")
_LAST_IN_LIST = re.compile(r"^(?:and|or)\s+")
_FOREIGN_OPERATORS = {"|": "OR", "||": "OR", "&&": "AND"}
_CLAUSE_DASH = re.compile(r"-+(?=\s|$)")  # between or after words a dash with a space behind it joins nothing
_EDGES = re.compile(r"^[\W_]+|[\W_]+$")
_NEEDS_SPACE_BEFORE = (
    "+#:'"  # glued to the word before, these would be read as its ending, or as a prefix or possessive
)


def bare_phrase(span: Span, field: Field) -> Phrase:
    """Make a phrase of unquoted words: singular forms, and hyphens only where they mean more than a space."""
    if field is not Field.AUTHOR and _PLAIN.fullmatch(span.typed):
        return _phrase(" ".join(map(fold, span.typed.split(" "))), field)
    _refuse_lists(span, field)
    _refuse_bare_category(span.typed, span, field)
    text = normalise(_CLAUSE_DASH.sub(" ", span.typed))
    if has_han(text):
        return _chinese_phrase(text, span, field)
    reading = read_words(text)
    is_prefix = text.endswith("*") and bool(reading.words) and not reading.words[-1].endswith("*")
    _refuse_stray_stars(text, reading, span, is_prefix=is_prefix)
    _refuse_nothing(reading, span)
    if field is Field.AUTHOR:
        return Phrase(text=_name(reading), field=field, is_prefix=is_prefix)
    loose = _loose_text(reading, is_prefix=is_prefix)
    _refuse_bare_category(loose, span, field)
    return Phrase(text=loose, field=field, is_prefix=is_prefix)


def quoted_phrase(span: Span, field: Field) -> Phrase:
    """Make a phrase of what stands between quotation marks: as it is, but for case, accents and kinds of dash."""
    inner = Span(span.whole, span.start + 1, span.end - 1)
    text = normalise(inner.typed)
    if has_han(text):
        return _chinese_phrase(text, inner, field)
    reading = read_words(text)
    if text.count("*") != sum(word.endswith("*") for word in reading.words):
        raise UnreadableError(
            Words(
                "A * inside quotation marks is not a wildcard; take the quotation marks or the * away.",
                "引号内的 * 不是通配符；请去掉引号或去掉 *。",
            ),
            position=inner.start + inner.typed.find("*"),
            repairs=(span.replaced(f" {inner.typed} "), inner.replaced(inner.typed.replace("*", ""))),
        )
    _refuse_nothing(reading, span)
    if field is Field.AUTHOR:
        return Phrase(text=_name(reading), field=field)
    return _phrase(_exact_text(reading), field, is_exact=True)


@lru_cache(65_536)
def _phrase(text: str, field: Field, *, is_exact: bool = False) -> Phrase:
    """Return the same phrase to all who ask for it: a large installation's queries have a third as many phrases as words."""
    return Phrase(text=text, field=field, is_exact=is_exact)


def category(span: Span) -> Category:
    """Make a category or archive of one word, such as `cs.LG`, `cs.*` or `cs`; letter case does not matter."""
    name = span.typed.strip('"').strip().removesuffix(".*")
    if name.endswith(","):
        raise UnreadableError(
            Words(
                "A comma does not separate categories; write OR between them.", "分类之间不能用逗号分隔，请用 OR 连接。"
            ),
            position=span.end - 1,
            repairs=(_followed_by_category(span, name.rstrip(",")), span.replaced(name.rstrip(","))),
        )
    known = _known_categories().get(name.casefold(), name)
    if is_known(known):
        return Category(name=known)
    near = get_close_matches(name.casefold(), _known_categories(), n=1, cutoff=0.5)
    meant = _known_categories()[near[0]] if near else ""
    hint = (
        Words(f" Did you mean {meant}?", f"您是不是要写 {meant}？")
        if meant
        else Words(" Write one like cs.LG, or an archive like cs.", "请写成 cs.LG 这样，或整个领域如 cs。")
    )
    raise UnreadableError(
        Words(
            f"arXiv has no category {name or 'without a name'}.",
            f"arXiv 没有分类 {name}。" if name else "这里没有写出分类。",
        )
        + hint,
        position=span.start,
        repairs=(*(span.replaced(_known_categories()[found]) for found in near), span.replaced("cs")),
    )


def _followed_by_category(span: Span, name: str) -> str:
    return f"{span.whole[: span.start]}{name} OR {CATEGORY_PREFIX}:{span.whole[span.end :].lstrip()}"


@cache
def _known_categories() -> dict[str, str]:
    """Return every category and archive by its code without letter case."""
    return {code.casefold(): code for code in category_names()}


def _loose_text(reading: Reading, *, is_prefix: bool) -> str:
    words = [*reading.words] if is_prefix else [*reading.folded]
    words[:-1] = reading.folded[:-1]
    text = words[0]
    for place, word in enumerate(words[1:]):
        joint = reading.loose_joint(place)
        if joint == " " and reading.exact_joint(place) == "-" and not may_join(words[place], word):
            joint = "-"  # says that the two may also be one word, which a space does not say for such short ones
        elif joint and joint[0] in _NEEDS_SPACE_BEFORE:
            joint = " " + joint
        text += joint + word
    return text


def _exact_text(reading: Reading) -> str:
    text = reading.words[0]
    for place, word in enumerate(reading.words[1:]):
        text += reading.exact_joint(place) + word
    return text


def _name(reading: Reading) -> str:
    """Put a name in order: `Hinton, Geoffrey` and arXiv's `Hinton_G` have the surname first."""
    words = list(reading.words)
    for place, joint in enumerate(reading.between[:-1], start=1):
        if "," in joint or "_" in joint:
            return " ".join(words[place:] + words[:place])
    return " ".join(words)


def _chinese_phrase(text: str, span: Span, field: Field) -> Phrase:
    """Make a phrase that is looked for in the Chinese texts: no word boundaries, so neither quotes nor * change it."""
    squeezed = _EDGES.sub("", squeeze(text))
    if "*" in squeezed:
        raise _stray_star(span)
    return Phrase(text=squeezed, field=field)


def _refuse_lists(span: Span, field: Field) -> None:
    prefix = f"{field}:" if field else ""
    for word in re.finditer(r"\S+", span.typed):
        if operator := _FOREIGN_OPERATORS.get(word.group()):
            place = Span(span.whole, span.start + word.start(), span.start + word.end())
            raise UnreadableError(
                Words(
                    f"{word.group()} is not an operator here; write {operator}.",
                    f"{word.group()} 在这里不是运算符，请写 {operator}。",
                ),
                position=place.start,
                repairs=(place.replaced(f"{operator} {prefix}"), place.replaced("")),
            )
    parts = [_LAST_IN_LIST.sub("", part) for part in _LIST_MARK.split(span.typed) if part.strip()]
    mark = _LIST_MARK.search(span.typed)
    if mark and len(parts) > 1 and field is not Field.AUTHOR:
        raise UnreadableError(
            Words(
                f"The mark {mark.group().strip()} does not separate keywords; "
                "write OR between them, or quotes around them all.",
                f"符号 {mark.group().strip()} 不能分隔关键词；请用 OR 连接，或给整体加上引号。",
            ),
            position=span.start + mark.start(),
            repairs=(span.replaced(f" OR {prefix}".join(parts)), span.replaced(f'"{span.typed}"')),
        )


def _refuse_bare_category(name: str, span: Span, field: Field) -> None:
    known = _known_categories().get(name.casefold().removesuffix(".*"))
    if known and field is Field.TEXT and "." in name:
        raise UnreadableError(
            Words(
                f"{name} is a category; write {CATEGORY_PREFIX}:{known} to get its papers.",
                f"{name} 是分类；要读其中的论文，请写 {CATEGORY_PREFIX}:{known}。",
            ),
            position=span.start,
            repairs=(span.replaced(f"{CATEGORY_PREFIX}:{known}"),),
        )


def _refuse_stray_stars(text: str, reading: Reading, span: Span, *, is_prefix: bool) -> None:
    """Refuse every `*` but those of names like `A*`, and the one that makes the phrase a wildcard behind a letter."""
    begun = text.removesuffix("*") if is_prefix else text
    names = sum(word.endswith("*") for word in reading.words)
    if begun.count("*") != names or (is_prefix and not is_letter(begun[-1])):
        raise _stray_star(span)


def _stray_star(span: Span) -> UnreadableError:
    stars = span.typed.rstrip("*").count("*")
    mended = re.sub(r"\*+", lambda match: "*" if match.end() == len(span.typed) else "", span.typed)
    return UnreadableError(
        Words(
            "A * stands for the rest of a word: it can only end a phrase, after two letters or more.",
            "* 代表单词的其余部分：只能放在短语末尾，前面至少要有两个字母。",
        ),
        position=span.start + span.typed.find("*"),
        repairs=(span.replaced(mended),) * bool(stars) + (span.replaced(span.typed.replace("*", "")),),
    )


def _refuse_nothing(reading: Reading, span: Span) -> None:
    if not reading.words:
        raise UnreadableError(
            Words(
                f"There is no word to look for in {span.typed}; write letters or digits.",
                f"{span.typed} 里没有可以检索的词，请写文字或数字。",
            ),
            position=span.start,
            repairs=(span.replaced(""),),
        )
