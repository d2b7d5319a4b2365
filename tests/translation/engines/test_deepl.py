import pytest

from newsletter.errors import BadTranslationError
from tests.translation.services import KEY, Services, open_kind


def test_the_request_is_what_deepl_documents(services: Services) -> None:
    open_kind("deepl", services.url).translate(["a", "b"], source="en", target="zh")
    asked = services.asked[0]
    assert asked.headers["Authorization"] == f"DeepL-Auth-Key {KEY}"
    assert asked.headers["Content-Type"] == "application/json"
    assert asked.body == {"text": ["a", "b"], "source_lang": "EN", "target_lang": "ZH-HANS"}


@pytest.mark.parametrize(("target", "code"), [("en", "EN-US"), ("pt", "PT-BR"), ("de", "DE"), ("zh-hant", "ZH-HANT")])
def test_targets_are_named_as_deepl_names_them(services: Services, target: str, code: str) -> None:
    open_kind("deepl", services.url).translate(["a"], source="zh", target=target)
    assert services.asked[0].body["target_lang"] == code
    assert services.asked[0].body["source_lang"] == "ZH"


@pytest.mark.parametrize("items", ['[{"text": null}]', '["x"]', "[{}]", "[]"])
def test_an_item_without_a_text_is_a_bad_answer(services: Services, items: str) -> None:
    services.canned = f'{{"translations": {items}}}'
    with pytest.raises(BadTranslationError):
        open_kind("deepl", services.url).translate(["a"], source="en", target="zh")
