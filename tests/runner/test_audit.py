"""The second wall: what a process behind it may not do, even with all of Python in its hands."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

FORBIDDEN = {
    "a shell": "import os; os.system('true')",
    "a process": "import subprocess, sys; subprocess.Popen([sys.executable, '-V'])",
    "a fork": "import os; os.fork()",
    "an exec": "import os; os.execv('/bin/true', ['true'])",
    "writing a file": "open('made', 'w')",
    "appending to a file": "open('made', 'a')",
    "writing by descriptor": "import os; os.open('made', os.O_WRONLY | os.O_CREAT)",
    "reading a file": "open('/etc/passwd')",
    "removing a file": "import os; os.remove('kept')",
    "renaming a file": "import os; os.rename('kept', 'made')",
    "a socket": "import socket; socket.socket()",
    "C code": "import ctypes; ctypes.CDLL(None)",
    "new code": "from types import CodeType; (lambda: 0).__code__.replace(co_name='x')",
    "all objects": "import gc; gc.get_objects()",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_what_is_refused_behind_the_wall(what: str, tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    (place / "kept").write_text("kept")
    code = f"from gradviz.runner.audit import wall_in\nwall_in()\n{FORBIDDEN[what]}\n"
    ended = subprocess.run(
        [sys.executable, "-c", code],
        cwd=place,
        env={"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "PermissionError: a restricted script may not reach the system" in ended.stderr
    assert [path.name for path in place.iterdir()] == ["kept"]


def test_modules_are_still_read_behind_the_wall() -> None:
    code = "from gradviz.runner.audit import wall_in\nwall_in()\nimport json, decimal, xml.dom\nprint('read')"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ended.stdout, ended.stderr) == ("read\n", "")
