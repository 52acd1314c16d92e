"""The frames that a client, its worker and the worker's children exchange: a head, a JSON header, and bytes.

Whole frames only are passed on, so a child killed in the middle of one cannot garble what follows.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

_HEAD: Final = struct.Struct("<4sIQ")
_MAGIC: Final = b"GVW1"
_MAX_HEADER: Final = 1 << 28
_MAX_BODY: Final = 1 << 36


class WireError(Exception):
    """What came is no frame: the other side is not what it should be."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One message.

    Attributes:
        kind: "run", "call", "cancel" to a worker; "chunk", "ran", "post", "trouble", "done" from it; "over" from its child.
        job: The number of the request it belongs to.
        cells: Whatever else it says, JSON-able.
        body: Bytes.
    """

    kind: str
    job: int
    cells: dict[str, Any] = field(default_factory=dict)
    body: bytes = b""

    def pack(self) -> bytes:
        """The frame's bytes."""
        header = json.dumps({"kind": self.kind, "job": self.job, **self.cells}).encode()
        return _HEAD.pack(_MAGIC, len(header), len(self.body)) + header + self.body


class FrameReader:
    """Puts frames together from what arrives piece by piece."""

    def __init__(self) -> None:
        self._data = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Takes what arrived; yields the frames that are whole by now.

        Raises:
            WireError: It is no frame.
        """
        self._data += data
        while len(self._data) >= _HEAD.size:
            magic, header_size, body_size = _HEAD.unpack_from(self._data)
            if magic != _MAGIC or header_size > _MAX_HEADER or body_size > _MAX_BODY:
                raise WireError("the bytes are no frame")
            end = _HEAD.size + header_size + body_size
            if len(self._data) < end:
                return
            try:
                cells = json.loads(self._data[_HEAD.size : _HEAD.size + header_size])
                kind, job = cells.pop("kind"), cells.pop("job")
            except (ValueError, KeyError, AttributeError, RecursionError):
                raise WireError("a frame's header cannot be read") from None
            body = bytes(self._data[_HEAD.size + header_size : end])
            del self._data[:end]
            yield Frame(kind, job, cells, body)


def write_all(descriptor: int, data: bytes) -> None:
    """Writes all bytes to a blocking descriptor.

    Raises:
        OSError: The other side has gone.
    """
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
