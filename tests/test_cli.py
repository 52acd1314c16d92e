"""The command line: what it prints, where, and with which exit status."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from gradviz.cli import main

Capture = pytest.CaptureFixture[str]

SQUARES = """import torch

x = torch.ones(2, 2, requires_grad=True)
c = torch.tensor([1.0, 2.0])
y = x + c
out = (y * y).mean()
out.backward()
print("done", x.grad.shape)
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "squares.py"
    path.write_text(SQUARES)
    return path


def write(folder: Path, text: str, name: str = "script.py") -> str:
    path = folder / name
    path.write_text(text)
    return str(path)


def one_line(text: str) -> str:
    assert text.endswith("\n")
    assert text.count("\n") == 1, text
    return text.rstrip("\n")


def test_trace_json_prints_one_object_and_nothing_else_on_stdout(script: Path, capfd: Capture) -> None:
    assert main(["trace", str(script), "--json"]) == 0
    printed, complaints = capfd.readouterr()
    found = json.loads(one_line(printed))
    assert set(found) == {"ops", "passes", "events", "leaves", "error"}
    assert (found["ops"], found["passes"], found["error"]) == (3, 1, None)
    assert found["events"] > 10
    assert found["leaves"] == {
        "x": {"shape": [2, 2], "requires_grad": True, "grad": [[1.0, 1.5], [1.0, 1.5]]},
        "c": {"shape": [2], "requires_grad": False, "grad": None},
    }
    assert complaints == "done torch.Size([2, 2])\n"


def test_bad_numbers_survive_json(tmp_path: Path, capfd: Capture) -> None:
    path = write(tmp_path, "import torch\nx = torch.zeros(1, requires_grad=True)\n(x.sqrt() * 0).sum().backward()\n")
    assert main(["trace", path, "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["leaves"]["x"]["grad"] == ["nan"]


def test_a_recording_is_kept_and_read_again(script: Path, tmp_path: Path, capfd: Capture) -> None:
    kept = tmp_path / "run.gradviz"
    assert main(["trace", str(script), "-o", str(kept)]) == 0
    first = capfd.readouterr()
    assert main(["trace", str(kept)]) == 0
    assert capfd.readouterr() == first
    assert main(["trace", str(script), "--json"]) == 0
    ran = capfd.readouterr()
    assert main(["trace", str(kept), "--json"]) == 0
    assert capfd.readouterr() == ran


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("import torch\nx = torch.ones(2\n", 2, "SyntaxError"),
        ("import torch\nprint('before')\n(torch.ones(2) + torch.ones(3)).sum()\n", 3, "The size of tensor a (2) must match"),
        ("import os\n", 1, "os"),
        ("import torch\ntorch.ones(2).backward()\n", 2, "does not require grad"),
    ],
)
def test_a_scripts_error_is_one_line_with_its_place(text: str, line: int, said: str, tmp_path: Path, capfd: Capture) -> None:
    path = write(tmp_path, text)
    assert main(["trace", path]) == 1
    printed, complaints = capfd.readouterr()
    complaint = one_line(complaints)
    assert complaint.startswith(f"{path}:{line}: ")
    assert said in complaint
    assert printed == ("before\n" if "before" in text else "")


def test_json_tells_the_error_too(tmp_path: Path, capfd: Capture) -> None:
    path = write(tmp_path, "import torch\nx = torch.ones(2, requires_grad=True)\nx.backward()\n")
    assert main(["trace", path, "--json"]) == 1
    printed, complaints = capfd.readouterr()
    error = json.loads(printed)["error"]
    assert (error["type"], error["line"]) == ("RuntimeError", 3)
    assert error["message"] == "grad can be implicitly created only for scalar outputs"
    one_line(complaints)


def test_trust_lifts_the_restrictions(tmp_path: Path, capfd: Capture) -> None:
    path = write(tmp_path, "import os\nprint(os.getpid() > 0)\n")
    assert main(["trace", path]) == 1
    assert "--trust" in one_line(capfd.readouterr().err)
    assert main(["trace", path, "--trust"]) == 0
    assert capfd.readouterr().out == "True\n"


def test_what_the_terminal_cannot_show_is_escaped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr("sys.stdout", shown)
    assert main(["trace", write(tmp_path, "print('caf\\u00e9')\n")]) == 0
    shown.flush()
    assert shown.buffer.getvalue() == b"caf\\xe9\n"


def test_an_endless_script_is_stopped(tmp_path: Path, capfd: Capture) -> None:
    path = write(tmp_path, "print('on')\nwhile True:\n    pass\n")
    assert main(["trace", path, "--seconds", "0.3"]) == 1
    printed, complaints = capfd.readouterr()
    assert printed == "on\n"
    assert "0.3" in one_line(complaints)


@pytest.mark.parametrize(
    "arguments",
    [
        ["trace"],
        ["trace", "gone.py"],
        ["trace", "."],
        ["trace", "squares.py", "-o", "run.txt"],
        ["trace", "squares.py", "-o", "nowhere/run.gradviz"],
        ["trace", "squares.py", "--seconds", "0"],
        ["trace", "squares.py", "--seconds", "soon"],
        ["trace", "squares.py", "--seconds", "nan"],
        ["trace", "squares.py", "--memory", "inf"],
        ["trace", "binary.gradviz"],
        ["trace", "binary.py"],
        ["export", "squares.py"],
        ["export", "squares.py", "-o", "picture.gif"],
        ["export", "squares.py", "-o", "picture.png", "--event", "100000"],
        ["export", "squares.py", "-o", "picture.png", "--event", "-1"],
        ["export", "squares.py", "-o", "picture.png", "--theme", "pink"],
        ["export", "squares.py", "-o", "nowhere/picture.svg"],
        ["--unknown"],
        ["gone.py"],
        ["a.py", "b.py"],
    ],
    ids=" ".join,
)
def test_misuse_is_one_line_and_status_2(
    arguments: list[str], script: Path, monkeypatch: pytest.MonkeyPatch, capfd: Capture, qapp: object
) -> None:
    monkeypatch.chdir(script.parent)
    for name in ("binary.gradviz", "binary.py"):
        (script.parent / name).write_bytes(b"\x7fELF\x00\x00")
    assert main(arguments) == 2
    printed, complaints = capfd.readouterr()
    assert printed == ""
    assert one_line(complaints.removeprefix("done torch.Size([2, 2])\n")).startswith("gradviz: ")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("event", ["0", "end"])
def test_export_draws_png_and_svg(theme: str, event: str, script: Path, capfd: Capture, qapp: object) -> None:
    for suffix, start in ((".png", b"\x89PNG"), (".svg", b"<?xml")):
        picture = script.with_suffix(suffix)
        assert main(["export", str(script), "-o", str(picture), "--event", event, "--theme", theme]) == 0
        assert picture.read_bytes().startswith(start)
    assert capfd.readouterr().out == ""


def test_help_and_version_need_nothing(capfd: Capture) -> None:
    for arguments, said in ((["--help"], "trace FILE"), (["trace", "--help"], "--json"), (["--version"], "gradviz 0")):
        with pytest.raises(SystemExit) as caught:
            main(arguments)
        assert caught.value.code == 0
        assert said in capfd.readouterr().out
