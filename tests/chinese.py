"""What the tests' engines say: Chinese that means nothing, in which nothing is lost."""

import re
import zlib

_TOKEN = re.compile(r"\[\[\d+\]\]|<[^<>]*>|&\w+;|\d+(?:[.,]\d+)*|[^\W\d_]+|[^\w\s]")
_MARKS = {".": "。", ",": "，", ":": "：", "?": "？", "!": "！"}
_SIGNS = "山川河海湖泊江溪泉瀑林森竹梅兰菊荷桃李杏枣柳松柏桂枫榆槐桑麻"
_HAN = "\u3400-\u9fff"


def in_chinese(text: str) -> str:
    """Return two Chinese characters for each word, always the same; numbers, placeholders and tags stay."""
    said = ""
    for token in _TOKEN.findall(text):
        if token in _MARKS:
            said = said.rstrip() + _MARKS[token]
        elif token[0].isalpha():
            said += token if re.fullmatch(f"[{_HAN}]+", token) else _word(token)
        elif token[0] in "[<&" or token[0].isdigit():
            said += f" {token} "
    said = re.sub(r" +", " ", said).strip()
    return re.sub(r" (?=[。，：？！])|(?<=[。，：？！]) ", "", said)


def _word(word: str) -> str:
    number = zlib.crc32(word.casefold().encode())
    return _SIGNS[number % len(_SIGNS)] + _SIGNS[number // len(_SIGNS) % len(_SIGNS)]
