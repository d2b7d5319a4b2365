"""What mails say, in any language: English sentences, found in the language's catalogue, and what is filled into them.

Sentences must stand in the calls as they are: `make catalogues` reads them there. A context tells apart what is the same in
English and not in another language.
"""

from newsletter.translation.catalogue import mail_catalogue
from newsletter.words import Words


def say(code: str, sentence: str, **values: object) -> str:
    """Return the sentence in a language, with the values in its places (`{name}`)."""
    return str(mail_catalogue(code).gettext(sentence)).format(**values)


def say_in(code: str, context: str, sentence: str, **values: object) -> str:
    """Return the sentence as it is said in a context."""
    return str(mail_catalogue(code).pgettext(context, sentence)).format(**values)  # type: ignore[no-untyped-call]


def say_count(code: str, one: str, many: str, number: int, **values: object) -> str:
    """Return the sentence for one or for many, in the plural forms of the language; `{n}` is the number."""
    return str(mail_catalogue(code).ngettext(one, many, number)).format(**({"n": number} | values))


def say_count_in(code: str, context: str, one: str, many: str, number: int, **values: object) -> str:
    """Return the same as it is said in a context."""
    return str(mail_catalogue(code).npgettext(context, one, many, number)).format(**({"n": number} | values))  # type: ignore[no-untyped-call]


def sentence(text: str) -> str:
    """Return the sentence, to be said later: tells `make catalogues` of one that stands in a table."""
    return text


def say_words(code: str, words: Words) -> str:
    """Return words in a language: their own, or their English in its catalogue."""
    return words.get(code) or str(mail_catalogue(code).gettext(words.en))
