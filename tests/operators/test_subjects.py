"""Readers are named in the log by number, and found in what the log says."""

from newsletter.operators.subjects import MOST_NAMED, Subject, join_subjects, name_reader, split_subjects


def test_what_is_joined_is_split_again() -> None:
    what = join_subjects([name_reader(12), "2026-03-20", "reader of books"])
    assert what == "reader 12, 2026-03-20, reader of books"
    assert split_subjects(what) == [Subject("reader 12", 12), Subject("2026-03-20"), Subject("reader of books")]


def test_an_entry_names_so_many_and_no_more() -> None:
    assert len(split_subjects(join_subjects(name_reader(number) for number in range(50)))) == MOST_NAMED
