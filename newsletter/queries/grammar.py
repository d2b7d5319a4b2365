"""The grammar: from tokens to a query, by recursive descent.

::

    query       = alternative { "OR" alternative }
    alternative = operand { [ "AND" | "ANDNOT" ] operand }       nothing between two operands means AND
    operand     = { "NOT" | "-" } [ prefix ] ( phrase | quoted | "(" query ")" )
    phrase      = word { word }                                  after `cat:` one word only
"""

from newsletter.queries.query import Field, Query, conjunction, disjunction, negation
from newsletter.queries.scanner import CATEGORY_PREFIX, Kind, Span, Token, UnreadableError, scan
from newsletter.queries.terms import bare_phrase, category, quoted_phrase
from newsletter.words import Words

_DEEPEST = 20  # brackets within brackets; far more than anybody means, far less than the stack holds
_STARTS = (Kind.WORD, Kind.QUOTED, Kind.OPEN, Kind.PREFIX, Kind.NOT)
_ENDS = (Kind.WORD, Kind.QUOTED, Kind.CLOSE)
_SMALL_OPERATORS = ("and", "or", "not", "andnot")

Scope = Field | None
"""The field that the prefixes so far ask for; None for categories."""


def read_query(text: str) -> Query:
    """Read a cleaned text; raises UnreadableError."""
    return _Grammar(text).read()


class _Grammar:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = scan(text)
        self._place = 0
        self._depth = 0

    def read(self) -> Query:
        found = self._query(Field.TEXT)
        if extra := self._next():
            raise UnreadableError(
                Words("This closing bracket has no opening one.", "这个右括号没有对应的左括号。"),
                position=extra.start,
                repairs=(self._without(extra),),
            )
        return found

    def _next(self) -> Token | None:
        return self._tokens[self._place] if self._place < len(self._tokens) else None

    def _before(self) -> Token | None:
        return self._tokens[self._place - 1] if self._place else None

    def _take(self, *kinds: Kind) -> Token | None:
        if self._place == len(self._tokens) or self._tokens[self._place].kind not in kinds:
            return None
        self._place += 1
        return self._tokens[self._place - 1]

    def _without(self, token: Token) -> str:
        return Span(self._text, token.start, token.end).replaced(" ")

    def _query(self, scope: Scope) -> Query:
        alternatives = [self._alternative(scope)]
        while self._take(Kind.OR):
            alternatives.append(self._alternative(scope))
        return disjunction(alternatives)

    def _alternative(self, scope: Scope) -> Query:
        operands = [self._operand(scope)]
        while (token := self._next()) and token.kind in (Kind.AND, Kind.ANDNOT, *_STARTS):
            operator = self._take(Kind.AND, Kind.ANDNOT)
            operand = self._operand(scope)
            operands.append(negation(operand) if operator and operator.kind is Kind.ANDNOT else operand)
        return conjunction(operands)

    def _operand(self, scope: Scope) -> Query:
        is_wanted = True
        while self._take(Kind.NOT):
            is_wanted = not is_wanted
        found = self._prefixed(scope)
        return found if is_wanted else negation(found)

    def _prefixed(self, scope: Scope) -> Query:
        prefix = self._take(Kind.PREFIX)
        if prefix is None:
            return self._primary(scope)
        following = self._next()
        if following and following.kind is Kind.PREFIX:
            raise UnreadableError(
                Words(
                    f"Two prefixes in a row; {prefix.text}: or {following.text}:, which is it?",
                    f"两个前缀连在了一起：{prefix.text}: 与 {following.text}: 只能保留一个。",
                ),
                position=following.start,
                repairs=(self._without(prefix), self._without(following)),
            )
        inner = None if prefix.text == CATEGORY_PREFIX else Field(prefix.text)
        return self._operand(inner) if following and following.kind is Kind.NOT else self._primary(inner)

    def _primary(self, scope: Scope) -> Query:
        if opening := self._take(Kind.OPEN):
            return self._group(opening, scope)
        if quoted := self._take(Kind.QUOTED):
            span = Span(self._text, quoted.start, quoted.end)
            return category(span) if scope is None else quoted_phrase(span, scope)
        if word := self._take(Kind.WORD):
            span = self._phrase_span(word, is_single=scope is None)
            return category(span) if scope is None else bare_phrase(span, scope)
        raise self._nothing_here()

    def _group(self, opening: Token, scope: Scope) -> Query:
        self._depth += 1
        if self._depth > _DEEPEST:
            plain = self._text.replace("(", " ").replace(")", " ")
            raise UnreadableError(
                Words(
                    f"More than {_DEEPEST} brackets within brackets; use fewer.",
                    f"括号嵌套超过 {_DEEPEST} 层，请减少层数。",
                ),
                position=opening.start,
                repairs=(plain,),
            )
        if closing := self._take(Kind.CLOSE):
            empty = Span(self._text, opening.start, closing.end)
            raise UnreadableError(
                Words("These brackets are empty.", "括号里没有内容。"),
                position=opening.start,
                repairs=(empty.replaced(" "),),
            )
        found = self._query(scope)
        if not self._take(Kind.CLOSE):
            raise UnreadableError(
                Words("This bracket is never closed; write ) where it ends.", "括号没有闭合，请在结尾处写上 )。"),
                position=opening.start,
                repairs=(self._text + ")", self._without(opening)),
            )
        self._depth -= 1
        return found

    def _phrase_span(self, first: Token, *, is_single: bool) -> Span:
        before = self._tokens[self._place - 2] if self._place > 1 else None
        if before and before.kind in _ENDS:
            self._refuse_small_operator(first)
        last = first
        while not is_single and (word := self._take(Kind.WORD)):
            last = word
        following = self._next()
        if following and following.kind in _STARTS:
            self._refuse_small_operator(last)
        return Span(self._text, first.start, last.end)

    def _refuse_small_operator(self, word: Token) -> None:
        if word.text in _SMALL_OPERATORS:
            raise UnreadableError(
                Words(
                    f"Operators are written in capitals: {word.text.upper()}.", f"运算符需大写：{word.text.upper()}。"
                ),
                position=word.start,
                repairs=(Span(self._text, word.start, word.end).replaced(word.text.upper()),),
            )

    def _nothing_here(self) -> UnreadableError:
        token, before = self._next(), self._before()
        culprit = before if before and before.kind is not Kind.OPEN else token
        position = token.start if token else len(self._text)
        if culprit is None:
            return UnreadableError(
                Words(
                    "Type a keyword, for example reinforcement learning.", "请输入关键词，例如 reinforcement learning。"
                ),
                position=0,
            )
        shown = culprit.text + (":" if culprit.kind is Kind.PREFIX else "")
        side, side_zh = ("after", "后面") if culprit is before else ("before", "前面")
        return UnreadableError(
            Words(
                f"There is nothing {side} {shown}; write a word or phrase there, or take {shown} away.",
                f"{shown} {side_zh}没有内容；请补上词语，或去掉 {shown}。",
            ),
            position=position,
            repairs=(self._without(culprit),),
        )
