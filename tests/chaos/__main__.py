"""Run the ordeal on SQLite and on PostgreSQL, at the same time.

python -m tests.chaos            the whole, in about ten minutes
python -m tests.chaos --quick    the same, shorter: about three minutes
python -m tests.chaos --only sqlite
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from tests.chaos.ordeal import Ordeal, Report, survive
from tests.chaos.outages import a_postgresql_storage, a_sqlite_storage

_WHOLE = Ordeal(answers=400, transcripts=20, kills=20, locked_s=240, full_s=60)
_QUICK = Ordeal(answers=120, transcripts=6, kills=6, locked_s=20, full_s=15)
_STORAGES = {"sqlite": a_sqlite_storage, "postgresql": a_postgresql_storage}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer answers, shorter outages")
    parser.add_argument("--only", choices=list(_STORAGES), help="one database instead of both")
    asked = parser.parse_args()
    names = [asked.only] if asked.only else list(_STORAGES)
    reports = asyncio.run(_run(_QUICK if asked.quick else _WHOLE, names))
    sys.stdout.writelines(line for report in reports for line in _describe(report))
    return 1 if any(report.broken for report in reports) else 0


async def _run(ordeal: Ordeal, names: list[str]) -> list[Report]:
    with ExitStack() as stack:
        running = []
        for name in names:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chaos-")))
            storage = stack.enter_context(_STORAGES[name](folder))
            running.append(survive(ordeal, storage, folder))
        return await asyncio.gather(*running)


def _describe(report: Report) -> Iterator[str]:
    yield f"{report.storage}: {'BROKEN' if report.broken else 'nothing lost'}\n"
    yield from (f"  {name}: {fact}\n" for name, fact in report.facts.items())
    yield from (f"  broken: {promise}\n" for promise in report.broken)


if __name__ == "__main__":
    sys.exit(main())
