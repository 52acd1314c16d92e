"""Speed, as ratios to a floor or a peer measured in the same run. `make bench` prints the table; no test asserts a time."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

FRAME = 1 / 60


@dataclass(frozen=True)
class Row:
    """One line of the table: a measured time beside what it is held against."""

    what: str
    measured: float
    against: str
    floor: float
    limit: float

    @property
    def ratio(self) -> float:
        return self.measured / self.floor


_ROWS: list[Row] = []


def median_time(call: Callable[[], Any], rounds: int = 7) -> float:
    """The median of some calls, in seconds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


@pytest.fixture
def report(benchmark: Any) -> Callable[..., None]:
    """Measures a call and sets it in the table, against a floor in seconds or a peer that is called as well."""

    def measure(
        what: str,
        call: Callable[[], Any],
        *,
        against: str,
        floor: float | Callable[[], Any],
        limit: float = 1.0,
        rounds: int = 15,
        setup: Callable[[], Any] | None = None,
    ) -> None:
        benchmark.pedantic(call, setup=setup, rounds=rounds, warmup_rounds=1 if setup is None else 0)
        seconds = median_time(floor, rounds) if callable(floor) else floor
        row = Row(what, benchmark.stats.stats.median, against, seconds, limit)
        benchmark.extra_info.update(against=against, floor=seconds, ratio=row.ratio, limit=limit)
        _ROWS.append(row)

    return measure


def _time(seconds: float) -> str:
    return f"{seconds * 1e6:.1f} us" if seconds < 1e-3 else f"{seconds * 1e3:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Prints the table."""
    if not _ROWS:
        return
    wide = max(len(row.what) for row in _ROWS)
    other = max(len(row.against) for row in _ROWS)
    terminalreporter.section("how far from the floor (medians)")
    for row in _ROWS:
        verdict = "holds" if row.ratio <= row.limit else "TOO SLOW"
        terminalreporter.write_line(
            f"{row.what:<{wide}}  {_time(row.measured):>9}  {row.against:<{other}}  {_time(row.floor):>9}"
            f"  ratio {row.ratio:6.2f}  at most {row.limit:.2f}  {verdict}"
        )
