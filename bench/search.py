"""What a search costs: ``python bench/search.py DATA [--papers N] [--database URL]`` prints milliseconds, and JSON last.

DATA is a folder with arxiv-cs-daily/YYYY-MM-DD.jsonl.xz and bilingual/pairs-2024-02.jsonl.xz (see bench/filling.py). Without a
URL it measures a new SQLite file and a new PostgreSQL; one that is named is filled if it is empty, and kept.
"""

import argparse
import json
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
from bench.filling import new_postgresql, prepare
from newsletter.runtime import Runtime
from newsletter.search.found import SearchOrder

SEARCHES = (
    "large language model", "diffusion policy", "reinforcement learning", '"reinforcement learning"', "learning", "model",
    "robot AND manipulation", "pretraining", "transform*", "state of the art", "cat:cs.LG", "cat:cs.RO ANDNOT survey",
    "(LLM OR language model) AND (agent OR planning) ANDNOT cat:cs.CV", "au:wang", "au:y bengio", "ti:graph neural network",
    "retrieval augmented generation", "GPT-4o", "强化学习", "大语言模型 AND robot", "vision-language-action",
    "reinforcement learning from human feedback", "multimodal large language model", "simultaneous localization and mapping",
    "all:accepted", "quantum error correction", "mixture of experts OR sparse activation",
)  # fmt: skip
TYPED = (
    "reinf",
    "diffusion p",
    "language",
    "graph neur",
    "au:zha",
    "cat:cs.r",
    "robot AND ti:world mo",
    "self supervised",
)
REPEATS = 5


def measure(name: str, texts: Sequence[str], call: Callable[[str], Any]) -> dict[str, float]:
    """Ask each text some times; return the median and the worst of the texts' medians, and of our own time, in milliseconds."""
    taken: list[float] = []
    used: list[float] = []
    for text in texts:
        rounds = [_time(call, text) for _ in range(REPEATS)]
        taken.append(median(wall for wall, _ in rounds))
        used.append(median(cpu for _, cpu in rounds))
        print(f"  {name:9} {taken[-1]:8.1f} ms, own {used[-1]:6.1f}  {text}", flush=True)
    return {
        "median_ms": round(median(taken), 1),
        "worst_ms": round(max(taken), 1),
        "own_median_ms": round(median(used), 1),
        "own_worst_ms": round(max(used), 1),
    }


def _time(call: Callable[[str], Any], text: str) -> tuple[float, float]:
    began, cpu = time.perf_counter(), time.process_time()
    call(text)
    return (time.perf_counter() - began) * 1000, (time.process_time() - cpu) * 1000


def run(url: str, data: Path, count: int) -> dict[str, Any]:
    """Measure a database, which is filled first if it is empty."""
    filled = prepare(url, data, count)
    results: dict[str, Any] = {"papers": filled.papers, "index_mb": round(filled.index_bytes / 1e6)}
    if filled.read_seconds:
        results["read_ms_a_paper"], results["read_own_ms_a_paper"] = (round(ms, 2) for ms in filled.read_seconds)
    results |= measure_all(filled.runtime)
    filled.runtime.database.dispose()
    return results


def measure_all(runtime: Runtime) -> dict[str, Any]:
    """Measure every kind of question."""
    began = time.perf_counter()
    runtime.preview_query("robot")
    first = (time.perf_counter() - began) * 1000
    newest = [one.paper.arxiv_id for one in runtime.search("cat:cs", order=SearchOrder.DATE, per_page=12).found]
    kinds: dict[str, tuple[Sequence[str], Callable[[str], Any]]] = {
        "search": (SEARCHES, runtime.search),
        "by_date": (SEARCHES, partial(runtime.search, order=SearchOrder.DATE, page=3)),
        "preview": (SEARCHES, runtime.preview_query),
        "similar": (newest, runtime.similar),
        "suggest": (TYPED, runtime.suggest),
    }
    return {"first_preview_ms": round(first, 1)} | {
        name: measure(name, texts, call) for name, (texts, call) in kinds.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--papers", type=int, default=100_000)
    parser.add_argument("--database", help="measure this one; it is filled if it is empty, and kept")
    options = parser.parse_args()
    results: dict[str, Any] = {"machine": platform.machine()}
    if options.database:
        results[options.database.partition(":")[0]] = run(options.database, options.data, options.papers)
    else:
        with tempfile.TemporaryDirectory() as folder:
            results["sqlite"] = run(f"sqlite:///{folder}/bench.db", options.data, options.papers)
        with new_postgresql() as url:
            results["postgresql"] = run(url, options.data, options.papers)
    print(json.dumps(results))


if __name__ == "__main__":
    main()
