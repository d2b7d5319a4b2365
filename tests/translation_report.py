"""Judge recorded translations before and after mending: ``python -m tests.translation_report --digests DIR``.

DIR holds digests as JSON files: sections of papers with a text beside its translation (`title`, `title_zh`, `abstract`,
`abstract_zh`). No engine is asked: what cannot be mended is left in the original, sentence by sentence, as when every engine
has failed. The last line printed is JSON.
"""

import argparse
import json
import lzma
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from newsletter.translation.drafts import Draft, begin_draft
from newsletter.translation.finish import Finisher
from newsletter.translation.glossary import load_glossary
from newsletter.translation.language import load_language
from newsletter.translation.numbers import find_numbers, lost_numbers
from newsletter.translation.passages import Passage
from newsletter.translation.protect import KEPT, find_spans, lost_spans
from newsletter.translation.term_check import check_terms

SOURCE, TARGET = "en", "zh"
SAMPLE = 500
_TEXTS = ("title", "abstract")
_BY = "recorded"


@dataclass(slots=True)
class Judgement:
    """What is right in some translations. Spans, numbers and terms are counted as often as the sources say them."""

    texts: int = 0
    terms: int = 0
    terms_right: int = 0
    spans: int = 0
    spans_kept: int = 0
    numbers: int = 0
    numbers_kept: int = 0
    forbidden: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)

    def add(self, passage: Passage, translation: str, finisher: Finisher) -> None:
        source, target = finisher.source, finisher.target
        check = check_terms(
            passage.text,
            translation,
            finisher.glossary,
            passage.categories,
            source,
            target,
            context=passage.context or None,
        )
        self.texts += 1
        self.terms += check.said
        self.terms_right += check.right
        self.forbidden.update(check.forbidden)
        self.missing.update(check.missing)
        spans = sum(span.kind in KEPT for span in find_spans(passage.text))
        self.spans += spans
        self.spans_kept += spans - min(spans, len(lost_spans(passage.text, translation)))
        numbers = len(find_numbers(passage.text, source))
        self.numbers += numbers
        self.numbers_kept += numbers - min(numbers, len(lost_numbers(passage.text, translation, source, target)))

    def as_json(self) -> dict[str, Any]:
        return {
            "texts": self.texts,
            "terms": self.terms,
            "term_accuracy": share(self.terms_right, self.terms),
            "forbidden_forms": self.forbidden.total(),
            "spans": self.spans,
            "spans_kept": share(self.spans_kept, self.spans),
            "numbers": self.numbers,
            "numbers_kept": share(self.numbers_kept, self.numbers),
        }

    def describe(self) -> str:
        return (
            f"terms {share(self.terms_right, self.terms):.2%} of {self.terms}, forbidden {self.forbidden.total()}, "
            f"spans {share(self.spans_kept, self.spans):.2%} of {self.spans}, "
            f"numbers {share(self.numbers_kept, self.numbers):.2%} of {self.numbers}"
        )


@dataclass(slots=True)
class Comparison:
    """Translations as they were recorded, and as they are shown; `left` are sentences left in the original."""

    old: Judgement = field(default_factory=Judgement)
    new: Judgement = field(default_factory=Judgement)
    sentences: int = 0
    left: int = 0
    untranslated: int = 0
    changed: int = 0
    seconds: float = 0.0

    def mend(self, passage: Passage, recorded: str, finisher: Finisher) -> str | None:
        """Return a recorded translation as it is shown, None where the whole text is shown in the original."""
        began = time.process_time()
        draft = settle(passage, recorded, finisher)
        shown = None
        if draft.authors() and draft.is_readable:
            is_split = len(draft.parts) > 1
            shown = draft.join(finisher.target)
            shown = finisher.finish_whole(passage, shown).text if is_split else shown
        self.seconds += time.process_time() - began
        self.old.add(passage, recorded, finisher)
        self.sentences += len(draft.parts)
        if shown is None:
            self.untranslated += 1
            return None
        self.left += len(draft.missing)
        self.changed += shown != recorded
        self.new.add(passage, shown, finisher)
        return shown

    def as_json(self) -> dict[str, Any]:
        return {
            "old": self.old.as_json(),
            "new": self.new.as_json(),
            "texts_changed": self.changed,
            "sentences_left_in_the_original": self.left,
            "texts_left_in_the_original": self.untranslated,
            "seconds": round(self.seconds, 2),
        }

    def describe(self) -> str:
        worst = ", ".join(f"{form} {count}" for form, count in self.old.forbidden.most_common(12))
        missing = ", ".join(f"{term} {count}" for term, count in self.new.missing.most_common(12))
        return "\n".join(
            (
                f"  old: {self.old.describe()}",
                f"  new: {self.new.describe()}",
                f"  left in the original: {self.left} sentences, {self.untranslated} texts of {self.old.texts}",
                f"  wrong forms before: {worst or 'none'}",
                f"  terms not said after: {missing or 'none'}",
            )
        )


def settle(passage: Passage, recorded: str, finisher: Finisher) -> Draft:
    """Return a draft with what of a recorded translation is good, after mending."""
    draft = begin_draft(passage, {}, finisher.source)
    draft.settle(draft.parts[0], recorded, _BY, finisher)
    return draft


def share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 1.0


def open_recorded() -> Finisher:
    """Return what finishes the recorded translations, by the glossary of the product."""
    return Finisher(source=load_language(SOURCE), target=load_language(TARGET), glossary=load_glossary(TARGET, SOURCE))


def mend_digests(folder: Path, out: Path | None, finisher: Finisher) -> Comparison:
    """Compare all digests of a folder; `out` gets each with its translations as they are shown."""
    found = Comparison()
    paths = [path for path in sorted(folder.glob("*.json")) if "sections" in (digest := json.loads(path.read_bytes()))]
    if not paths:
        raise SystemExit(f"There is no digest (*.json with sections of papers) in {folder}.")
    for path in paths:
        digest = json.loads(path.read_bytes())
        for paper in (paper for section in digest["sections"] for paper in section["papers"]):
            for name in _TEXTS:
                _mend_text(paper, name, found, finisher)
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
            (out / path.name).write_text(json.dumps(digest, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return found


def _mend_text(paper: dict[str, Any], name: str, found: Comparison, finisher: Finisher) -> None:
    text, recorded = paper.get(name), paper.get(f"{name}_{TARGET}")
    if text and recorded:
        context = f"{paper['title']}\n{paper.get('abstract', '')}" if name == "title" else ""
        passage = Passage(text=text, categories=_categories(paper), is_title=name == "title", context=context).folded()
        paper[f"{name}_{TARGET}"] = found.mend(passage, recorded, finisher) or text


def _categories(paper: dict[str, Any]) -> tuple[str, ...]:
    return tuple(name for name in paper.get("categories") or () if isinstance(name, str))


def compare_pairs(folder: Path, sample: int, finisher: Finisher) -> Comparison:
    """Compare a sample of recorded pairs, always the same one."""
    found = Comparison()
    for row in Random(20260320).sample(pairs := list(_read_pairs(folder)), min(sample, len(pairs))):
        for name in _TEXTS:
            if row.get(name) and row.get(f"{name}_{TARGET}"):
                passage = Passage(text=row[name], is_title=name == "title").folded()
                found.mend(passage, row[f"{name}_{TARGET}"], finisher)
    return found


def _read_pairs(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.glob("*.jsonl.xz")):
        with lzma.open(path, "rt", encoding="utf-8") as lines:
            yield from (row for row in map(json.loads, lines) if not row.get("abstract_truncated"))


def main(arguments: Sequence[str]) -> None:
    """Print the comparison of digests and of a sample of pairs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--digests", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--pairs", type=Path, help="a folder of *.jsonl.xz with recorded pairs")
    parser.add_argument("--sample", type=int, default=SAMPLE)
    options = parser.parse_args(arguments)
    finisher = open_recorded()
    found = {"digests": mend_digests(options.digests, options.out, finisher)}
    if options.pairs and options.pairs.is_dir():
        found["pairs"] = compare_pairs(options.pairs, options.sample, finisher)
    for name, comparison in found.items():
        sys.stdout.write(f"{name}\n{comparison.describe()}\n")
    sys.stdout.write(json.dumps({name: comparison.as_json() for name, comparison in found.items()}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
