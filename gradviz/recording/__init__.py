"""A recording: everything a graph script did, complete and immutable."""

from gradviz.recording.amend import with_error
from gradviz.recording.builder import RecordingBuilder
from gradviz.recording.container import Assembler, RecordingError, join_chunks, read_bytes, read_file, to_bytes, write_file
from gradviz.recording.recording import Error, Event, Input, Op, Pass, Recording, Region, Saved, Span, Tensor
from gradviz.recording.schema import Cut, Kind, Mode
from gradviz.recording.state import Focus, State, Sum
from gradviz.recording.values import Budget, Summary, Value

__all__ = [
    "Assembler",
    "Budget",
    "Cut",
    "Error",
    "Event",
    "Focus",
    "Input",
    "Kind",
    "Mode",
    "Op",
    "Pass",
    "Recording",
    "RecordingBuilder",
    "RecordingError",
    "Region",
    "Saved",
    "Span",
    "State",
    "Sum",
    "Summary",
    "Tensor",
    "Value",
    "join_chunks",
    "read_bytes",
    "read_file",
    "to_bytes",
    "with_error",
    "write_file",
]
