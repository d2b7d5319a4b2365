"""A forgiving reader of the TeX that authors write in metadata: text with commands, groups and formulas.

It goes over its source once, left to right, and never fails: what is malformed is taken as text.
"""

import re
import unicodedata
from collections.abc import Callable

from newsletter.papers import latex_symbols as symbols
from newsletter.papers.latex_dollars import find_formula
from newsletter.papers.latex_maths import SHOWN, Atom, Kind, Shown, as_script, fraction, join_atoms, parenthesised
from newsletter.papers.latex_scanner import MAX_DEPTH, Scanner

_PLAIN = re.compile(r"[^\\{}$^_]+")
_DIGITS = re.compile(r"\d+")
_SET = re.compile(r"\{(?!,\})(?:[^{}\\$]*[,:][^{}\\$]*|(?:[^\w{}\\$]|[\d_])+)\}")  # \{0, 1\}, but not {word}
_THIS_URL = re.compile(r"this (?:https? )?url\Z", re.IGNORECASE)
_MANGLED = re.compile(r"\{([A-Za-z]+)\}")


class TexReader(Scanner):
    """A scanner that shows what it reads."""

    def text(self) -> str:
        """Read text up to the closing brace of the present group, or to the end."""
        found: list[str] = []
        while self._place < len(self._source):
            if plain := _PLAIN.match(self._source, self._place):
                found.append(plain[0])
                self._place = plain.end()
                continue
            sign = self._source[self._place]
            if sign == "}":
                self._place += 1
                if self._depth:
                    break
            elif sign == "{":
                found.append(self._text_group())
            elif sign == "\\":
                found.append(self._text_command(found))
            elif sign == "$":
                found.append(self._dollar())
            else:
                found.append(self._text_script(sign))
        return "".join(found)

    def maths(self) -> str:
        """Read a formula up to the closing brace of the present group, or to the end."""
        atoms: list[Atom] = []
        while self._place < len(self._source):
            blank = self._skip_blanks()
            if self._place >= len(self._source):
                break
            sign = self._source[self._place]
            if sign == "}":
                self._place += 1
                if self._depth:
                    break
                continue
            shown = self._maths_item(sign)
            gap = blank or (bool(atoms) and atoms[-1].kind is Kind.SPACE)
            if gap and atoms and atoms[-1].kind is Kind.SPACE:
                atoms.pop()
            atoms.append(Atom(shown.kind, shown.text, gap))
        return join_atoms(atoms)

    # what stands in text

    def _text_group(self) -> str:
        if literal := _SET.match(self._source, self._place):
            self._place = literal.end()
            return literal[0]
        return self._group(self.text)

    def _text_script(self, mark: str) -> str:
        self._place += 1
        if not self._source.startswith("{", self._place):
            return mark
        return as_script(mark, self._group(self.maths))

    def _text_command(self, found: list[str]) -> str:
        name = self._command_name()
        if name in ("(", "["):
            return self._delimited({"(": "\\)", "[": "\\]"}[name])
        if name in symbols.DROPPED:
            self._drop_arguments(symbols.DROPPED[name])
            if found and self._source[self._place : self._place + 1] in {".", ",", ";", ":", ")", ""}:
                found[-1] = found[-1].rstrip(" ~\n")
            return ""
        if name in symbols.NATIONAL_LETTERS:
            self._skip_blanks()
            return symbols.NATIONAL_LETTERS[name]
        if name in symbols.IGNORED:
            self._skip_blanks()
            return ""
        shown = self._command(name, self.text)
        return f" {shown.text} " if shown.kind is Kind.SPACE else shown.text

    def _dollar(self) -> str:
        span = find_formula(self._source, self._place)
        if span is None:
            self._place += 1
            return "$"
        self._place = span.end
        return TexReader(span.body).maths()

    def _delimited(self, closer: str) -> str:
        end = self._source.find(closer, self._place)
        if end < 0:
            return "" if closer == "\\]" else " "
        body = self._source[self._place : end]
        self._place = end + len(closer)
        return TexReader(body).maths()

    # what stands in maths

    def _maths_item(self, sign: str) -> Shown:
        if sign == "{":
            return Shown(Kind.PLAIN, self._group(self.maths))
        if sign == "\\":
            return self._maths_command()
        self._place += 1
        if sign in "^_":
            return Shown(Kind.SCRIPT, as_script(sign, self._script_argument()))
        if sign == "'":
            return Shown(Kind.SCRIPT, "′")
        if sign in "~&":
            return Shown(Kind.SPACE, "")
        return Shown(Kind.PLAIN, "" if sign == "$" else sign)

    def _maths_command(self) -> Shown:
        name = self._command_name()
        if name in symbols.DROPPED:
            self._drop_arguments(symbols.DROPPED[name])
            return Shown(Kind.PLAIN, "")
        if name in ("left", "right"):
            self._skip_blanks()
            self._place += self._source.startswith(".", self._place)
            return Shown(Kind.PLAIN, "")
        if name == "not":
            body = self._argument(self.maths)
            return Shown(Kind.RELATION, symbols.NEGATED.get(body, body and f"{body[0]}\u0338{body[1:]}"))
        if name in symbols.IGNORED:
            return Shown(Kind.PLAIN, "")
        return self._command(name, self.maths)

    def _script_argument(self) -> str:
        self._skip_blanks()
        if digits := _DIGITS.match(self._source, self._place):
            self._place = digits.end()  # TeX would take one digit; whoever writes 2^10 means 2^{10}
            return digits[0]
        return self._argument(self.maths)

    # commands that mean the same in both

    def _command(self, name: str, read: Callable[[], str]) -> Shown:
        if (whole := self._mangled(name)) is not None:
            return whole
        if name in SHOWN:
            return SHOWN[name]
        if name in symbols.ACCENTS and read == self.text:
            return Shown(Kind.PLAIN, self._accented(name))
        if name in symbols.MATHS_ACCENTS:
            return Shown(Kind.PLAIN, _with_accent(self._argument(self.maths), symbols.MATHS_ACCENTS[name]))
        if name in symbols.STYLES:
            return self._style(name, read)
        if not name.isalpha():
            return Shown(Kind.SPACE if name.isspace() else Kind.PLAIN, name)
        return self._formula_part(name) or self._text_part(name) or self._unknown(name, read)

    def _style(self, name: str, read: Callable[[], str]) -> Shown:
        if name.startswith(("text", "emph", "mbox", "hbox", "under", "enquote")):
            read = self.text
        body = self._argument(read)
        if name in ("mathbb", "mathds"):
            body = symbols.BLACKBOARD.get(body, body)
        kind = Kind.FUNCTION if name == "operatorname" else Kind.PLAIN
        return Shown(kind, body if read == self.text else body.strip())

    def _formula_part(self, name: str) -> Shown | None:
        match name:
            case "frac" | "tfrac" | "dfrac" | "cfrac" | "nicefrac" | "sfrac":
                return Shown(Kind.FUNCTION, fraction(self._argument(self.maths), self._argument(self.maths)))
            case "sqrt":
                root = as_script("^", self._brackets() or "")
                return Shown(Kind.PLAIN, f"{root}√{parenthesised(self._argument(self.maths))}")
            case "binom" | "tbinom" | "dbinom":
                return Shown(Kind.PLAIN, f"C({self._argument(self.maths)}, {self._argument(self.maths)})")
            case "pmod":
                return Shown(Kind.RELATION, f"(mod {self._argument(self.maths)})")
        return None

    def _text_part(self, name: str) -> Shown | None:
        match name:
            case "textsuperscript" | "textsubscript":
                mark = "^" if name == "textsuperscript" else "_"
                return Shown(Kind.SCRIPT, as_script(mark, self._argument(self.text)))
            case "href" | "hyperlink":
                return Shown(Kind.PLAIN, self._link())
            case "url" | "path" | "nolinkurl":
                return Shown(Kind.PLAIN, self._verbatim())
            case "footnote" | "footnotetext":
                body = self._argument(self.text).strip()
                return Shown(Kind.PLAIN, body and f" ({body})")
            case "unicode" | "char":
                return Shown(Kind.PLAIN, _character(self._verbatim()))
            case "ding":
                return Shown(Kind.PLAIN, symbols.DINGBATS.get(self._verbatim(), ""))
        return None

    def _unknown(self, name: str, read: Callable[[], str]) -> Shown:
        """Show the arguments of a command that nobody knows, or its name when it has none."""
        chosen = symbols.SHOWN_ARGUMENT.get(name)
        start = self._place
        self._brackets()
        if not self._source.startswith("{", self._place):
            self._place = start
            return Shown(Kind.PLAIN, symbols.BLACKBOARD.get(name, name) if read == self.maths else name)
        bodies = []
        while self._source.startswith("{", self._place):
            bodies.append(self._argument(read))
        if chosen is not None:
            return Shown(Kind.PLAIN, bodies[min(chosen, len(bodies)) - 1])
        return Shown(Kind.PLAIN, " ".join(body for body in bodies if body.strip()) or name)

    def _mangled(self, name: str) -> Shown | None:
        r"""Recognise `\b{eta}`: arXiv's own conversion takes the first letter of `\beta` for an accent."""
        if len(name) != 1 or not (rest := _MANGLED.match(self._source, self._place)):
            return None
        shown = SHOWN.get(name + rest[1])
        if shown:
            self._place = rest.end()
        return shown

    def _accented(self, name: str) -> str:
        if name.isalpha():
            self._skip_blanks()
        body = self._argument(self.text)
        if not body.strip():
            return "" if name.isalpha() else {"~": "∼"}.get(name, name) + body
        if name == "~" and not body[0].isalpha():
            return "∼" + body
        return _with_accent(body, symbols.ACCENTS[name], only_single=False)

    def _link(self) -> str:
        url = self._verbatim()
        label = self._argument(self.text).strip() if self._source.startswith("{", self._place) else ""
        if not label or _bare(label) == _bare(url) or _THIS_URL.match(label):
            return url or label
        return f"{label} ({url})" if url.startswith(("http:", "https:")) else label

    # arguments

    def _drop_arguments(self, count: int) -> None:
        while self._brackets() is not None:
            pass
        for _ in range(count):
            if self._source.startswith("{", self._place):
                self._group(self.text)

    def _argument(self, read: Callable[[], str]) -> str:
        """Read one group, command or character."""
        self._skip_blanks()
        sign = self._source[self._place : self._place + 1]
        if sign == "{":
            return self._group(read)
        if sign in ("}", "$", ""):
            return ""
        if sign != "\\":
            self._place += 1
            return sign
        if self._depth >= MAX_DEPTH:
            return self._command_name()
        self._depth += 1
        name = self._command_name()
        found = symbols.NATIONAL_LETTERS.get(name) or self._command(name, read).text
        self._depth -= 1
        return found


def _with_accent(body: str, accent: str, *, only_single: bool = True) -> str:
    body = body.strip()
    if not body or (only_single and len(body) > 1):
        return body
    base = {"ı": "i", "ȷ": "j"}.get(body[0], body[0])
    return unicodedata.normalize("NFC", base + accent) + body[1:]


def _character(code: str) -> str:
    try:
        found = chr(int(code.lstrip('x"'), 16 if code[:1] in ("x", '"') else 10))
    except (ValueError, OverflowError):
        return ""
    return "" if found in "\\{}$" else found


def _bare(url: str) -> str:
    return re.sub(r"^(https?://)?(www\.)?|/$", "", url.strip())
