"""Edits of several things at once, as one undo step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gradviz.script.changes import Edit, Edited
from gradviz.script.edits.work import Work


@dataclass(frozen=True)
class Several:
    """Edits done one after another: all of them or none.

    Attributes:
        edits: Each makes an edit, given the work so far, which knows where places of the script as it was are now.
        label: What the undo step is called where there is more than one; ``{}`` stands for their number.
    """

    edits: Sequence[Callable[[Work], Edit]]
    label: str

    def apply(self, text: str) -> Edited:
        """Does them.

        Raises:
            EditRefused: One of them cannot be done.
        """
        with Work(text) as work:
            made: list[Edited] = []
            for make in self.edits:
                made.append(make(work).apply(work.draft.text))
                work.apply(made[-1].changes)
            if len(made) == 1:
                return made[0]
            note = " ".join(dict.fromkeys(one.note for one in made if one.note))
            return work.done(self.label.format(len(made)), note=note)
