"""Readers in and out as CSV: the dry run first, then in parts, consent by mail or by a stated proof; out without formulas."""

import csv
import io

import pytest

from newsletter.db.engine import reading, transaction
from newsletter.runtime import Runtime
from newsletter.subscribers.store import list_subscribers
from newsletter.web.admin.readers_csv import MAX_FILE_BYTES
from newsletter.web.packing import pack
from tests.factories import add_reader
from tests.web.admin.conftest import OperatorBrowser, SignIn
from tests.web.admin.mornings import audited, last_entry
from tests.web.pages import Page, faults

HERE = "/admin/readers/import"
FILE = "email,name,keywords\nann@example.org,Ann,robot\nbo@example.org,<b>Bo</b>,强化学习;graph\n"


def upload(browser: OperatorBrowser, text: str, **fields: str) -> Page:
    response = browser.post(HERE, data=fields, files={"file": ("readers.csv", text.encode(), "text/csv")})
    assert faults(response) == []
    return Page(response)


def go(browser: OperatorBrowser, page: Page) -> tuple[int, str]:
    hidden = page.root.xpath("//form[@action='/admin/readers/import/go']//input[@type='hidden']")
    form = {str(field.get("name")): str(field.get("value")) for field in hidden}
    answer = browser.post(f"{HERE}/go", data=form, files={"none": ("", b"")})
    return answer.status_code, answer.headers.get("Location", "")


def readers(runtime: Runtime) -> list[tuple[str, str]]:
    with reading(runtime.database) as session:
        return [(reader.email, reader.consent.value) for reader in list_subscribers(session)]


def test_the_form_documents_the_columns_in_both_languages(owner: OperatorBrowser) -> None:
    for language in ("en", "zh"):
        response = owner.get(HERE, headers={"Accept-Language": language})
        assert faults(response) == []
        assert "paused_keywords" in Page(response).texts("//dl//dt")


def test_the_dry_run_shows_every_line_and_adds_nobody(owner: OperatorBrowser, runtime: Runtime) -> None:
    add_reader(runtime.desk, "bo@example.org", "memory")
    page = upload(owner, FILE)
    assert "1 reader would be added, 1 is left out, 0 lines are wrong." in page.text
    assert "is a reader already, and stays as they are" in page.text
    assert len(readers(runtime)) == 1
    assert audited(runtime) == []


def test_who_is_not_asked_yet_gets_the_confirmation_mail(owner: OperatorBrowser, runtime: Runtime) -> None:
    page = upload(owner, FILE)
    assert go(owner, page) == (303, "/admin/readers?imported=2")
    assert readers(runtime) == [("ann@example.org", "pending"), ("bo@example.org", "pending")]
    assert audited(runtime) == [("import-readers", "2 readers")]
    assert "2 readers were imported." in Page(owner.get("/admin/readers?imported=2")).text
    assert go(owner, page)[0] == 409
    assert len(readers(runtime)) == 2


def test_a_stated_proof_confirms_them_and_lands_in_the_audit_log(owner: OperatorBrowser, runtime: Runtime) -> None:
    said = "signed the list on 12 March"
    assert "Say how and when they agreed" in upload(owner, FILE, consent="confirmed").text
    page = upload(owner, FILE, consent="confirmed", proof=said)
    assert said in page.text
    assert go(owner, page)[0] == 303
    assert {consent for _, consent in readers(runtime)} == {"confirmed"}
    assert last_entry(runtime).detail == {"lines": "2–3", "consent": "confirmed", "proof": said}


def test_one_wrong_line_keeps_the_button_away(owner: OperatorBrowser, runtime: Runtime) -> None:
    page = upload(owner, FILE + "nobody,,robot\n")
    assert "1 line is wrong." in page.text
    assert not page.root.xpath("//form[@action='/admin/readers/import/go']")
    form = {"content": pack(f"{FILE}nobody,,robot\n".encode()), "plan": "x"}
    assert owner.post(f"{HERE}/go", data=form, files={"none": ("", b"")}).status_code == 409
    assert readers(runtime) == []


@pytest.mark.parametrize("text", ["", "shoe,size\n1,2\n", "email,keywords\n", '"'])
def test_a_file_that_is_no_table_is_an_error_of_the_field(owner: OperatorBrowser, text: str) -> None:
    page = upload(owner, text)
    assert page.attributes("//input[@id='file']/@aria-invalid") == ["true"]


def test_no_file_and_a_large_one_are_errors_too(owner: OperatorBrowser) -> None:
    response = owner.post(HERE, files={"file": ("", b"")})
    assert response.status_code == 422
    assert faults(response) == []
    assert "MB; cut it in parts" in upload(owner, "email,keywords\n" + "x" * MAX_FILE_BYTES).text
    assert "at most 20,000 readers" in upload(owner, "email,keywords\n" + ",\n" * 20_001).text
    assert "did not come back whole" in owner.post(f"{HERE}/go", data={"content": "x"}, files={"none": ("", b"")}).text


def test_every_line_comes_as_a_file_too(owner: OperatorBrowser, runtime: Runtime) -> None:
    add_reader(runtime.desk, "bo@example.org", "memory")
    page = upload(owner, FILE + "=nobody,,robot\n")
    (form,) = page.root.xpath("//form[@action='/admin/readers/import/report']")
    answer = owner.post(f"{HERE}/report", data=dict(form.form_values()), files={"none": ("", b"")})
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row[:3] for row in rows] == [
        ["line", "email", "outcome"],
        ["4", "'=nobody", "wrong"],
        ["3", "bo@example.org", "left out"],
        ["2", "ann@example.org", "added"],
    ]
    assert [bool(row[3]) for row in rows[1:]] == [True, True, False]


def test_a_list_of_some_hundreds_comes_in_parts_each_written_down(owner: OperatorBrowser, runtime: Runtime) -> None:
    text = "email,keywords\n" + "".join(f"reader{number}@example.org,robot;graph\n" for number in range(600))
    assert go(owner, upload(owner, text)) == (303, "/admin/readers?imported=600")
    assert [(what, entry.detail["lines"]) for entry in runtime.list_audit() if (what := entry.what)] == [
        ("100 readers", "502–601"),
        ("500 readers", "2–501"),
    ]


def test_what_changed_since_the_dry_run_is_shown_again(owner: OperatorBrowser, runtime: Runtime) -> None:
    page = upload(owner, FILE)
    add_reader(runtime.desk, "ann@example.org", "memory")
    assert go(owner, page)[0] == 409
    assert len(readers(runtime)) == 1


def test_an_export_has_what_is_found_without_a_formula_and_is_written_down(
    owner: OperatorBrowser, runtime: Runtime
) -> None:
    add_reader(runtime.desk, "ann@example.org", "强化学习")
    add_reader(runtime.desk, "bo@example.org", "graph")
    with transaction(runtime.database) as session:
        session.connection().exec_driver_sql("UPDATE subscriber SET name = '=1+1' WHERE id = 1")
    answer = owner.post("/admin/readers/export", data={"q": "强化", "consent": ""})
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="chenbao-readers-2026-03-20.csv"'
    (row,) = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert (row["email"], row["name"], row["keywords"]) == ("ann@example.org", "'=1+1", "强化学习")
    assert audited(runtime) == [("export-readers", "强化")]


def test_what_was_exported_can_be_imported(owner: OperatorBrowser, runtime: Runtime) -> None:
    add_reader(runtime.desk, "ann@example.org", "robot", '"diffusion policy" NOT survey')
    text = owner.post("/admin/readers/export").content.decode("utf-8-sig")
    assert "0 readers would be added, 1 is left out" in upload(owner, text).text


def test_a_viewer_neither_imports_nor_takes_addresses_along(signed_in: SignIn) -> None:
    viewer = signed_in("viewer")
    assert viewer.get(HERE).status_code == 403
    assert viewer.post("/admin/readers/export").status_code == 403
