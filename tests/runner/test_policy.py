"""What an untrusted script may not do, and what it may."""

# ruff: noqa: E501 (a script stands on one line)
from __future__ import annotations

from pathlib import Path

import pytest

from gradviz.recording import Recording
from gradviz.runner import record

PRELUDE = """
import torch
x = torch.ones(2, requires_grad=True)
y = (x * 2).sum()
def f(): return 1
def g(): yield 1
class A:
    pass
"""


def restricted(text: str) -> Recording:
    return record(PRELUDE + text)


# Each of these must be refused, before or while it runs.
ESCAPES = {
    "a pattern by position": "class X:\n    __match_args__ = ('__globals__',)\nmatch y:\n    case X(z):\n        z",
    "a namespace with hooks": "import types, copy\ncopy.copy(types.SimpleNamespace(**{'__reduce_ex__': lambda p: (print, ())}))",
    "a field renamed": "import dataclasses\n@dataclasses.dataclass\nclass D:\n    a: int\ndataclasses.fields(D)[0].name = 'b'",
    "an array's subclass": "class M(type(y.detach().numpy())):\n    pass\nM.dump",
    "import os": "import os",
    "import sub": "import os.path",
    "import from": "from os import system",
    "import sys": "import sys; sys.modules",
    "import numpy": "import numpy",
    "import builtins": "import builtins",
    "import importlib": "import importlib",
    "import ctypes": "import ctypes",
    "import subprocess": "import subprocess",
    "import pickle": "import pickle",
    "import socket": "import socket",
    "import inspect": "import inspect",
    "import gc": "import gc",
    "import threading": "import threading",
    "import io": "import io",
    "import gradviz": "import gradviz.runner",
    "import the observer": "import engine.observe",
    "import the table": "from torch.table import TABLE",
    "import star": "from math import *",
    "import relative": "from . import worker",
    "import with __import__": "__import__('os')",
    "__import__ by another name": "i = __import__",
    "__builtins__": "__builtins__['open']",
    "open": "open('/etc/passwd')",
    "eval": "eval('1')",
    "exec": "exec('1')",
    "compile": "compile('1', '', 'eval')",
    "globals": "globals()",
    "locals": "locals()",
    "vars": "vars(A)",
    "breakpoint": "breakpoint()",
    "help": "help()",
    "open through a name of its own": "def open_(): pass\nfor open in [1]: pass\ndel open\nopen('/etc/passwd')",
    "real abc module": "from collections import abc\nabc.sys",
    "private module of random": "import random\nrandom._os",
    "module within a module": "import statistics\nstatistics.sys",
    "changing a module": "import math\nmath.pi = 3",
    "changing torch": "torch.add = f",
    "patching a class of torch": "torch.Tensor.add = f",
    "setattr on a class of torch": "setattr(torch.Tensor, 'add', f)",
    "subclasses": "().__class__.__base__.__subclasses__()",
    "mro": "A.__mro__",
    "mro method": "A.mro()",
    "bases": "A.__bases__",
    "dict": "A.__dict__",
    "dict of an object": "A().__dict__",
    "globals of a function": "f.__globals__",
    "code of a function": "f.__code__",
    "closure": "f.__closure__",
    "replacing code": "f.__code__ = g.__code__",
    "defaults": "f.__defaults__",
    "builtins of a function": "f.__builtins__",
    "func_globals": "f.func_globals",
    "wrapped": "import functools\nfunctools.lru_cache(f).__wrapped__",
    "self of a builtin": "len.__self__",
    "self of a method": "[].append.__self__",
    "func of a method": "A.f = f\nA().f.__func__",
    "getattr special": "getattr(f, '__globals__')",
    "getattr of a made name": "getattr(f, '__glo' + 'bals__')",
    "hasattr special": "hasattr(f, '__globals__')",
    "getattr with a string's subclass": "class S(str):\n    def startswith(self, *a): return False\ngetattr(f, S('__globals__'))",
    "setattr special": "setattr(A, '__match_args__', ('__globals__',))",
    "delattr": "delattr(torch, 'add')",
    "map getattr": "list(map(getattr, [f], ['__globals__']))",
    "reduce getattr": "import functools\nfunctools.reduce(getattr, ['__class__', '__base__'], ())",
    "partial getattr": "import functools\nfunctools.partial(getattr, f)('__code__')",
    "attrgetter": "import operator\noperator.attrgetter('__globals__')",
    "methodcaller": "import operator\noperator.methodcaller('__class__')",
    "update_wrapper": "import functools\nfunctools.update_wrapper(A(), f, assigned=['__globals__'])",
    "wraps with assigned": "import functools\nfunctools.wraps(f, assigned=('__globals__',))",
    "singledispatch evaluates annotations": "import functools\nfunctools.singledispatch",
    "get_type_hints": "import typing\ntyping.get_type_hints",
    "format": "assert '{0.__globals__}'.format(f) == ''",
    "format through the class": "str.format('{0.__globals__}', f)",
    "format_map": "'{f.__code__}'.format_map({'f': f})",
    "format of an item": "'{0[0].__globals__}'.format([f])",
    "format taken apart": "h = '{0.__class__.__base__}'.format\nh(f)",
    "format by getattr": "getattr('{0.__globals__}', 'format')(f)",
    "format of a subclass": "class S(str): pass\nS('{0.__globals__}').format(f)",
    "format through super": "class S(str):\n    def go(self, o): return super().format(o)\nS('{0.__globals__}').go(f)",
    "format in a nested field": "'{0:{1.__globals__}}'.format(1, f)",
    "UserString": "import collections\ncollections.UserString",
    "string.Formatter": "import string\nstring.Formatter",
    "f-string": "f'{f.__globals__}'",
    "f-string format": "f'{1:{f.__code__}}'",
    "type with three arguments": "type('X', (), {})",
    "type of type": "type(type(1))('X', (), {'__getattribute__': f})",
    "type as a base": "class M(type): pass",
    "type of a function": "type(f)",
    "type of a lambda": "type(lambda: 0)",
    "class of a function": "f.__class__",
    "type of a generator": "type(g())",
    "type of a method": "type(A().__init__)",
    "type of a code object": "type(y.grad_fn.location[0])",
    "metaclass": "class M(metaclass=A): pass",
    "metaclass by keywords": "class M(**{'metaclass': A}): pass",
    "super as a base": "class S(super): pass",
    "traceback": "try:\n    1 / 0\nexcept Exception as e:\n    e.__traceback__.tb_frame",
    "traceback by getattr": "try:\n    1 / 0\nexcept Exception as e:\n    getattr(e, '__traceback__')",
    "context of an exception": "try:\n    1 / 0\nexcept Exception as e:\n    e.__context__",
    "traceback given to __exit__": (
        "class C:\n    def __enter__(self): pass\n    def __exit__(self, t, v, tb):\n        getattr(tb, 'tb_' + 'frame')\n"
        "with C():\n    1 / 0"
    ),
    "with_traceback": "ValueError().with_traceback",
    "gi_frame": "g().gi_frame",
    "gi_frame by getattr": "getattr(g(), 'gi_' + 'frame')",
    "gi_code": "g().gi_code",
    "f_back": "x.f_back",
    "match a keyword": "match f:\n    case object(__globals__=z): pass",
    "match an op's row": "match torch.add:\n    case object(op=z): pass",
    "match a dotted name": "match 1:\n    case torch.add.op: pass",
    "match args": "class M:\n    __match_args__ = ('__globals__',)",
    "op of a function": "torch.add.op",
    "op by getattr": "getattr(torch.add, 'op')",
    "in_place of a function": "torch.add.in_place",
    "location of a node": "y.grad_fn.location",
    "location by getattr": "getattr(y.grad_fn, 'loc' + 'ation')",
    "evaluate of a node": "y.grad_fn.evaluate",
    "private part of a node": "y.grad_fn._edges",
    "private part of a tensor": "x._value",
    "private part through a subclass": "class T(torch.Tensor):\n    def v(self): return self._value\nT([1.0]).v()",
    "private part through super": "class T(torch.Tensor):\n    def v(self): return super()._value\nT([1.0]).v()",
    "counter of a tensor": "x._counter",
    "observed slot": "x._observed",
    "places on an error": ("z = x.exp()\nz += 1\ntry:\n    z.sum().backward()\nexcept RuntimeError as e:\n    e.saved_at"),
    "ctypes of an array": "x.detach().numpy().ctypes",
    "tofile of an array": "x.detach().numpy().tofile('/tmp/gradviz-escape')",
    "dump of an array": "x.detach().numpy().dump('/tmp/gradviz-escape')",
    "base of an array": "x.detach().numpy().base",
    "resize of an array": "x.detach().numpy().resize(10)",
    "strides of an array": "x.detach().numpy().strides = (1 << 20,)",
    "data of an array": "x.detach().numpy().data",
    "class of an array": "x.detach().numpy().__class__.__mro__",
    "interface of an array": "x.detach().numpy().__array_interface__",
    "newbyteorder of a dtype": "x.detach().numpy().dtype.newbyteorder",
    "torch.load": "torch.load('/tmp/x')",
    "torch.save": "torch.save(x, '/tmp/gradviz-escape')",
    "import torch.load": "from torch import load",
    "from_file": "torch.from_file('/etc/passwd')",
    "ctx of a Function": (
        "class F(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, a):\n        ctx._edges\n        return a * 1\nF.apply(x)"
    ),
    "ctx's location": (
        "class F(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, a):\n        getattr(ctx, 'location')\n"
        "        return a * 1\nF.apply(x)"
    ),
    "frame in a hook": "x.register_hook(lambda grad: grad.f_back)\ny.backward()",
    "make_dataclass": "import dataclasses\ndataclasses.make_dataclass",
    "fields that are code": (
        "import dataclasses\n@dataclasses.dataclass\nclass D:\n    __annotations__ = {'x: int=__import__(\"os\")': int}"
    ),
    "annotations by setattr": "setattr(A, '__annotations__', {})",
    "enum reads any module": "import enum\nclass E(enum.Enum):\n    a = 1\nE._convert_('X', 'os', lambda n: n == 'system')",
    "enum's own private": "import enum\nclass E(enum.Enum):\n    a = 1\ngetattr(E, '_conv' + 'ert_')",
    "abc register": "import abc\nclass B(abc.ABC): pass\nB.register(A)",
    "reduce": "class R:\n    def __reduce__(self): return (f, ())",
    "reduce_ex read": "x.__reduce_ex__",
    "getattribute": "class R:\n    def __getattribute__(self, n): return 1",
    "object getattribute": "object.__getattribute__(f, '__globals__')",
    "object setattr": "object.__setattr__(A(), 'a', 1)",
    "del method": "class R:\n    def __del__(self): pass",
    "class cell": "class R:\n    def m(self): return __class__",
    "module of a class": "A.__module__ = 'os'",
    "module in a body": "class R:\n    __module__ = 'os'",
    "loader": "__loader__",
    "spec": "__spec__",
    "async": "async def h(): pass",
    "await": "async def h():\n    await f()",
    "except star": "try: pass\nexcept* ValueError: pass",
    "memoryview": "memoryview(b'')",
    "print to a stream's insides": "import sys\nsys.stdout._output",
    "dataclass eval of defaults": "import typing\ntyping.ForwardRef",
    "private of partial": "import functools\nfunctools.partial(f).__self__",
    "iterator's reduce": "iter([]).__reduce__",
    "exception's object": "try:\n    torch.nothing\nexcept AttributeError as e:\n    e.obj._really",
    "weak reference": "x.__weakref__",
    "named tuple's new globals": "import collections\ncollections.namedtuple('N', 'a').__new__.__globals__",
    "a protocol that reads anything": (
        "import typing, dataclasses\n@dataclasses.dataclass\nclass P(typing.Protocol):\n    op: object\n"
        "    _is_runtime_protocol = True\nmatch torch.add:\n    case P(row): pass"
    ),
    "a protocol by what derives from one": "import typing\nclass P(typing.SupportsInt):\n    _is_protocol = True",
    "wraps on a class of the engine": "import functools\nfunctools.wraps(f)(torch.autograd.graph.Node)",
    "wraps on a function of the engine": "import functools\nfunctools.wraps(f)(torch.add)",
    "wraps copies what a function carries": "import functools\n@functools.wraps(torch.add)\ndef h(): pass\nh.op",
    "lru_cache copies what a function carries": "import functools\nfunctools.lru_cache(torch.add).op",
    "dataclass on a class of the engine": "import dataclasses\ndataclasses.dataclass(torch.autograd.graph.Node)",
    "dataclass over a class of the engine": (
        "import dataclasses\n@dataclasses.dataclass\nclass T(torch.Tensor):\n    _value: int"
    ),
    "total_ordering on a class of the engine": "import functools\nfunctools.total_ordering(torch.Tensor)",
    "a memo that sees the inside": "import copy\ncopy.deepcopy(y.grad_fn, {})",
    "its own module's name": "__name__ = 'os'",
    "builtins by global": "global __builtins__\n__builtins__ = {}",
    "builtins by import": "import math as __builtins__",
    "builtins by argument": "def h(__builtins__): pass",
    "builtins by except": "try: pass\nexcept ValueError as __builtins__: pass",
    "builtins by pattern": "match 1:\n    case __builtins__: pass",
    "builtins by walrus": "(__builtins__ := {})",
    "dataclass of a node's class": "import dataclasses\ndataclasses.dataclass(type(y.grad_fn))",
    "partial's function": "import functools\nfunctools.partial(torch.add).func.op",
    "type's alias": "import typing\ntyping.Type[int].mro",
    "guard by its name": "getattr(torch, '‹refused›')",
    "writing a guard's name": "class G: pass\nsetattr(torch, '‹refused›', ())",
}


# These find nothing, as if it were not there.
NOTHING_THERE = {
    "real abc module",
    "private module of random",
    "module within a module",
    "func_globals",
    "getattr with a string's subclass",
    "wraps with assigned",
    "exception's object",
    "a memo that sees the inside",
    "wraps copies what a function carries",
}


@pytest.mark.parametrize("name", ESCAPES)
def test_an_escape_is_refused(name: str) -> None:
    recording = restricted(ESCAPES[name] + "\nprint('escaped')\n")
    assert "escaped" not in recording.output()
    (error,) = recording.errors
    assert error.kind == ("exception" if name in NOTHING_THERE else "refused"), error
    assert error.line > len(PRELUDE.splitlines())
    assert not Path("/tmp/gradviz-escape").exists()


def test_a_refusal_says_what_where_and_what_to_do() -> None:
    recording = record("x = 1\nif x:\n    import os, math\n")
    (error,) = recording.errors
    assert (error.kind, error.type, error.line, error.span.col, error.span.end_col) == ("refused", "", 3, 4, 19)
    assert error.message == "A restricted script may not import `os`."
    assert error.advice == "If you trust this script, choose Trust and run."


def test_a_refusal_known_beforehand_runs_nothing() -> None:
    recording = record("print('first')\nopen('f')\n")
    assert (recording.output(), recording.errors[0].event) == ("", 0)


def test_the_first_of_several_refusals_is_told() -> None:
    assert record("f = 1\nimport socket\nimport os\n").errors[0].message == "A restricted script may not import `socket`."


def test_a_trusted_script_may_do_it_all(tmp_path: Path) -> None:
    file = tmp_path / "out.txt"
    text = (
        f"import os, numpy\nopen({str(file)!r}, 'w').write(os.path.basename('a/b'))\nprint(numpy.ones(2).ctypes is not None)\n"
    )
    assert not record(text, trusted=True).errors
    assert file.read_text() == "b"


# Each of these must run to its end.
_PROGRAMS = (Path(__file__).parent / "normal_programs.txt").read_text().split("#### ")[1:]
NORMAL = {name: text for name, _, text in (program.partition("\n") for program in _PROGRAMS)}


@pytest.mark.parametrize("name", NORMAL)
def test_a_normal_program_runs(name: str) -> None:
    recording = restricted(NORMAL[name] + "\n")
    assert not recording.errors, recording.errors


def test_future_imports_come_first() -> None:
    assert not record("'''A script.'''\nfrom __future__ import annotations\ndef f(a: nothing) -> nowhere: ...\n").errors


@pytest.mark.parametrize(
    "text", ["open = 3\nprint(open)\n", "def vars(): return 3\nprint(vars())\n", "def f(help): return help\nprint(f(3))\n"]
)
def test_the_names_of_refused_builtins_may_be_given_other_meanings(text: str) -> None:
    recording = record(text)
    assert (recording.output(), recording.errors) == ("3\n", ())


def test_a_refusal_caught_by_the_script_is_still_a_refusal() -> None:
    recording = record(
        "def f(): pass\ntry:\n    getattr(f, '__globals__')\nexcept Exception as e:\n    print(type(e).__name__)\n"
    )
    assert (recording.output(), recording.errors) == ("RefusedError\n", ())


def test_what_pytorch_has_and_the_engine_has_not_is_named() -> None:
    (error,) = record("import torch\ntorch.bfloat16\n").errors
    assert (error.kind, error.type, error.message) == (
        "exception",
        "NotImplementedError",
        "torch.bfloat16 is not implemented in the embedded engine",
    )


def test_a_module_that_torch_does_not_have_is_no_attribute() -> None:
    (error,) = record("import torch\ntorch.onnx_is_not_here\n").errors
    assert (error.kind, error.type, error.message) == (
        "exception",
        "AttributeError",
        "module 'torch' has no attribute 'onnx_is_not_here'",
    )


# The engine reads, writes and calls for a script by names and on objects that the script gives it.
ROUNDABOUT = {
    "attributes that pruning reads": """
class D(dict):
    def get(self, pair, value): print('escaped', value)
torch.nn.utils.prune.global_unstructured([(torch.nn.Module.forward, '__globals__')], torch.nn.utils.prune.L1Unstructured, importance_scores=D(a=1), amount=1)
""",
    "attributes that pruning writes": """
class P(torch.nn.utils.prune.Identity):
    def apply_mask(self, module): return None
p = P()
p._tensor_name = 'forward'
p(torch.nn.Linear, None)
print('escaped')
""",
    "a class for a parameter": "torch.nn.utils.prune.l1_unstructured(torch.nn.Linear(2, 2), '__class__', amount=1)\nprint('escaped')",
    "parameters by Python's names": "print('escaped', torch.nn.ParameterDict()['__dict__'])",
    "a parameter for a class": "torch.nn.ParameterDict()['__class__'] = A\nprint('escaped')",
    "attributes that distributions check": """
class C(torch.distributions.constraints.Constraint):
    def check(self, value): print('escaped', value)
class N(torch.distributions.Normal):
    arg_constraints = {'__reduce_ex__': C()}
N(torch.zeros(1), torch.ones(1), validate_args=True)
""",
    "a parametrization of Python's names": "torch.nn.utils.parametrize.register_parametrization(torch.nn.Linear(2, 2), '__class__', torch.nn.Identity())\nprint('escaped')",
}


@pytest.mark.parametrize("name", ROUNDABOUT)
def test_the_engine_is_no_way_round_the_guards(name: str) -> None:
    recording = restricted(ROUNDABOUT[name])
    assert "escaped" not in recording.output()
    assert len(recording.errors) == 1


@pytest.mark.parametrize(
    "thing", ["object", "torch", "torch.nn", "torch.nn.Module.forward", "torch.nn.Linear(1, 1)", "[].append", "A"]
)
def test_a_schedule_keeps_nothing_of_what_is_not_the_scripts_own(thing: str) -> None:
    text = "s = torch.optim.lr_scheduler.LambdaLR(torch.optim.SGD([x], lr=0.1), lambda e: 1.0)\n"
    recording = restricted(text + f"s.lr_lambdas = [{thing}]\nprint(s.state_dict()['lr_lambdas'])\n")
    assert recording.output().split() == ["[None]"]
