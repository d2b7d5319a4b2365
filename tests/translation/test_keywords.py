from newsletter.queries.language import parse_query
from newsletter.queries.query import Or, Phrase
from newsletter.translation.keywords import needs_translation, read_keyword


def test_a_chinese_keyword_asks_for_the_glossarys_english_too() -> None:
    meant = read_keyword("强化学习")
    assert isinstance(meant, Or)
    assert Phrase(text="reinforcement learning") in meant.operands
    assert Phrase(text="强化学习") in meant.operands


def test_an_english_keyword_asks_for_what_it_says() -> None:
    assert read_keyword("robot -survey") == parse_query("robot -survey")


def test_only_a_phrase_that_is_in_no_glossary_needs_translations() -> None:
    assert needs_translation("青铜器纹饰")
    assert not needs_translation("强化学习")
