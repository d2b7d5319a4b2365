"""What feeds, API and monitoring cost: ``python bench/api.py DATA [--papers N]`` prints CPU milliseconds of the process.

DATA is as for bench/search.py, whose papers it stores, in a new SQLite file. A feed is written anew each time.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import httpx
import structlog
from fastapi import FastAPI

sys.path.insert(0, str(Path(__file__).parents[1]))
from bench.filling import fill
from newsletter.clock import system_clock
from newsletter.db.engine import open_engine, reading
from newsletter.db.migrate import migrate
from newsletter.editions.collect import open_editions
from newsletter.papers.store import list_days
from newsletter.runtime import Runtime
from newsletter.settings import load_settings
from newsletter.subscribers.tokens import Tokens
from newsletter.web.app import create_app
from newsletter.web.feeds.memory import FeedMemory

SECRET = "a secret of the benchmark"
TIMES = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--papers", type=int, default=20_000)
    chosen = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    with tempfile.TemporaryDirectory() as folder:
        os.environ["NEWSLETTER_HOME"] = folder
        database = open_engine(f"sqlite:///{folder}/bench.db")
        migrate(database)
        count = fill(database, chosen.data, chosen.papers)
        tokens = Tokens(SECRET, now=system_clock)
        runtime = Runtime(
            settings=load_settings(secret_key=SECRET), clock=system_clock, database=database, tokens=tokens
        )
        with reading(database) as session:
            days = list_days(session, runtime.settings.categories)
        open_editions(runtime.desk, days[-40:])
        runtime.sweep_search()
        app = create_app(runtime)
        print(f"{count} papers, {len(days)} days")
        day = days[-1]
        for path in (
            "/feeds/query.atom?q=reinforcement+learning",
            "/feeds/query.atom?q=learning",
            f"/day/{day}/feed.atom",
            "/feeds/editions.atom",
            f"/api/v1/papers?day={day}",
            f"/api/v1/papers?day={day}&q=agents",
            "/api/v1/papers?limit=100",
            "/api/v1/papers?category=cs.RO",
            "/api/v1/search?q=reinforcement+learning",
            f"/api/v1/editions/{day}",
            "/health",
            "/metrics",
        ):
            asyncio.run(measure(app, path))


async def measure(app: FastAPI, path: str) -> None:
    """Ask some times, forgetting what was remembered, and print the median of what it cost this process."""
    found = []
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
        for _ in range(TIMES):
            app.state.feeds = FeedMemory()
            began = time.process_time()
            response = await client.get(path)
            found.append((time.process_time() - began) * 1000)
    print(f"{median(found):8.1f} ms  {len(response.content) // 1024:6} KB  {response.status_code}  {path}")


if __name__ == "__main__":
    main()
