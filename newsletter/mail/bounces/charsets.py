"""Bytes to text, whatever the mail says or does not say about its encoding."""

import codecs
import re

_NAME = re.compile(r"[\w.:-]{1,40}", re.ASCII)
# Python has codecs that are no charset (punycode is slow, unicode_escape warns): only these are asked for
_CHARSET = re.compile(r"utf-(?:7|8|16|32)\S*|ascii|(?:iso|euc|shift|gb|big5|hz|koi8|cp|mac|tis|johab|kz|ptcp)[\w-]*")
_HIGH = re.compile(rb"[\x80-\xff]+")
_NEARLY = {"gb2312": "gb18030", "gbk": "gb18030", "ascii": "utf-8", "shift_jis": "cp932", "iso8859-1": "cp1252"}


def decode_bytes(octets: bytes, charset: str = "") -> str:
    """Return the text; without a usable charset it is guessed, and what fits nowhere becomes U+FFFD."""
    codec = _find_codec(charset)
    if codec:
        text = octets.decode(codec, "replace")
        if codec != "utf-8" or "\ufffd" not in text:
            return text
    return _guess(octets)


def _find_codec(charset: str) -> str:
    name = charset.strip(" '\"").lower()
    if not _NAME.fullmatch(name):
        return ""
    try:
        found = codecs.lookup(name).name
    except LookupError:
        return ""
    return _NEARLY.get(found, found) if _CHARSET.fullmatch(found) else ""


def _guess(octets: bytes) -> str:
    if b"\x1b$" in octets:
        return octets.decode("iso2022_jp_2", "replace")
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode(_guess_east_asian(_HIGH.findall(octets[:20_000])), "replace")


def _guess_east_asian(runs: list[bytes]) -> str:
    """Return the likely codec of text whose bytes above ASCII come in these runs: alone in Europe, in pairs in Asia."""
    high = b"".join(runs)
    if len(high) < 3 * len(runs):
        return "cp1252"
    kana = high.count(b"\xa4") + high.count(b"\xa5")
    if 5 * kana > len(high) // 2:
        return "euc_jp"
    return "cp932" if 5 * (high.count(b"\x82") + high.count(b"\x83")) > len(high) // 2 else "gb18030"
