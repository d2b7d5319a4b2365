import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import BadTranslationError, TranslationError, TranslationRefusedError
from newsletter.translation.engines import google
from tests.chinese import in_chinese
from tests.translation.services import KEY, Reply, Services, open_kind

MARKED = 'If <x id="1"/> &lt; 3 &amp; <x id="12"/> holds'


def test_the_request_is_what_google_documents(services: Services) -> None:
    open_kind("google", services.url).translate(["a", "b"], source="en", target="zh")
    asked = services.asked[0]
    assert asked.headers["X-Goog-Api-Key"] == KEY
    assert KEY not in asked.path
    assert asked.body == {"q": ["a", "b"], "source": "en", "target": "zh-CN", "format": "html"}


def test_marks_become_elements_that_google_keeps_and_come_back(services: Services) -> None:
    answer = open_kind("google", services.url).translate([MARKED], source="en", target="zh")
    assert services.asked[0].texts == [
        'If <span translate="no">[[1]]</span> &lt; 3 &amp; <span translate="no">[[12]]</span> holds'
    ]
    assert answer.texts == [in_chinese(MARKED)]
    assert answer.characters == len(services.asked[0].texts[0])


@pytest.mark.parametrize(
    ("given_back", "expected"),
    [
        ('若<span translate="no">[[1]]</span>成立', '若<x id="1"/>成立'),
        ("若<span translate='no'> [[ 1 ]] </span>", '若<x id="1"/>'),
        ("&quot;好&quot; &#39;它&#39; A&amp;B &lt; C", "\"好\" '它' A&amp;B &lt; C"),
        ('<span translate="no">[[1]]', '&lt;span translate="no"&gt;[[1]]'),  # a broken one is lost, and found so
    ],
)
def test_what_google_makes_of_markup_is_read(services: Services, given_back: str, expected: str) -> None:
    value = given_back.replace('"', '\\"')
    services.canned = f'{{"data": {{"translations": [{{"translatedText": "{value}"}}]}}}}'
    assert open_kind("google", services.url).translate(["x"], source="en", target="zh").texts == [expected]


@given(st.lists(st.one_of(st.text("ab &lt;", max_size=5), st.integers(1, 99).map('<x id="{}"/>'.format))).map("".join))
def test_any_marked_text_survives_the_way_there_and_back(text: str) -> None:
    plain = google._from_html(text)  # with & and < escaped as our marking does it
    assert google._from_html(google._to_html(plain)) == plain


@pytest.mark.parametrize("items", ['[{"translatedText": null}]', '["x"]', "[{}]", "[]"])
def test_an_item_without_a_text_is_a_bad_answer(services: Services, items: str) -> None:
    services.canned = f'{{"data": {{"translations": {items}}}}}'
    with pytest.raises(BadTranslationError):
        open_kind("google", services.url).translate(["a"], source="en", target="zh")


def test_a_wrong_key_is_a_refusal_though_google_says_400(services: Services) -> None:
    services.otherwise = Reply(status=400, body='{"error": {"details": [{"reason": "API_KEY_INVALID"}]}}')
    with pytest.raises(TranslationRefusedError, match="check NEWSLETTER_TRANSLATOR_KEY"):
        open_kind("google", services.url).translate(["a"], source="en", target="zh")


def test_haste_is_forgiven(services: Services) -> None:
    services.otherwise = Reply(status=403, body='{"error": {"errors": [{"reason": "userRateLimitExceeded"}]}}')
    with pytest.raises(TranslationError) as caught:
        open_kind("google", services.url).translate(["a"], source="en", target="zh")
    assert caught.value.retryable
