"""The promises that every engine keeps, and the choice among them."""

import pytest

from newsletter.errors import BadTranslationError, SettingsError, TranslationError, TranslationRefusedError
from newsletter.settings import load_settings
from newsletter.translation.engines import Engine, open_translators
from newsletter.translation.engines.openai import DEFAULT_MODEL
from newsletter.translation.protect import lost_spans, protect, restore
from tests.chinese import in_chinese
from tests.conftest import StandIn
from tests.translation.services import BAD_MODES, KEY, PATHS, Reply, Services, open_kind

TEXTS = ["Deep learning for protein folding", "A survey of planning", "On $O(n)$ attention"]


def test_texts_come_back_in_number_and_order(translator: Engine) -> None:
    answer = translator.translate(TEXTS, source="en", target="zh")
    assert answer.texts == [in_chinese(text) for text in TEXTS]
    assert answer.characters == sum(map(len, TEXTS))


def test_the_same_text_twice_in_a_batch_comes_back_twice(translator: Engine) -> None:
    answer = translator.translate(["a", "b", "a"], source="en", target="zh")
    assert answer.texts == [in_chinese("a"), in_chinese("b"), in_chinese("a")]


def test_what_was_protected_comes_back_through_every_engine(translator: Engine) -> None:
    text = "If $a < b$ & <i>GRPO</i> holds, see https://example.org/a?b=1&c=2 for 76.16%."
    protected = protect(text, translator.placeholders)
    [found] = translator.translate([protected.text], source="en", target="zh").texts
    restored = restore(found, protected)
    assert lost_spans(text, restored) == []
    assert [
        part for part in ("$a < b$", "GRPO", "https://example.org/a?b=1&c=2", "76.16%") if part not in restored
    ] == []


def test_the_real_services_path_is_asked(kind: str, translator: Engine, services: Services) -> None:
    translator.translate(TEXTS, source="en", target="zh")
    assert [asked.path for asked in services.asked] == [PATHS[kind]]


@pytest.mark.parametrize("mode", ["count", "invalid_json"])
def test_an_answer_that_cannot_be_matched_to_the_texts_is_an_error(
    translator: Engine, services: Services, mode: str
) -> None:
    services.otherwise = Reply(mode=mode)
    with pytest.raises(BadTranslationError, match="bad answer") as caught:
        translator.translate(TEXTS, source="en", target="zh")
    assert caught.value.retryable


@pytest.mark.parametrize(
    "body", ["[]", "{}", "null", '"x"', "<html>", '{"translations": 3}', '{"translatedText": "x"}']
)
def test_an_answer_of_another_shape_is_an_error(translator: Engine, services: Services, body: str) -> None:
    services.canned = body
    with pytest.raises(BadTranslationError):
        translator.translate(TEXTS, source="en", target="zh")


@pytest.mark.parametrize("mode", ["empty", "source"])
def test_whether_an_answer_is_a_translation_is_not_the_engines_to_judge(
    translator: Engine, services: Services, mode: str
) -> None:
    services.otherwise = Reply(mode=mode)
    expected = {"empty": [""] * len(TEXTS), "source": TEXTS}
    assert translator.translate(TEXTS, source="en", target="zh").texts == expected[mode]


@pytest.mark.parametrize(("status", "is_final"), [(403, True), (429, False), (456, True), (500, False), (503, False)])
def test_a_status_of_failure_says_whether_to_ask_again(
    translator: Engine, services: Services, status: int, is_final: bool
) -> None:
    services.otherwise = Reply(status=status)
    with pytest.raises(TranslationError) as caught:
        translator.translate(TEXTS, source="en", target="zh")
    assert isinstance(caught.value, TranslationRefusedError) is is_final
    assert caught.value.retryable is not is_final


def test_a_broken_connection_may_be_tried_again(translator: Engine, services: Services) -> None:
    services.otherwise = Reply(mode="reset")
    with pytest.raises(TranslationError, match="could not be reached") as caught:
        translator.translate(TEXTS, source="en", target="zh")
    assert caught.value.retryable


def test_a_service_that_takes_too_long_may_be_asked_again(kind: str, services: Services) -> None:
    services.otherwise = Reply(mode="hang")
    with pytest.raises(TranslationError, match="did not answer") as caught:
        open_kind(kind, services.url, timeout_seconds=0.2).translate(TEXTS, source="en", target="zh")
    assert caught.value.retryable


def test_repr_and_errors_never_show_the_key(kind: str, services: Services) -> None:
    key = "0123-secret-4567:fx"
    translator = open_kind(kind, services.url, key=key)
    services.replies.extend(Reply(status=status, body=f"bad key {key}") for status in (400, 401, 403, 429, 456, 500))
    shown = repr(translator)
    for _ in range(6):
        with pytest.raises(TranslationError) as caught:
            translator.translate(TEXTS, source="en", target="zh")
        shown += repr(caught.value)
    assert key not in shown


def test_no_engine_is_opened_when_none_is_wanted() -> None:
    assert open_translators(load_settings(translator="none")) == ()


@pytest.mark.parametrize("kind", ["deepl", "google", "openai"])
def test_a_missing_key_says_what_to_set(kind: str) -> None:
    with pytest.raises(SettingsError, match="NEWSLETTER_TRANSLATOR_KEY is not set"):
        open_translators(load_settings(translator=kind))


def test_libretranslate_needs_no_key() -> None:
    [engine] = open_translators(load_settings(translator="libretranslate"))
    assert engine.name == "libretranslate"


@pytest.mark.parametrize("key", ["two words", "line\nbreak", "schlüssel", "nul\x00l"])
def test_a_key_that_no_header_can_carry_is_refused_without_quoting_it(key: str) -> None:
    with pytest.raises(SettingsError, match="copy it again") as caught:
        open_translators(load_settings(translator="deepl", translator_key=key))
    assert key not in str(caught.value)


def test_a_key_may_have_whitespace_around_it(services: Services) -> None:
    [engine] = open_translators(
        load_settings(translator="deepl", translator_key=" abc:fx\n", translator_url=services.url)
    )
    engine.translate(["x"], source="en", target="zh")
    assert services.asked[0].headers["Authorization"] == "DeepL-Auth-Key abc:fx"


@pytest.mark.parametrize(
    ("kind", "key", "host"),
    [
        ("deepl", "abc:fx", "api-free.deepl.com"),
        ("deepl", "abc", "api.deepl.com"),
        ("libretranslate", "", "libretranslate.com"),
        ("openai", "sk-abc", "api.openai.com"),
        ("google", "abc", "translation.googleapis.com"),
    ],
)
def test_each_service_is_found_at_its_usual_address(kind: str, key: str, host: str) -> None:
    [engine] = open_translators(load_settings(translator=kind, translator_key=key))
    assert getattr(engine, "service").host == host  # noqa: B009  not part of the protocol


@pytest.mark.parametrize("kind", PATHS)
def test_the_settings_decide_where_and_what_is_asked(kind: str, services: Services) -> None:
    settings = load_settings(
        translator=kind, translator_key=KEY, translator_url=services.url, translator_model="own-model"
    )
    [engine] = open_translators(settings)
    assert engine.translate(["x"], source="en", target="zh").texts == [in_chinese("x")]
    assert engine.name == ("openai:own-model" if kind == "openai" else kind)


def test_a_model_is_chosen_when_none_is_named() -> None:
    [engine] = open_translators(load_settings(translator="openai", translator_key="sk-abc"))
    assert engine.name == f"openai:{DEFAULT_MODEL}"


def test_the_recorded_services_understand_every_engine(recorded_kind: str, standin: StandIn) -> None:
    done = (
        open_kind(recorded_kind, standin.url)
        .translate(["deep learning", "no such text, $x$"], source="en", target="zh")
        .texts
    )
    assert len(done) == 2
    assert "深度学习" in done[0]
    assert "$x$" in done[1]


@pytest.mark.parametrize("mode", BAD_MODES)
def test_the_recorded_services_bad_answers_never_pass_for_an_error_of_ours(
    recorded_kind: str, standin: StandIn, mode: str
) -> None:
    standin.control(faults=[{"match": "/", "kind": "translation_bad", "mode": mode}])
    translator = open_kind(recorded_kind, standin.url)
    if mode in ("count", "invalid_json"):
        with pytest.raises(BadTranslationError):
            translator.translate(TEXTS, source="en", target="zh")
    else:
        expected = {"empty": [""] * len(TEXTS), "source": TEXTS}
        assert translator.translate(TEXTS, source="en", target="zh").texts == expected[mode]


def test_the_recorded_services_ask_for_patience(recorded_kind: str, standin: StandIn) -> None:
    standin.control(faults=[{"match": PATHS[recorded_kind], "status": 429, "retry_after": 9}])
    with pytest.raises(TranslationError) as caught:
        open_kind(recorded_kind, standin.url).translate(TEXTS, source="en", target="zh")
    assert caught.value.retryable
    assert caught.value.retry_after_seconds == 9


def test_the_recorded_services_refuse_a_wrong_key(recorded_kind: str, standin: StandIn) -> None:
    with pytest.raises(TranslationRefusedError, match="check NEWSLETTER_TRANSLATOR_KEY"):
        open_kind(recorded_kind, standin.url, key="wrong-key").translate(TEXTS, source="en", target="zh")


def test_the_recorded_services_run_out_of_quota(standin: StandIn) -> None:
    standin.control(deepl_quota=5)
    with pytest.raises(TranslationRefusedError, match="quota is used up"):
        open_kind("deepl", standin.url).translate(TEXTS, source="en", target="zh")


@pytest.mark.parametrize("clean", [True, False])
def test_the_recorded_services_are_cut_off(recorded_kind: str, standin: StandIn, clean: bool) -> None:
    standin.control(faults=[{"match": PATHS[recorded_kind], "kind": "truncate", "bytes": 20, "clean": clean}])
    with pytest.raises(TranslationError) as caught:
        open_kind(recorded_kind, standin.url).translate(TEXTS, source="en", target="zh")
    assert caught.value.retryable


@pytest.mark.parametrize("status", [402, 456])
def test_the_recorded_services_say_that_the_quota_is_used_up(recorded_kind: str, standin: StandIn, status: int) -> None:
    standin.control(faults=[{"match": PATHS[recorded_kind], "status": status}])
    with pytest.raises(TranslationRefusedError, match="quota is used up"):
        open_kind(recorded_kind, standin.url).translate(TEXTS, source="en", target="zh")


@pytest.mark.parametrize("where", ["before", "during"])
def test_the_recorded_services_take_too_long(recorded_kind: str, standin: StandIn, where: str) -> None:
    standin.control(faults=[{"match": PATHS[recorded_kind], "kind": "slow", "seconds": 2, "where": where}])
    with pytest.raises(TranslationError) as caught:
        open_kind(recorded_kind, standin.url, timeout_seconds=0.3).translate(TEXTS, source="en", target="zh")
    assert caught.value.retryable


def test_the_recorded_services_break_off(recorded_kind: str, standin: StandIn) -> None:
    standin.control(faults=[{"match": PATHS[recorded_kind], "kind": "reset"}])
    with pytest.raises(TranslationError, match="could not be reached") as caught:
        open_kind(recorded_kind, standin.url).translate(TEXTS, source="en", target="zh")
    assert caught.value.retryable
