"""What is added to a recording by others than the one who made it: an error that it could not write down itself."""

from __future__ import annotations

import numpy as np

from gradviz.recording.recording import Error, Recording, Tables, table_columns
from gradviz.recording.schema import EMPTY_EVENT, Kind


def with_error(recording: Recording, error: Error) -> Recording:
    """The recording with an error at its end, of which the script itself could not tell; ``error.event`` is set anew."""
    strings = list(recording.strings)

    def string(text: str) -> int:
        strings.append(text)
        return len(strings) - 1

    span = (error.span.line, error.span.col, error.span.end_line, error.span.end_col)
    cells = dict(EMPTY_EVENT)
    cells |= dict(zip(("line", "col", "end_line", "end_col"), span, strict=True))
    cells |= {"kind": int(Kind.ERROR), "text": string(error.type or error.kind)}
    texts = (error.kind, error.type, error.message, error.advice, error.traceback)
    new: Tables = {
        "events": table_columns("events", [tuple(cells.values())]),
        "errors": table_columns("errors", [(len(recording), *map(string, texts), *span)]),
    }
    tables: Tables = {
        table: {
            name: np.concatenate((column, new[table][name])) if table in new else column for name, column in columns.items()
        }
        for table, columns in recording.tables.items()
    }
    return Recording(tables, strings, recording.meta)
