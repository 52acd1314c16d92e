"""Files written whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
import uuid
from pathlib import Path


def write_whole(path: str | os.PathLike[str], data: bytes) -> None:
    """Makes a file hold exactly these bytes, whatever happens meanwhile: it holds the old ones or the new ones.

    They are written to a neighbour first, which is on the disk before it takes the file's place. It keeps the file's
    permissions and owner; where the path is a link, the link stays and what it leads to is written.

    Raises:
        OSError: The disk is full, or the place cannot be written to; the file is as it was, and nothing is left beside it.
    """
    target = Path(os.path.realpath(path))
    old = _state(target)
    if old is not None and not stat.S_ISREG(old.st_mode):
        code = errno.EISDIR if stat.S_ISDIR(old.st_mode) else errno.EINVAL
        raise OSError(code, "Is a directory" if code == errno.EISDIR else "Not a regular file", str(target))
    if old is not None and not os.access(target, os.W_OK):
        os.close(os.open(target, os.O_WRONLY))  # the system says why
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(target))
    part = target.with_name(f".{target.name[:50]}.{uuid.uuid4().hex[:8]}.part")
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        with open(part, "wb", opener=lambda name, _flags: os.open(name, flags, 0o666)) as file:
            file.write(data)
            file.flush()
            if old is not None:
                _take_over(target, old, part)
            os.fsync(file.fileno())
        os.replace(part, target)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink()
        raise
    _secure_folder(target.parent)


def _state(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _take_over(old: Path, state: os.stat_result, new: Path) -> None:
    """Gives a new file an old one's owner, permissions and attributes, as far as this user may."""
    if hasattr(os, "chown"):
        with contextlib.suppress(OSError):
            os.chown(new, state.st_uid, state.st_gid)
    with contextlib.suppress(OSError):
        shutil.copystat(old, new)
    os.utime(new)  # but it is written now


def _secure_folder(folder: Path) -> None:
    """Has a folder's entries written to the disk, where the system knows of such a thing."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
