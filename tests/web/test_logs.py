"""The web writes its events to standard error, one a line, from the level that the settings say."""

from collections.abc import Iterator

import pytest
import structlog

from newsletter.web.logs import configure_logging


@pytest.fixture(autouse=True)
def _own_configuration() -> Iterator[None]:
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def test_an_event_is_a_line_of_names_and_values(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("INFO")
    structlog.get_logger().info("request", route="/day/{written}", status=200)
    structlog.get_logger().debug("unheard")
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert "route=/day/{written} status=200 event=request level=info timestamp=" in said.err


def test_an_unknown_level_stands_for_info(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("chatty")
    structlog.get_logger().info("heard")
    assert "event=heard" in capsys.readouterr().err
