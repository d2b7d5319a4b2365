"""When pages begin to come: ``python bench/site.py DATA [--papers N] [--database URL]`` prints milliseconds, and JSON last.

DATA and the database are as for bench/search.py; it gets editions, readers with a morning's digests and an operator besides.
The server is the product's own, in a process of its own; each page is asked for by itself, thirty different ones a route
where there are thirty. First byte: from the request's last byte to the answer's first. Own: the server's processor time.
"""

import argparse
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import cycle, islice
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from urllib.parse import quote

import structlog

sys.path.insert(0, str(Path(__file__).parents[1]))
from bench.filling import SECRET, prepare
from bench.search import SEARCHES, TYPED
from newsletter.db.engine import reading, transaction
from newsletter.editions.collect import open_editions
from newsletter.operators import store as operators
from newsletter.operators.account import OperatorId
from newsletter.operators.roles import Role
from newsletter.operators.totp import new_secret
from newsletter.papers.sources.huggingface import Trending
from newsletter.papers.store import find_day, list_days
from newsletter.papers.trending_store import store_trending
from newsletter.runtime import Runtime
from newsletter.subscribers.subscriber import Preferences

TIMES = 30
DAYS = 40
READERS = 200
TRENDING_A_DAY = 30
LIMIT_MS, SEARCH_LIMIT_MS = 50, 100
OPERATOR = "bench@example.org"
_CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Route:
    """What is asked for under one name: addresses, and the milliseconds that are allowed."""

    name: str
    paths: Sequence[str]
    limit_ms: int = LIMIT_MS


def furnish(runtime: Runtime) -> list[date]:
    """See to it that there are editions, trending papers, readers and digests; return the newest days, newest first."""
    with reading(runtime.database) as session:
        days = sorted(list_days(session, runtime.settings.categories), reverse=True)[:DAYS]
    if runtime.list_subscribers():
        return days
    open_editions(runtime.desk, days)
    for day in days:
        with transaction(runtime.database) as session:
            listed = find_day(session, runtime.desk.categories, day)[:TRENDING_A_DAY]
            trending = [
                Trending(
                    paper=item.paper,
                    rank=rank,
                    upvotes=100 - rank,
                    comments=rank,
                    organisation=None,
                    code_url=None,
                    stars=None,
                )
                for rank, item in enumerate(listed)
            ]
            store_trending(session, day, trending, collected_at=runtime.clock())
    wanted = cycle(text for text in SEARCHES if not text.startswith("all:"))
    for number in range(READERS):
        keywords = list(islice(wanted, 3))
        runtime.subscribe(f"reader{number}@example.org", keywords, Preferences(), is_confirmed=True)
    runtime.compose(days[0])
    runtime.sweep_search(most=None)
    return days


def sign_in(runtime: Runtime) -> str:
    """Return the cookie of an operator's session."""
    door, at = runtime.door, runtime.clock()
    email = f"{time.time_ns()}.{OPERATOR}"
    with transaction(runtime.database) as session:
        operator = operators.add_operator(session, email, Role.OWNER, at=at)
        sealed = door.seal.close(new_secret())
        hashed = door.passwords.hash("a password of the benchmark")
        operators.enrol(session, operator.id, password_hash=hashed, totp_secret=sealed, step=0, at=at)
        return door.open_session(session, OperatorId(operator.id), network="127.0.0.1", browser="bench")


def list_routes(runtime: Runtime, days: Sequence[date]) -> list[Route]:
    """Return what is measured."""
    with reading(runtime.database) as session:
        papers = [item.paper.arxiv_id for day in days[:3] for item in find_day(session, ("cs",), day)[:20]]
    asked = [quote(text) for text in SEARCHES]
    reader = runtime.list_subscribers()[7]
    manage = f"/manage/{runtime.tokens.sign('manage', reader.id, 0)}"
    return [
        Route("landing", ["/"]),
        Route("landing, Chinese", ["/?lang=zh"]),
        Route("day", [f"/day/{day}" for day in days]),
        Route("day, a query", [f"/day/{days[0]}?q={text}" for text in asked]),
        Route("day, a category", [f"/day/{day}?cat=cs.RO" for day in days]),
        Route("day, trending first", [f"/day/{day}?order=trending" for day in days]),
        Route("paper", [f"/paper/{one}" for one in papers]),
        Route("paper's BibTeX", [f"/paper/{one}.bib" for one in papers]),
        Route("similar papers", [f"/paper/{one}/similar" for one in papers], SEARCH_LIMIT_MS),
        Route("trending", [f"/trending?date={day}" for day in days]),
        Route("search, empty", ["/search"]),
        Route("search", [f"/search?q={text}" for text in asked], SEARCH_LIMIT_MS),
        Route("search, by date", [f"/search?q={text}&order=date" for text in asked], SEARCH_LIMIT_MS),
        Route("keyword's preview", [f"/keywords/preview?q={text}" for text in asked], SEARCH_LIMIT_MS),
        Route("keyword's suggestions", [f"/keywords/suggest?q={quote(text)}" for text in TYPED], SEARCH_LIMIT_MS),
        Route("feed of editions", ["/feeds/editions.atom"]),
        Route("feed of a day", [f"/day/{day}/feed.atom" for day in days]),
        Route("feed of a query", [f"/feeds/query.atom?q={text}" for text in asked], SEARCH_LIMIT_MS),
        Route("API: editions", ["/api/v1/editions"]),
        Route("API: a day's papers", [f"/api/v1/papers?day={day}" for day in days]),
        Route("API: a paper", [f"/api/v1/papers/{one}" for one in papers]),
        Route("API: search", [f"/api/v1/search?q={text}" for text in asked], SEARCH_LIMIT_MS),
        Route("manage", [manage]),
        Route("manage: history", [f"{manage}/history"]),
        Route("manage: next mail", [f"{manage}/preview"]),
        Route("admin: today", ["/admin"]),
        Route("admin: readers", ["/admin/readers"]),
        Route("admin: a reader", [f"/admin/readers/{number}" for number in range(1, TIMES + 1)]),
        Route("admin: days", ["/admin/days"]),
        Route("admin: a day", [f"/admin/days/{day}" for day in days]),
        Route("health", ["/health"]),
        Route("metrics", ["/metrics"]),
    ]


@contextmanager
def serve(url: str) -> Iterator[tuple[int, int]]:
    """Run the product's server on a database; yield its process and its port."""
    with socket.socket() as free, tempfile.TemporaryDirectory() as home:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        command = [sys.executable, "-m", "uvicorn", "newsletter.web.app:create_app", "--factory", "--host", "127.0.0.1"]
        options = ["--port", str(port), "--no-access-log", "--no-proxy-headers"]
        wanted = {"NEWSLETTER_HOME": home, "DATABASE_URL": url, "NEWSLETTER_SECRET_KEY": SECRET}
        with subprocess.Popen([*command, *options], env=os.environ | wanted, stderr=subprocess.DEVNULL) as server:
            try:
                _await(port, server)
                yield server.pid, port
            finally:
                server.terminate()


def _await(port: int, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 120
    while server.poll() is None and time.monotonic() < until:
        try:
            with socket.create_connection(("127.0.0.1", port)):
                return
        except ConnectionRefusedError:
            time.sleep(0.05)
    sys.exit("The server did not start.")


def measure(pid: int, port: int, route: Route, cookie: str, network: int) -> dict[str, float]:
    """Ask for a route's addresses in turn; return milliseconds."""
    taken: list[float] = []
    source = (f"127.0.0.{network}", 0)  # a network of its own, which nobody stops for asking too much
    connection = http.client.HTTPConnection("127.0.0.1", port, source_address=source, timeout=60)
    used = _cpu_ms(pid)
    for path in islice(cycle(route.paths), TIMES):
        connection.request("GET", path, headers={"Cookie": f"operator={cookie}", "Accept-Encoding": "gzip"})
        began = time.perf_counter()
        answer = connection.getresponse()
        taken.append((time.perf_counter() - began) * 1000)
        answer.read()
        if answer.status not in (200, 303) and not (route.name == "health" and answer.status == 503):
            sys.exit(f"{path} answered {answer.status}.")
    own = (_cpu_ms(pid) - used) / TIMES
    connection.close()
    return {
        "first_ms": round(taken[0], 1),
        "median_ms": round(median(taken), 1),
        "p95_ms": round(quantiles(taken, n=20)[-1], 1),
        "own_ms": round(own, 1),
    }


def _cpu_ms(pid: int) -> float:
    """Return the processor time that a process has used. Source: proc_pid_stat(5)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _CLOCK_TICKS * 1000


def run(url: str, data: Path, count: int, only: str) -> dict[str, Any]:
    """Measure every route, or those with a word in their name."""
    filled = prepare(url, data, count)
    days = furnish(filled.runtime)
    cookie = sign_in(filled.runtime)
    routes = [route for route in list_routes(filled.runtime, days) if only in route.name]
    filled.runtime.database.dispose()
    print(
        f"{filled.papers} papers; first byte in ms: of the first request, median, 95 of 100; own: the server's processor"
    )
    results: dict[str, Any] = {}
    with serve(url) as (pid, port):
        for network, route in enumerate(routes, start=2):
            found = results[route.name] = measure(pid, port, route, cookie, network)
            mark = "  over" if found["median_ms"] > route.limit_ms else ""
            print(
                "{first_ms:8} {median_ms:8} {p95_ms:8} own {own_ms:7}  ".format(**found) + route.name + mark, flush=True
            )
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--papers", type=int, default=100_000)
    parser.add_argument("--database", help="measure this one; it is filled if it is empty, and kept")
    parser.add_argument("--only", default="", help="measure only the routes with this in their name")
    chosen = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    with tempfile.TemporaryDirectory() as folder:
        url = chosen.database or f"sqlite:///{folder}/bench.db"
        print(json.dumps(run(url, chosen.data, chosen.papers, chosen.only)))


if __name__ == "__main__":
    main()
