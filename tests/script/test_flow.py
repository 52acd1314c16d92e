"""Which definition each use of a variable means."""

from __future__ import annotations

import ast

from gradviz.script.flow import Flow
from gradviz.script.program import Program


def meanings(text: str) -> dict[tuple[int, str], list[int]]:
    """By line and name of a use, the lines of the definitions it may mean."""
    flow = Flow.of(Program.of(text))
    found: dict[tuple[int, str], list[int]] = {}
    for use in flow.uses:
        lines = found.setdefault((use.node.lineno, use.node.id), [])
        lines[:] = sorted({*lines, *(one.statement.lineno for one in use.means)})
    return found


def webs(text: str, name: str) -> set[frozenset[int]]:
    """The groups of definitions of a name that cannot be told apart, by line."""
    flow = Flow.of(Program.of(text))
    return {frozenset(d.statement.lineno for d in flow.web(one)) for one in flow.named(name)}


def test_along_straight_lines_a_use_means_the_last_definition() -> None:
    text = "x = 1\nx = x + 1\nx += 2\nprint(x)\n"
    assert meanings(text) == {(2, "x"): [1], (3, "x"): [2], (4, "x"): [3]}
    assert webs(text, "x") == {frozenset({1}), frozenset({2, 3})}


def test_ways_that_join() -> None:
    text = "a = 1\nif a:\n    x = 1\nelif a > 1:\n    x = 2\nelse:\n    x = 3\n    x = 4\nprint(x)\n"
    assert meanings(text)[9, "x"] == [3, 5, 8]
    assert webs(text, "x") == {frozenset({3, 5, 8}), frozenset({7})}


def test_loops_run_any_number_of_times() -> None:
    text = "x = 1\nfor i in range(3):\n    print(x, i)\n    x = i\n    if x: break\n    x = 2\nprint(x)\nwhile x:\n    x -= 1\n"
    found = meanings(text)
    assert found[3, "x"] == [1, 4, 6]
    assert found[7, "x"] == [1, 4, 6]
    assert found[8, "x"] == [1, 4, 6, 9]
    assert found[5, "x"] == [4]


def test_a_loop_may_read_what_only_an_earlier_round_made() -> None:
    assert meanings("for i in [1]:\n    if i: print(y)\n    y = i\n")[2, "y"] == [3]


def test_try_may_be_left_anywhere() -> None:
    text = "x = 1\ntry:\n    x = 2\n    x = 3\nexcept ValueError as e:\n    print(x, e)\n"
    text += "else:\n    print(x)\nfinally:\n    print(x)\n"
    found = meanings(text)
    assert found[6, "x"] == [1, 3, 4]
    assert found[8, "x"] == [4]
    assert found[10, "x"] == [1, 3, 4]
    assert found[6, "e"] == [2]


def test_functions_read_later() -> None:
    text = "x = 1\ndef f(a, b=x):\n    return x + a\nx = 2\n"
    text += "class A:\n    x = 3\n    y = x\n    def m(self): return x\ng = lambda q: q + x\n"
    found = meanings(text)
    assert found[2, "x"] == [1]
    assert found[3, "x"] == found[8, "x"] == found[9, "x"] == [1, 4]
    assert (7, "x") not in found
    assert (3, "a") not in found


def test_a_function_that_says_global_defines_too() -> None:
    text = "x = 1\ndef f():\n    global x\n    x = 2\nf()\nprint(x)\n"
    assert meanings(text)[6, "x"] == [1, 4]


def test_a_function_s_own_variables_are_its_own() -> None:
    text = "x = 1\ndef f():\n    x = 2\n    def g():\n        nonlocal x\n        return x\n    return g() + x\nprint(x)\n"
    assert meanings(text) == {(8, "x"): [1]}


def test_comprehensions_have_variables_of_their_own() -> None:
    text = "x = [1]\ny = [x for x in x]\nz = {a: x for a in x for b in [a]}\nprint(a := 3, [c := d for d in x], c)\n"
    found = meanings(text)
    assert found[2, "x"] == [1]
    assert (3, "a") not in found
    assert found[3, "x"] == [1]
    assert found[4, "c"] == [4]


def test_other_ways_to_define() -> None:
    text = (
        "import math as m\nfrom torch import nn\nwith open(m) as f, f:\n    pass\n"
        "match f:\n    case [a, *b] if a: print(b)\n    case {'k': c, **d}: print(c, d)\n    case nn.X(e) as g: print(e, g)\n"
        "x: int\nx = 1\ndel x\n"
    )
    found = meanings(text)
    assert found[3, "m"] == [1]
    assert found[3, "f"] == [3]
    assert {key for key in found if key[0] in (6, 7, 8)} == {
        *((6, "a"), (6, "b"), (7, "c"), (7, "d"), (8, "nn"), (8, "e"), (8, "g")),
    }
    assert found[9, "x"] == found[11, "x"] == [10]


def test_expressions_in_f_strings_are_where_they_stand() -> None:
    text = "é = f\"ü{x + 1} {y!r:>{w}}\" \"{no}\" f'''\n{ x = } {a[\"k\"]:{b}}'''  # {x}\n"
    program = Program.of(text)
    names = [node for node in ast.walk(program.tree) if isinstance(node, ast.Name)]
    assert sorted(program.source(node) for node in names) == sorted(node.id for node in names)
    assert {program.source(node) for node in ast.walk(program.tree) if isinstance(node, (ast.BinOp, ast.Subscript))} == {
        "x + 1",
        'a["k"]',
    }


def test_lines_end_in_every_way() -> None:
    text = "a = 1\r\nb = '''x\r\ny'''\rc = 3\nd = a"
    program = Program.of(text)
    assert [program.source(one) for one in program.tree.body] == ["a = 1", "b = '''x\r\ny'''", "c = 3", "d = a"]
    assert [program.ending(line) for line in (1, 2, 3, 4, 5)] == ["\r\n", "\r\n", "\r", "\n", "\n"]
