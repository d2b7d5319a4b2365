"""Corrections as a file: taken along as TMX, and brought in."""

from datetime import timedelta

import pytest

from newsletter.db.engine import reading, transaction
from newsletter.runtime import Runtime
from newsletter.translation.corrections import correct
from newsletter.translation.language import load_language
from newsletter.translation.memory import recall, remember
from newsletter.translation.tmx import Unit, read_tmx, write_tmx
from tests.factories import MORNING
from tests.web.admin.conftest import OperatorBrowser, SignIn
from tests.web.admin.mornings import audited, live_through
from tests.web.pages import Page, faults

HERE = "/admin/translations/corrections"
TITLE, OTHER = "A walking robot", "Robot arms"


@pytest.fixture(autouse=True)
def _translated(runtime: Runtime) -> None:
    """A day whose first title was corrected by a person, and whose second was translated by an engine."""
    live_through(runtime)
    with transaction(runtime.database) as session:
        pairs = {TITLE: "行走的代理", OTHER: "机器人手臂"}
        remember(session, pairs, source="en", target="zh", engine="deepl", translated_at=MORNING)
        correct(session, TITLE, "行走的机器人", source="en", target="zh", by="ann@example.org", at=MORNING)


def units(content: bytes) -> list[tuple[str, str, str]]:
    found = read_tmx(content, load_language("en"), load_language("zh"))
    return [(unit.source, unit.target, unit.author) for unit in found]


def send(browser: OperatorBrowser, *found: Unit, content: bytes = b"") -> Page:
    text = content or "".join(write_tmx(found, load_language("en"), load_language("zh"), at=MORNING)).encode()
    response = browser.post(f"{HERE}/import", files={"file": ("a.tmx", text, "application/xml")})
    assert faults(response) == []
    return Page(response)


def shown(runtime: Runtime, text: str) -> str:
    with reading(runtime.database) as session:
        return recall(session, [text], source="en", target="zh")[text]


def test_corrections_alone_are_taken_along_or_all_that_readers_see(owner: OperatorBrowser, runtime: Runtime) -> None:
    response = owner.get(HERE)
    assert "1 text was corrected by a person" in Page(response).text
    assert faults(response) == []
    assert faults(owner.get(HERE, headers={"Accept-Language": "zh"})) == []
    file = owner.post(f"{HERE}/export")
    assert file.headers["Content-Disposition"] == 'attachment; filename="chenbao-corrections-2026-03-20.tmx"'
    assert units(file.content) == [(TITLE, "行走的机器人", "person")]
    assert "ann@" not in file.text
    found = units(owner.post(f"{HERE}/export", data={"all": "yes"}).content)
    assert sorted(found) == [(TITLE, "行走的机器人", "person"), (OTHER, "机器人手臂", "deepl")]
    assert audited(runtime) == [("export-translations", "corrections"), ("export-translations", "all")]


def test_peoples_words_are_taken_in_and_win(owner: OperatorBrowser, runtime: Runtime) -> None:
    page = send(
        owner,
        Unit(source=OTHER, target="机械臂", author="a translator"),
        Unit(source=TITLE, target="旧的", changed_at=MORNING),
        Unit(source="We walk.", target="我们走。", author="openai:m"),
        Unit(source="Same", target="Same"),
    )
    assert "1 correction taken in. 1 left out: ours is as new. 1 left out: an engine wrote it. 1 left out" in page.text
    assert (shown(runtime, OTHER), shown(runtime, TITLE)) == ("机械臂", "行走的机器人")
    send(owner, Unit(source=TITLE, target="步行机器人", changed_at=MORNING + timedelta(days=1)))
    assert shown(runtime, TITLE) == "步行机器人"
    assert audited(runtime) == [("import-translations", ""), ("import-translations", "")]


def test_what_is_no_file_changes_nothing(owner: OperatorBrowser, runtime: Runtime) -> None:
    assert "no TMX file" in send(owner, content=b"hello").text
    assert owner.post(f"{HERE}/import").status_code == 422
    assert audited(runtime) == []


def test_a_viewer_takes_nothing_along(signed_in: SignIn) -> None:
    viewer = signed_in("viewer")
    assert viewer.get(HERE).status_code == 200
    assert viewer.post(f"{HERE}/export").status_code == 403
    assert viewer.post(f"{HERE}/import").status_code == 403
