"""The hand that goes over a TeX source: where it stands, and the ways in which it can take a step."""

import re
from collections.abc import Callable

MAX_DEPTH = 40  # deeper nesting is no formula but noise, and must not exhaust the interpreter's stack
_COMMAND = re.compile(r"\\(?:([A-Za-z]+)\*?|(.)|\Z)", re.DOTALL)
_BLANK = re.compile(r"\s*")
_BRACKETS = re.compile(r"\[([^\[\]{}\n]*)\]")


class Scanner:
    """One source, the place up to which it has been read, and how many groups are open there."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._place = 0
        self._depth = 0

    def _command_name(self) -> str:
        command = _COMMAND.match(self._source, self._place)
        if command is None:
            raise AssertionError("a command begins with a backslash")
        self._place = command.end()
        return command[1] or command[2] or ""

    def _skip_blanks(self) -> bool:
        start = self._place
        if blanks := _BLANK.match(self._source, start):
            self._place = blanks.end()
        return self._place > start

    def _brackets(self) -> str | None:
        if found := _BRACKETS.match(self._source, self._place):
            self._place = found.end()
            return found[1]
        return None

    def _group(self, read: Callable[[], str]) -> str:
        self._place += 1
        if self._depth >= MAX_DEPTH:
            return ""
        self._depth += 1
        found = read()
        self._depth -= 1
        return found

    def _verbatim(self) -> str:
        """Read a group in which only escaped signs are commands, such as an address."""
        if not self._source.startswith("{", self._place):
            return ""
        depth, start = 0, self._place
        for place in range(start, len(self._source)):
            depth += {"{": 1, "}": -1}.get(self._source[place], 0)
            if not depth:
                break
        else:
            place = len(self._source)
        self._place = place + 1
        body = self._source[start + 1 : place].replace("\\~{}", "~").replace("\\textasciitilde", "~")
        return re.sub(r"[\\{}\s]+", "", body)
