"""The layouts of many servers, each as its documentation or source shows it: whom it names, and what it means."""

import pytest

from newsletter.mail.bounces import read_bounce
from tests.mail.bounces.layouts import LAYOUTS, Layout
from tests.mail.bounces.promises import check_promises


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_a_known_layout_is_read(layout: Layout) -> None:
    report = read_bounce(layout.mail)
    check_promises(report)
    assert {recipient.address for recipient in report.recipients} == layout.recipients
    assert report.kind == layout.kind
