"""A template is compiled once for all languages, and anew when it changes."""

import pytest
from jinja2 import DictLoader, Environment

from newsletter.web.compiled import CompiledTemplates


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sources that were compiled, in turn."""
    found: list[str] = []
    compile_it = Environment.compile

    def note(environment: Environment, source: str, *arguments: object) -> object:
        found.append(source)
        return compile_it(environment, source, *arguments)  # type: ignore[call-overload]

    monkeypatch.setattr(Environment, "compile", note)
    return found


def speaking(language: str, templates: dict[str, str], kept: CompiledTemplates) -> Environment:
    environment = Environment(loader=DictLoader(templates), autoescape=True, bytecode_cache=kept)
    environment.globals["language"] = language
    return environment


def test_what_one_language_compiled_serves_every_other_one(compiled: list[str]) -> None:
    kept, templates = CompiledTemplates(), {"page.html": "In {{ language }}: {{ words }}"}
    said = [speaking(code, templates, kept).get_template("page.html").render(words="<b>") for code in ("en", "zh")]
    assert said == ["In en: &lt;b&gt;", "In zh: &lt;b&gt;"]
    assert len(compiled) == 1


def test_a_template_that_changed_is_compiled_anew(compiled: list[str]) -> None:
    kept = CompiledTemplates()
    for words in ("before", "after"):
        assert speaking("en", {"page.html": words}, kept).get_template("page.html").render() == words
    assert compiled == ["before", "after"]


def test_templates_of_two_names_are_two_even_when_they_say_the_same(compiled: list[str]) -> None:
    environment = speaking("en", {"one.html": "same", "other.html": "same"}, CompiledTemplates())
    for name in ("one.html", "other.html"):
        assert environment.get_template(name).name == name
    assert len(compiled) == 2
