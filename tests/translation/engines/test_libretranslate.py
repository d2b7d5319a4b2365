import pytest

from newsletter.errors import BadTranslationError
from tests.translation.services import Services, open_kind


def test_the_request_is_what_libretranslate_documents(services: Services) -> None:
    open_kind("libretranslate", services.url, key="abc").translate(["a", "b"], source="en", target="zh")
    assert services.asked[0].body == {
        "q": ["a", "b"],
        "source": "en",
        "target": "zh",
        "format": "text",
        "api_key": "abc",
    }


def test_without_a_key_none_is_sent(services: Services) -> None:
    open_kind("libretranslate", services.url, key="").translate(["a"], source="en", target="zh")
    assert "api_key" not in services.asked[0].body
    assert "Authorization" not in services.asked[0].headers


@pytest.mark.parametrize("value", ['"x"', "[null]", "[]", '["x", "y"]', "[3]"])
def test_anything_but_one_text_for_each_is_a_bad_answer(services: Services, value: str) -> None:
    services.canned = f'{{"translatedText": {value}}}'
    with pytest.raises(BadTranslationError):
        open_kind("libretranslate", services.url).translate(["a"], source="en", target="zh")
