"""A model on this machine, loaded and run for real; what it says is known, as its weights are written by hand."""

import json
import sys
import threading
from pathlib import Path

import pytest

from newsletter.errors import SettingsError, TranslationRefusedError
from newsletter.settings import load_settings
from newsletter.translation.engines import Answer, Engine, open_translators
from newsletter.translation.protect import Style
from tests.translation.local_models import build_argos, build_opus

WORDS = {
    "Robots": "机器人",
    "learn.": "学习。",
    "They": "它们",
    "plan": "规划",
    "for": "用于",
    "[[1]].": "[[1]]。",
    "[[2]].": "丢了。",
}


def engine_of(folder: Path) -> Engine:
    [engine] = open_translators(load_settings(translator="local", translator_model=str(folder)))
    return engine


def translate(engine: Engine, *texts: str, source: str = "en", target: str = "zh") -> Answer:
    return engine.translate(texts, source=source, target=target)


@pytest.fixture
def opus(tmp_path: Path) -> Path:
    return build_opus(tmp_path / "opus-mt-en-zh", WORDS)


def test_an_opus_model_translates_sentence_by_sentence(opus: Path) -> None:
    engine = engine_of(opus)
    answer = translate(engine, "Robots learn. They learn.", "Robots plan")
    assert answer.texts == ["机器人 学习。它们 学习。", "机器人 规划"]
    assert answer.characters == 36
    assert (answer.tokens_in, answer.tokens_out) == (6, 6)
    assert engine.name == "local:opus-mt-en-zh"
    assert engine.placeholders is Style.BRACKETS


def test_an_argos_package_translates_between_its_languages_alone(tmp_path: Path) -> None:
    engine = engine_of(build_argos(tmp_path / "translate-en_zh-1_9", WORDS))
    assert translate(engine, "Robots learn.").texts == ["机器人 学习。"]
    assert engine.name == "local:translate-en_zh-1_9"
    with pytest.raises(TranslationRefusedError, match="does not translate from English into Japanese"):
        translate(engine, "Robots learn.", target="ja")


def test_a_source_is_ended_whoever_converted_the_model(tmp_path: Path) -> None:
    engine = engine_of(build_opus(tmp_path / "model", WORDS, adds_end=False))
    assert translate(engine, "Robots learn.").texts == ["机器人 学习。"]


@pytest.mark.parametrize(("target", "mark"), [("zh", ">>cmn_Hans<<"), ("ja", ">>jpn<<")])
def test_a_model_of_several_languages_is_told_which_one(tmp_path: Path, target: str, mark: str) -> None:
    folder = build_opus(tmp_path / "model", WORDS, marks=[">>jpn<<", ">>cmn_Hans<<"])
    assert translate(engine_of(folder), "Robots learn.", target=target).texts[0].startswith(mark)


def test_a_model_of_several_languages_without_ours_is_refused(tmp_path: Path) -> None:
    engine = engine_of(build_opus(tmp_path / "model", WORDS, marks=[">>deu<<"]))
    with pytest.raises(TranslationRefusedError, match="does not translate into Simplified Chinese: it knows >>deu<<"):
        translate(engine, "Robots learn.")


def test_a_word_that_the_model_does_not_know_stays(opus: Path) -> None:
    assert translate(engine_of(opus), "Robots juggle for GRPO").texts == ["机器人 juggle 用于 GRPO"]


def test_a_mark_that_the_model_keeps_stays_in_its_sentence(opus: Path) -> None:
    assert translate(engine_of(opus), "They plan for [[1]].").texts == ["它们 规划 用于 [[1]]。"]


def test_a_mark_that_the_model_loses_is_kept_all_the_same(opus: Path) -> None:
    answer = translate(engine_of(opus), "Robots plan for [[2]]. They learn.", "[[2]].")
    assert answer.texts == ["机器人 规划 用于 [[2]].它们 学习。", "[[2]]."]


@pytest.mark.parametrize("text", ["", " ", "\n"])
def test_a_blank_text_stays_blank(opus: Path, text: str) -> None:
    assert translate(engine_of(opus), text, "Robots").texts == ["", "机器人"]


def test_several_threads_use_one_model(opus: Path) -> None:
    engine = engine_of(opus)
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.extend(translate(engine, "Robots learn.").texts)) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["机器人 学习。"] * 4


def test_batches_are_what_is_done_in_some_seconds(opus: Path) -> None:
    engine = engine_of(opus)
    assert [len(batch) for batch in engine.batches(["x" * 100] * 40)] == [16, 16, 8]
    assert [len(batch) for batch in engine.batches(["x" * 3000] * 5)] == [2, 2, 1]


@pytest.mark.parametrize("name", ["model.bin", "source.spm", "source_vocabulary.json", "config.json"])
def test_a_file_that_is_not_what_it_should_be_refuses_the_work(opus: Path, name: str) -> None:
    (opus / name).write_bytes(b"no such thing")
    with pytest.raises(TranslationRefusedError, match="opus-mt-en-zh cannot be used"):
        translate(engine_of(opus), "Robots learn.")


@pytest.mark.parametrize("name", ["model.bin", "source.spm", "target.spm"])
def test_a_file_that_is_missing_is_named_before_anything_is_loaded(opus: Path, name: str) -> None:
    (opus / name).unlink()
    with pytest.raises(SettingsError, match=f"NEWSLETTER_TRANSLATOR_MODEL: .*{name} is missing"):
        engine_of(opus)


@pytest.mark.parametrize("about", ["{}", "[]", "no JSON", json.dumps({"from_code": "en"})])
def test_a_package_that_does_not_say_its_languages_is_refused(tmp_path: Path, about: str) -> None:
    folder = build_argos(tmp_path / "package", WORDS)
    (folder / "metadata.json").write_text(about)
    with pytest.raises(SettingsError, match="does not say which languages"):
        engine_of(folder)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"NEWSLETTER_TRANSLATOR_MODEL: there is no folder .*nowhere"):
        engine_of(tmp_path / "nowhere")


def test_no_folder_at_all_says_what_to_set() -> None:
    with pytest.raises(
        SettingsError, match="NEWSLETTER_TRANSLATOR_2 is local, but NEWSLETTER_TRANSLATOR_2_MODEL is not"
    ):
        open_translators(load_settings(translator_2="local"))


def test_without_the_extra_the_settings_say_how_to_get_it(opus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ctranslate2", None)  # as if it were not installed
    with pytest.raises(SettingsError, match=r"needs ctranslate2, .*pip install 'chenbao\[local\]'"):
        engine_of(opus)
