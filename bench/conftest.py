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
    """Measures a call and sets it in the table, against a floor in seconds or a peer, which is called before each round."""

    def measure(
        what: str,
        call: Callable[[], Any],
        *,
        against: str,
        floor: float | Callable[[], Any],
        limit: float = 1.0,
        rounds: int | None = None,
        setup: Callable[[], Any] | None = None,
    ) -> None:
        """Measures.

        Args:
            what: What is measured.
            call: What to call.
            against: What it is held against.
            floor: The time of that, or what to call for it.
            limit: How many times the floor it may take.
            rounds: How often; if not said, a second's worth of a peer, and 15 times against a time.
            setup: Called before each round, and not measured.
        """
        peer = floor if callable(floor) else None
        if rounds is None:
            rounds = 15 if peer is None else max(15, min(300, int(1 / max(median_time(peer, 3), 1e-4))))
        times: list[float] = []

        def before() -> Any:
            prepared = None if setup is None else setup()
            if peer is not None:
                start = time.perf_counter()
                peer()
                times.append(time.perf_counter() - start)
            return prepared

        warmup = 0 if setup is not None else 1 if peer is None else min(10, rounds)
        benchmark.pedantic(call, setup=None if setup is peer is None else before, rounds=rounds, warmup_rounds=warmup)
        seconds = floor if not callable(floor) else statistics.median(times[-rounds:])
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
