import re

import pytest

from newsletter.errors import InputError
from newsletter.translation.language import folder_of, list_codes, load_language


@pytest.mark.parametrize("code", list_codes())
def test_every_language_is_whole(code: str) -> None:
    language = load_language(code)
    assert language.code == code
    assert language.tag.startswith(code)
    assert language.name
    assert language.own_name
    assert language.width >= 1
    assert language.negations


def test_a_language_is_one_object_however_often_it_is_loaded() -> None:
    assert load_language("zh") is load_language("zh")


@pytest.mark.parametrize("code", ["tlh", "", "../en", "ZH", "zh-"])
def test_an_unknown_language_is_refused_with_those_there_are(code: str) -> None:
    with pytest.raises(InputError, match=re.escape(repr(code))) as error:
        load_language(code)
    assert "zh" in str(error.value)


def test_the_folder_holds_what_else_is_known_of_a_language() -> None:
    assert (folder_of("zh") / "language.toml").is_file()


def test_a_text_is_as_long_as_its_english_would_be() -> None:
    chinese, english = load_language("zh"), load_language("en")
    assert english.size("We propose GRPO.") == 16
    assert 14 < chinese.size("我们提出 GRPO。") < 24
    assert chinese.size("GRPO") == 4


def test_engines_have_their_own_names_for_languages() -> None:
    assert load_language("zh").code_for("deepl") == "ZH-HANS"
    assert load_language("zh").code_for("another") == "zh"


def test_every_variant_becomes_a_character_that_the_language_uses() -> None:
    chinese = load_language("zh")
    assert chinese.variants[ord("學")] == "学"
    assert all(
        chinese.is_foreign(chr(one)) and not chinese.is_foreign(other) for one, other in chinese.variants.items()
    )
    assert not load_language("ja").is_foreign("學")
