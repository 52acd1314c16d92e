"""Random hands at the window with the real worker: after each deed, text, recording and canvas agree."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from gradviz.app.window import Window
from tests.app.deeds import DEEDS, SCRIPTS
from tests.app.hands import Hands

T = TypeVar("T")


class Drawn:
    """Hypothesis decides."""

    def __init__(self, data: st.DataObject) -> None:
        self._data = data

    def one(self, of: Sequence[T]) -> T:
        return self._data.draw(st.sampled_from(list(of)))

    def number(self, low: int, high: int) -> int:
        return self._data.draw(st.integers(low, high))


def test_any_hands_leave_text_recording_and_canvas_in_agreement(live: Window, tmp_path: Path) -> None:
    hands = Hands(live, tmp_path, SCRIPTS)

    class AnyHands(RuleBasedStateMachine):
        """A person at work in the window."""

        @initialize(text=st.sampled_from(SCRIPTS))
        def begin(self, text: str) -> None:
            hands.begin(text)

        @rule(data=st.data(), deed=st.sampled_from(sorted(DEEDS)))
        def do(self, data: st.DataObject, deed: str) -> None:
            hands.do(deed, DEEDS[deed], Drawn(data))

        def teardown(self) -> None:
            """All of it undone gives back the very bytes that were opened."""
            hands.undo_all()

    with hands.watched():
        run_state_machine_as_test(
            AnyHands,
            settings=settings(
                max_examples=8,
                stateful_step_count=16,
                deadline=None,
                derandomize=True,
                database=None,
                suppress_health_check=list(HealthCheck),
                phases=[Phase.generate],
            ),
        )
