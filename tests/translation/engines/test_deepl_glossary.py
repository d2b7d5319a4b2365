"""The glossary that DeepL keeps for us: made once, used, replaced, and done without."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from newsletter.errors import TranslationError, TranslationRefusedError
from newsletter.translation.engines import Engine, TermPair
from newsletter.translation.engines.deepl_glossary import format_entries
from tests.chinese import in_chinese
from tests.conftest import StandIn
from tests.translation.services import Reply, Services, open_kind

TERMS = [TermPair("rollout", "轨迹采样"), TermPair("agent", "智能体")]
MORE = [*TERMS, TermPair("policy", "策略")]


def learned(services: Services, *terms: TermPair, target: str = "zh") -> Engine:
    translator = open_kind("deepl", services.url)
    translator.learn(terms or TERMS, source="en", target=target)
    return translator


def used(services: Services, translator: Engine, target: str = "zh") -> str | None:
    """The glossary that a translation is asked for with."""
    translator.translate(["a"], source="en", target=target)
    found: str | None = services.asked[-1].body.get("glossary_id")
    return found


def test_terms_become_a_glossary_that_every_translation_uses(services: Services) -> None:
    translator = learned(services)
    assert used(services, translator) == "g1"
    [dictionary] = services.glossaries["g1"]["dictionaries"]
    assert dictionary == {
        "source_lang": "EN",
        "target_lang": "ZH",
        "entries": "agent\t智能体\nrollout\t轨迹采样",
        "entries_format": "tsv",
    }


def test_learning_the_same_again_asks_nothing(services: Services) -> None:
    translator = learned(services)
    translator.learn(TERMS[::-1], source="en", target="zh")
    assert services.managed == [("GET", "/v3/glossaries"), ("POST", "/v3/glossaries")]


def test_another_process_uses_the_glossary_that_is_there(services: Services) -> None:
    learned(services)
    assert used(services, learned(services, *TERMS[::-1])) == "g1"
    assert list(services.glossaries) == ["g1"]


def test_languages_have_glossaries_of_their_own(services: Services) -> None:
    translator = learned(services)
    translator.learn([TermPair("agent", "エージェント")], source="en", target="ja")
    assert (used(services, translator), used(services, translator, "ja")) == ("g1", "g2")
    assert used(services, translator) == "g1"


def test_new_terms_make_a_new_glossary_and_the_last_but_one_goes(services: Services) -> None:
    services.add_glossary("somebody else's")
    for number in range(4):
        translator = learned(services, *TERMS, TermPair("token", f"词元{number}"))
    assert used(services, translator) == "g5"
    assert list(services.glossaries) == ["g1", "g4", "g5"]  # a worker that has not heard of the change may use g4


def test_an_account_with_room_for_one_glossary_has_the_newest(services: Services) -> None:
    services.room = 1
    learned(services)
    assert used(services, learned(services, *MORE)) == "g2"
    assert list(services.glossaries) == ["g2"]


@pytest.mark.parametrize("status", [400, 403, 404, 456])
def test_an_account_without_glossaries_is_asked_once_and_translates_without(services: Services, status: int) -> None:
    services.glossary_reply = Reply(status=status)
    with capture_logs() as logs:
        translator = learned(services)
        translator.learn(TERMS, source="en", target="zh")
        assert used(services, translator) is None
    assert [log["event"] for log in logs] == ["glossary_unavailable"]
    assert len(services.managed) == 1


def test_a_full_account_translates_without(services: Services) -> None:
    services.room = 0
    with capture_logs() as logs:
        assert used(services, learned(services)) is None
    assert [log["event"] for log in logs] == ["glossary_unavailable"]


def test_a_busy_service_is_asked_for_the_glossary_by_the_next_run(services: Services) -> None:
    services.glossary_reply = Reply(status=503)
    translator = learned(services)
    assert used(services, translator) is None
    services.glossary_reply = Reply()
    translator.learn(TERMS, source="en", target="zh")
    assert used(services, translator) == "g1"


def test_a_glossary_that_somebody_dropped_is_done_without_and_made_again(services: Services) -> None:
    translator = learned(services)
    services.glossaries.clear()
    with capture_logs() as logs:
        assert translator.translate(["a"], source="en", target="zh").texts == [in_chinese("a")]
        assert used(services, translator) is None
    assert [log["event"] for log in logs] == ["glossary_refused"]
    translator.learn(TERMS, source="en", target="zh")
    assert used(services, translator) == "g2"


def test_another_error_is_not_laid_to_the_glossary(services: Services) -> None:
    translator = learned(services)
    services.replies.extend([Reply(status=403), Reply(status=403), Reply(status=503)])
    with pytest.raises(TranslationRefusedError):
        translator.translate(["a"], source="en", target="zh")
    with pytest.raises(TranslationError):
        translator.translate(["a"], source="en", target="zh")
    assert len(services.asked) == 3
    assert used(services, translator) == "g1"


def test_no_terms_make_no_glossary(services: Services) -> None:
    assert used(services, learned(services, TermPair("x", ""))) is None
    assert services.managed == []


def test_engines_that_learn_at_once_make_one_glossary(services: Services) -> None:
    translator = open_kind("deepl", services.url)
    threads = [
        threading.Thread(target=translator.learn, args=(TERMS,), kwargs={"source": "en", "target": "zh"})
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(services.glossaries) == ["g1"]


def test_a_term_with_two_translations_is_left_to_the_text() -> None:
    terms = [TermPair("agent", "智能体"), TermPair("agent", "代理人"), TermPair("token", "词元")]
    assert format_entries(terms) == "token\t词元"


@given(st.lists(st.builds(TermPair, st.text(max_size=6), st.text(max_size=6))))
def test_any_terms_make_lines_of_two_phrases_that_deepl_takes(terms: list[TermPair]) -> None:
    lines = format_entries(terms).split("\n") if format_entries(terms) else []
    assert format_entries(reversed(terms)).split("\n") == (lines or [""])
    for line in lines:
        source, target = line.split("\t")
        assert source.strip() == source != ""
        assert target.strip() == target != ""
    assert len({line.split("\t")[0] for line in lines}) == len(lines)


@pytest.mark.parametrize(
    "term", [TermPair("a\tb", "x"), TermPair("a", "x\ny"), TermPair("a" * 1025, "x"), TermPair("", "x")]
)
def test_what_deepl_does_not_take_is_left_out(term: TermPair) -> None:
    assert format_entries([term]) == ""


def test_the_recorded_services_know_no_glossaries(standin: StandIn) -> None:
    translator = open_kind("deepl", standin.url)
    with capture_logs() as logs:
        translator.learn(TERMS, source="en", target="zh")
    assert [log["event"] for log in logs] == ["glossary_unavailable"]
    assert "深度学习" in translator.translate(["deep learning"], source="en", target="zh").texts[0]
