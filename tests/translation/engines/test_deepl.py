import pytest

from newsletter.errors import BadTranslationError, InputError
from newsletter.translation.engines import Usage
from tests.chinese import in_chinese
from tests.conftest import StandIn
from tests.translation.services import KEY, Services, open_kind


def test_the_request_is_what_deepl_documents(services: Services) -> None:
    open_kind("deepl", services.url).translate(["a", "b"], source="en", target="zh")
    asked = services.asked[0]
    assert asked.headers["Authorization"] == f"DeepL-Auth-Key {KEY}"
    assert asked.headers["Content-Type"] == "application/json"
    assert asked.body == {
        "text": ["a", "b"],
        "source_lang": "EN",
        "target_lang": "ZH-HANS",
        "tag_handling": "xml",
        "tag_handling_version": "v2",
        "outline_detection": False,
    }


@pytest.mark.parametrize(("target", "code"), [("en", "EN-US"), ("ja", "JA"), ("zh", "ZH-HANS")])
def test_languages_are_named_as_deepl_names_them(services: Services, target: str, code: str) -> None:
    open_kind("deepl", services.url).translate(["a"], source="zh", target=target)
    assert services.asked[0].body["target_lang"] == code
    assert services.asked[0].body["source_lang"] == "ZH"


def test_a_language_without_data_is_refused_before_anything_is_sent(services: Services) -> None:
    with pytest.raises(InputError, match="no language 'xx'"):
        open_kind("deepl", services.url).translate(["a"], source="en", target="xx")
    assert services.asked == []


def test_marks_travel_as_they_are(services: Services) -> None:
    text = 'If <x id="1"/> &lt; 3, <x id="2"/> holds.'
    answer = open_kind("deepl", services.url).translate([text], source="en", target="zh")
    assert services.asked[0].texts == [text]
    assert answer.texts == [in_chinese(text)]


def test_the_quota_can_be_asked(services: Services) -> None:
    assert open_kind("deepl", services.url).usage() == Usage(used=180118, allowed=1250000)


def test_the_recorded_services_tell_the_quota(standin: StandIn) -> None:
    standin.control(deepl_quota=5000)
    translator = open_kind("deepl", standin.url)
    translator.translate(["deep learning"], source="en", target="zh")
    assert translator.usage() == Usage(used=13, allowed=5000)


@pytest.mark.parametrize("items", ['[{"text": null}]', '["x"]', "[{}]", "[]"])
def test_an_item_without_a_text_is_a_bad_answer(services: Services, items: str) -> None:
    services.canned = f'{{"translations": {items}}}'
    with pytest.raises(BadTranslationError):
        open_kind("deepl", services.url).translate(["a"], source="en", target="zh")
