"""The catalogue of ops: fresh, whole, and found by what people type."""

from __future__ import annotations

import subprocess
import sys

import pytest

from gradviz.resource_files import resource
from gradviz.script.catalogue import categories, entries, entry, search
from gradviz.script.make_catalogue import read_words, runs, text


def test_the_file_is_what_the_engine_and_the_words_give_now() -> None:
    assert resource("catalogue.json").read_text("utf-8") == text(), "run `make catalogue`"


def test_reading_it_does_not_import_the_engine() -> None:
    code = "import sys; from gradviz.script.catalogue import entries; assert entries(); print('engine' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_every_op_says_how_it_is_called_and_what_it_means() -> None:
    for one in entries():
        assert one.meaning.endswith("."), one.name
        assert one.category in categories()
        assert one.name in one.signature or one.name == "index"
        assert one.path.startswith("torch."), one.name


def test_every_op_runs_as_it_is_written() -> None:
    assert [one.name for one in entries() if not runs(one.writing)] == []


def test_what_people_type_finds_what_they_mean() -> None:
    found = {
        "+": "add",
        "plus": "add",
        "times": "mul",
        "*": "mul",
        "/": "div",
        "@": "matmul",
        "**": "pow",
        "relu": "relu",
        "ReLU": "relu",
        "torch.relu(": "relu",
        ".mean": "mean",
        "softmax": "softmax",
        "soft": "softmax",
        "sfm": "softmax",
        "norm": "norm",
        "mul": "mul",
        "average": "mean",
        "ln": "log",
        "mean squared error": "mse_loss",
        "mse": "mse_loss",
        "bce": "binary_cross_entropy",
        "log soft": "log_softmax",
        "absolute": "abs",
        "concat": "cat",
        "cut": "detach",
        "[]": "index",
        "reshap": "reshape",
    }
    assert {typed: search(typed)[0].name for typed in found} == found


def test_search_ranks_names_before_words_and_answers_nonsense_with_nothing() -> None:
    names = [one.name for one in search("loss")]
    assert {"mse_loss", "l1_loss", "huber_loss"} <= set(names[:5])
    assert names.index("mse_loss") < names.index("cross_entropy")
    assert search("qqqq") == ()
    assert search("") == entries()[:50]
    assert len(search("a", limit=3)) == 3


def test_ops_are_known_by_all_their_names() -> None:
    assert entry("absolute") is entry("abs") is entry("torch.abs")
    assert entry("multiply") is entry("mul")
    assert entry("no_such_op") is None


def test_inputs_and_what_stands_for_them() -> None:
    add, cat, where, linear = (entry(name) for name in ("add", "cat", "where", "linear"))
    assert add is not None
    assert (add.inputs, add.most_inputs, add.fills) == (2, 2, {1: "2"})
    assert cat is not None
    assert cat.takes_many
    assert cat.options == {"dim": "0"}
    assert where is not None
    assert where.inputs == 3
    assert linear is not None
    assert (linear.inputs, linear.most_inputs) == (2, 3)
    assert entry("dropout").random  # type: ignore[union-attr]


def test_words_that_say_nothing_are_named() -> None:
    with pytest.raises(ValueError, match="line 2: not four columns"):
        read_words("[Arithmetic]\nadd {0} + {1}\n")
    with pytest.raises(ValueError, match="line 2: add again"):
        read_words("add ::  :: Sum. ::\nadd ::  :: Sum. ::\n")
