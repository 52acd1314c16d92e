"""Files written whole or not at all, on disks that are really full where the system lets us make some."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from gradviz.whole_file import write_whole
from tests.conftest import Disk

posix = pytest.mark.skipif(os.name != "posix", reason="permissions and links as POSIX has them")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "folder"
    made.mkdir()
    return made


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_it_is_written_anew_and_over(folder: Path) -> None:
    path = folder / "é.py"
    for data in (b"one\r\n", b"", b"two" * 100_000):
        write_whole(path, data)
        assert path.read_bytes() == data
        assert names(folder) == ["é.py"]


@posix
@pytest.mark.parametrize("mode", [0o600, 0o644, 0o755, 0o664])
def test_permissions_are_kept(folder: Path, mode: int) -> None:
    path = folder / "a.py"
    path.write_bytes(b"old")
    path.chmod(mode)
    write_whole(path, b"new")
    assert stat.S_IMODE(path.stat().st_mode) == mode


@posix
def test_a_new_file_gets_the_permissions_that_others_get(folder: Path) -> None:
    (folder / "other").write_bytes(b"")
    write_whole(folder / "a.py", b"new")
    assert (folder / "a.py").stat().st_mode == (folder / "other").stat().st_mode


@posix
def test_it_is_written_now(folder: Path) -> None:
    path = folder / "a.py"
    path.write_bytes(b"old")
    os.utime(path, (0, 0))
    write_whole(path, b"new")
    assert path.stat().st_mtime > 0


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only the superuser gives files away")
def test_the_owner_is_kept(folder: Path) -> None:
    path = folder / "a.py"
    path.write_bytes(b"old")
    os.chown(path, 1234, 1235)
    write_whole(path, b"new")
    assert (path.stat().st_uid, path.stat().st_gid) == (1234, 1235)


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="attributes as Linux has them")
def test_attributes_are_kept(folder: Path) -> None:
    path = folder / "a.py"
    path.write_bytes(b"old")
    try:
        os.setxattr(path, "user.note", b"mine")
    except OSError:
        pytest.skip("this file system keeps no attributes")
    write_whole(path, b"new")
    assert os.getxattr(path, "user.note") == b"mine"


@posix
def test_a_link_stays_a_link(folder: Path) -> None:
    (folder / "there").mkdir()
    real, link, dangling = folder / "there" / "real.py", folder / "link.py", folder / "dangling.py"
    real.write_bytes(b"old")
    link.symlink_to(real)
    dangling.symlink_to(folder / "there" / "later.py")
    write_whole(link, b"new")
    write_whole(dangling, b"later")
    assert link.is_symlink()
    assert dangling.is_symlink()
    assert real.read_bytes() == b"new"
    assert (folder / "there" / "later.py").read_bytes() == b"later"


@posix
def test_what_is_no_file_is_left_alone(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    (folder / "inner").mkdir()
    for name, code in (("pipe", errno.EINVAL), ("inner", errno.EISDIR)):
        with pytest.raises(OSError, match=r"[Nn]ot a regular|directory") as refused:
            write_whole(folder / name, b"new")
        assert refused.value.errno == code
    assert names(folder) == ["inner", "pipe"]


def test_a_file_that_is_read_only_stays_as_it_is(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "a.py"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "access", lambda _path, mode: mode != os.W_OK)  # the superuser may write everywhere
    with pytest.raises(PermissionError):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"


def test_a_name_as_long_as_can_be(folder: Path) -> None:
    path = folder / ("é" * 120 + ".py")
    write_whole(path, b"new")
    write_whole(path, b"newer")
    assert path.read_bytes() == b"newer"


@pytest.mark.parametrize("where", ["fsync", "replace"])
def test_a_failure_leaves_the_old_file_and_nothing_beside_it(folder: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    path = folder / "a.py"
    path.write_bytes(b"old")

    def fail(*_args: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as disk:
        disk.setattr(os, where, fail)
        with pytest.raises(OSError, match="Input/output"):
            write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert names(folder) == ["a.py"]


def test_the_bytes_are_on_the_disk_before_the_old_ones_are_gone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    for name in ("fsync", "replace"):
        real = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *args, name=name, real=real: (done.append(name), real(*args)))
    write_whole(folder / "a.py", b"new")
    assert done[:2] == ["fsync", "replace"]


def test_a_full_disk(small_disk: Disk) -> None:
    path = small_disk.folder / "a.py"
    path.write_bytes(b"old")
    with pytest.raises(OSError, match="No space left") as full:
        write_whole(path, b"x" * (1 << 20))
    assert full.value.errno == errno.ENOSPC
    assert path.read_bytes() == b"old"
    assert names(small_disk.folder) == ["a.py"]


def test_a_disk_that_may_only_be_read(small_disk: Disk) -> None:
    path = small_disk.folder / "a.py"
    path.write_bytes(b"old")
    small_disk.make_read_only()
    with pytest.raises(OSError, match=r"[Rr]ead-only|denied"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"


KILLED = """
import os, signal, sys
sys.path.insert(0, {root!r})
from gradviz.whole_file import write_whole
real = os.{where}
def die(*args):
    os.kill(os.getpid(), signal.SIGKILL)
os.{where} = die
write_whole({path!r}, b"new" * 1000)
"""


@posix
@pytest.mark.parametrize("where", ["fsync", "replace"])
def test_a_kill_in_the_middle_leaves_the_old_file(folder: Path, where: str) -> None:
    path = folder / "a.py"
    path.write_bytes(b"old")
    program = KILLED.format(root=str(Path(__file__).parents[1]), where=where, path=str(path))
    assert subprocess.run([sys.executable, "-c", program], timeout=60, check=False).returncode == -9
    assert path.read_bytes() == b"old"
