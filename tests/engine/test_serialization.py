"""torch.save and torch.load: PyTorch's own files, and nothing in them that runs."""

from __future__ import annotations

import io
import os
import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest

import engine as torch

SAVED = Path(__file__).parent / "data" / "saved_by_torch.pt"
"""Written by PyTorch 2.13."""


def again(thing: Any) -> Any:
    """What comes back."""
    file = io.BytesIO()
    torch.save(thing, file)
    file.seek(0)
    return torch.load(file)


def archive_of(data: bytes, **members: bytes) -> io.BytesIO:
    """An archive with a pickle of one's own."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", data)
        for name, content in members.items():
            archive.writestr(f"archive/data/{name.removeprefix('m')}", content)
    file.seek(0)
    return file


def test_a_file_of_pytorch_is_read() -> None:
    found = torch.load(SAVED)
    assert isinstance(found["weights"], OrderedDict)
    assert list(found["weights"]) == ["weight", "bias"]
    assert found["weights"]._metadata == {"": {"version": 1}}
    torch.manual_seed(0)
    layer = torch.nn.Linear(2, 1)
    assert torch.equal(found["weights"]["weight"], layer.weight)
    layer.load_state_dict(found["weights"])
    assert [t.dtype for t in found["kinds"]] == [
        torch.float16, torch.float64, torch.complex64, torch.int8, torch.uint8, torch.int64, torch.bool,
    ]  # fmt: skip
    assert found["numbers"] == (3, -5, 2**80, 1.5, 1 + 2j, True, None)
    assert found["text"] == ("é", b"ab\xff", bytearray(b"x"))
    assert found["sizes"] == torch.Size([1, 2])
    assert isinstance(found["sizes"], torch.Size)
    assert (found["dtype"], found["device"], found["set"]) == (torch.float32, torch.device("cpu"), {1})
    assert found["turned"].stride() == (1, 3)
    assert found["empty"].shape == (0, 3)
    assert isinstance(found["parameter"], torch.nn.Parameter)
    assert found["parameter"].requires_grad
    assert found["leaf"].requires_grad
    assert found["leaf"].is_leaf


@pytest.mark.parametrize("found", [pytest.param(torch.load(SAVED), id="by PyTorch"), pytest.param(None, id="by the engine")])
def test_shared_memory_stays_shared(found: Any) -> None:
    found = found or again({"whole": (base := torch.arange(6.0)), "part": base[2:4]})
    found["whole"][2] = 9
    assert found["part"].tolist() == [9.0, 3.0]


def test_what_was_saved_comes_back() -> None:
    given = torch.load(SAVED)
    assert repr(again(given)) == repr(given)
    model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 1))
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.ones(3, 2)).sum().backward()
    optimizer.step()
    state = {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
    assert repr(again(state)) == repr(state)


def test_one_thing_in_two_places_stays_one() -> None:
    inner = [1]
    x = torch.ones(2)
    found = again([inner, inner, x, x])
    assert found[0] is found[1]
    assert found[2] is found[3]
    loop: list[Any] = []
    loop.append(loop)
    assert (back := again(loop))[0] is back


def test_a_path_is_written_and_read(tmp_path: Path) -> None:
    torch.save({"x": torch.ones(2)}, tmp_path / "x.pt")
    assert torch.load(str(tmp_path / "x.pt"), map_location="cpu", weights_only=True)["x"].tolist() == [1.0, 1.0]
    with zipfile.ZipFile(tmp_path / "x.pt") as archive:
        assert "x/data.pkl" in archive.namelist()


class Hostile:
    """What a pickle may do."""

    def __init__(self, function: Any, *args: Any) -> None:
        self.call = (function, args)

    def __reduce__(self) -> Any:
        return self.call


@pytest.mark.parametrize("call", [(os.system, "true"), (eval, "1"), (getattr, "a", "upper")])
@pytest.mark.parametrize("protocol", [2, 4])
def test_nothing_in_a_file_runs(call: tuple[Any, ...], protocol: int) -> None:
    with pytest.raises(pickle.UnpicklingError, match=r"Unsupported global|protocol 4"):
        torch.load(archive_of(pickle.dumps(Hostile(*call), protocol)))


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\x80\x02ctorch\nfloat32\n)R.", "unrecognized function"),
        (b"\x80\x02ccollections\nOrderedDict\n)R}X\x05\x00\x00\x00itemsK\x01sb.", "Can only build"),
        (b"\x80\x02}K\x01a.", "Can only append"),
        (b"\x80\x02K\x01(K\x01K\x02u.", "Can only set items"),
        (b"\x80\x02K\x01Q.", "broken pickle"),
        (b"\x80\x02h\x07.", "broken pickle"),
        (b"\x80\x02t.", "broken pickle"),
        (b"\x80\x02P0\n.", "Unsupported operand"),
    ],
)
def test_a_broken_pickle_is_refused(data: bytes, text: str) -> None:
    with pytest.raises(pickle.UnpicklingError, match=text):
        torch.load(archive_of(data))


def test_a_tensor_does_not_reach_outside_its_memory() -> None:
    head = b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storage"
    head += b"ctorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpu"
    for tail, text in (
        (b"K\x02tQK\x00K\x03\x85K\x01\x85\x89)tR.", "out of bounds"),
        (b"K\x02tQK\x05K\x01\x85K\x01\x85\x89)tR.", "out of bounds"),
        (b"K\x02tQJ\xff\xff\xff\xffK\x01\x85K\x01\x85\x89)tR.", "whole numbers"),
        (b"K\x09tQK\x00K\x01\x85K\x01\x85\x89)tR.", "8 bytes, not 9 elements"),
    ):
        with pytest.raises((pickle.UnpicklingError, RuntimeError), match=text):
            torch.load(archive_of(head + tail, m0=bytes(8)))


def test_what_is_not_written_or_read_is_named() -> None:
    with pytest.raises(NotImplementedError, match=r"torch\.save of torch\.nn\.modules\.linear\.Linear"):
        torch.save(torch.nn.Linear(1, 1), io.BytesIO())
    with pytest.raises(NotImplementedError, match="zip archives only"):
        torch.load(io.BytesIO(pickle.dumps({})))
    with pytest.raises(NotImplementedError, match="weights_only=False"):
        torch.load(archive_of(pickle.dumps(Hostile(os.system, "true"), 2)), weights_only=False)
    with pytest.raises(EOFError):
        torch.load(io.BytesIO())
    with pytest.raises(FileNotFoundError):
        torch.load("no such file")
