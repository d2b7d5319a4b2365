"""Queries and typed texts for property tests."""

from hypothesis import strategies as st

from newsletter.queries.query import Category, Field, Phrase, Query, conjunction, disjunction, negation, only_excludes

WORDS = ("diffusion", "policy", "reinforcement", "learning", "robot", "gpt", "4o", "c++", "a*", "bias", "and", "not")
CHINESE = ("强化学习", "机器人", "llm智能体", "3d重建", "学(习", "deep rl方法")
CATEGORIES = ("cs", "cs.LG", "cs.RO", "math", "quant-ph", "cond-mat.dis-nn")
PIECES = (
    *(
        "diffusion",
        "policies",
        "GPT-4o",
        "C++",
        "A*",
        "SE(3)",
        "self-supervised",
        "t-J",
        "0/1",
        "Q&A",
        "3.5",
        "and",
        "or",
    ),
    *(
        "AND",
        "OR",
        "NOT",
        "ANDNOT",
        "(",
        ")",
        '"',
        "“",
        "”",
        "（",
        "：",
        "ti:",
        "abs:",
        "au:",
        "cat:",
        "co:",
        "all:",
        "foo:",
    ),
    *(
        "cs.LG",
        "cs.*",
        "cs",
        "-",
        "*",
        "-survey",
        "net*",
        "Hinton_G",
        "Hinton, G",
        ",",
        "|",
        "强化学习",
        "机器 人",
        "…",
        " ",
    ),
)

typed_texts = st.one_of(
    st.text(max_size=40),
    st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join),
    st.lists(st.sampled_from(PIECES), max_size=12).map("".join),
    st.text(alphabet="ab -*\"():,.強学：ＡANDORT'_+#", max_size=25),
)

fields = st.sampled_from(Field)
_word_rows = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4)
_bare = st.builds(
    lambda words, field, is_prefix: Phrase(
        text=" ".join(words), field=field, is_prefix=is_prefix and words[-1] not in ("a*", "c++")
    ),
    _word_rows,
    fields,
    st.booleans(),
)
_exact = st.builds(
    lambda words, joint, field: Phrase(text=joint.join(words), field=field, is_exact=True),
    _word_rows,
    st.sampled_from((" ", "-", "/", ", ", ": ", " - ", " (", ".")),
    fields.filter(lambda field: field is not Field.AUTHOR),
)
_chinese = st.builds(lambda text, field: Phrase(text=text, field=field), st.sampled_from(CHINESE), fields)
phrases = st.one_of(_bare, _exact, _chinese)
terms = st.one_of(phrases, st.builds(lambda name: Category(name=name), st.sampled_from(CATEGORIES)))


def queries() -> st.SearchStrategy[Query]:
    """Any query in canonical form, also those that only exclude."""
    return st.recursive(
        terms,
        lambda inner: st.one_of(
            st.lists(inner, min_size=2, max_size=3).map(conjunction),
            st.lists(inner, min_size=2, max_size=3).map(disjunction),
            inner.map(negation),
        ),
        max_leaves=6,
    )


def askable_queries() -> st.SearchStrategy[Query]:
    """Any query that a reader may have."""
    return queries().filter(lambda query: not only_excludes(query))
