"""torch.save and torch.load: PyTorch's own files of tensors, numbers, text and collections of them, written and read without pickle.

A file is a zip archive of a pickle (`data.pkl`), which a writer of our own writes and a reader with a list of what it may call
reads, and of the tensors' memory (`data/0`, ...). Files of PyTorch can be read and PyTorch reads ours; what holds anything else,
such as whole modules, is refused.
"""

from __future__ import annotations

import io
import os
import sys
import zipfile
from collections.abc import Callable
from pickle import UnpicklingError
from typing import Any, Final

from ..api import FUNCTIONS
from ..size import device
from .reader import Reader
from .writer import Writer

__all__ = ["load", "save"]

_FAILED: Final = (
    "Weights only load failed. The embedded engine never unpickles a file: it reads tensors, numbers, text and collections of "
    "them.\n\tWeightsUnpickler error: "
)


def save(
    obj: Any,
    f: Any,
    pickle_module: Any = None,
    pickle_protocol: int = 2,
    _use_new_zipfile_serialization: bool = True,
    _disable_byteorder_record: bool = False,
) -> None:
    """Write an object to a file.

    Args:
        obj: Tensors, numbers, text, dtypes, and lists, tuples, sets and dicts of them.
        f: A path, or a file open for writing bytes.
        pickle_module: None.
        pickle_protocol: 2.

    Raises:
        NotImplementedError: The object holds something else, or another form of file is asked for.
    """
    if pickle_module is not None or pickle_protocol != 2 or not _use_new_zipfile_serialization:
        raise NotImplementedError("torch.save writes zip archives of pickle protocol 2 only")
    writer = Writer()
    data = writer.dumped(obj)
    name = "archive"
    if isinstance(f, (str, os.PathLike)):
        name = os.path.splitext(os.path.basename(os.fspath(f)))[0] or name
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(f"{name}/data.pkl", data)
        archive.writestr(f"{name}/.format_version", "1")
        archive.writestr(f"{name}/byteorder", sys.byteorder)
        for number, memory in enumerate(writer.memories):
            archive.writestr(f"{name}/data/{number}", memory.tobytes())
        archive.writestr(f"{name}/version", "3\n")
    if isinstance(f, (str, os.PathLike)):
        with open(f, "wb") as file:
            file.write(whole.getvalue())
    else:
        f.write(whole.getvalue())


def load(
    f: Any,
    map_location: Any = None,
    pickle_module: Any = None,
    *,
    weights_only: bool | None = None,
    mmap: bool | None = None,
    **pickle_load_args: Any,
) -> Any:
    """Read an object from a file of `torch.save`.

    Args:
        f: A path, or a file open for reading bytes.
        map_location: Where tensors shall live: the CPU.
        pickle_module: None.
        weights_only: Nothing else is ever read; False changes how that is said.
        mmap: Of no effect.

    Raises:
        NotImplementedError: It is no zip archive, as the files of PyTorch before 1.6; or is to be read in another way.
        UnpicklingError: It holds something else than tensors, numbers, text and collections of them.
    """
    if pickle_module is not None or pickle_load_args:
        raise NotImplementedError("torch.load does not unpickle")
    if isinstance(map_location, (str, device)):
        device(map_location)
    if isinstance(f, (str, os.PathLike)):
        with open(f, "rb") as file:
            data = file.read()
    else:
        data = f.read()
    if not data:
        raise EOFError("Ran out of input")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except zipfile.BadZipFile:
        raise NotImplementedError(
            "torch.load reads zip archives only, not the files of PyTorch before 1.6 or other pickles"
        ) from None
    with archive:
        try:
            return _read(archive)
        except UnpicklingError as error:
            if weights_only is False:
                raise NotImplementedError(
                    f"torch.load(weights_only=False) is not implemented in the embedded engine: {error}"
                ) from None
            raise UnpicklingError(_FAILED + str(error)) from None


def _read(archive: zipfile.ZipFile) -> Any:
    root = next((name.removesuffix("data.pkl") for name in archive.namelist() if name.endswith("/data.pkl")), None)
    if root is None:
        raise RuntimeError("PytorchStreamReader failed locating file data.pkl: file not found")
    member = _members(archive)
    swapped = f"{root}byteorder" in archive.namelist() and member(f"{root}byteorder").decode() != sys.byteorder
    if swapped:
        raise NotImplementedError("a file written on a machine with the other order of bytes is not read")
    return Reader(bytes(member(f"{root}data.pkl")), lambda key: member(f"{root}data/{key}")).loaded()


def _members(archive: zipfile.ZipFile) -> Callable[[str], bytearray]:
    """Reads members of an archive that are stored as they are, as PyTorch's are: so no small file becomes a huge one."""

    def read(name: str) -> bytearray:
        try:
            info = archive.getinfo(name)
        except KeyError:
            raise RuntimeError(f"PytorchStreamReader failed locating file {name.partition('/')[2]}: file not found") from None
        if info.compress_type != zipfile.ZIP_STORED:
            raise NotImplementedError("a compressed member of an archive is not read")
        return bytearray(archive.read(info))

    return read


for _function in (save, load):
    _function.__module__ = "torch"
    FUNCTIONS[_function.__name__] = _function


def __dir__() -> list[str]:
    return __all__
