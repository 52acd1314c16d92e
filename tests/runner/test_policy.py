"""What an untrusted script may not do, and what it may."""

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
NORMAL = {
    "augmented assignments": "x.data *= 100\nx.grad = torch.ones(2)\nx.grad += 1\nl = [1]\nl[0] += 1\nd = {'a': 1}\nd['a'] -= 1\na = A()\na.n = 1\na.n **= 2",
    "slices": "l = list(range(5))\nl[1:3] = [0]\ndel l[0]\nz = torch.zeros(3)\nz[1:] += 1\nz[..., None]",
    "a network": """
class Net(torch.nn.Module):
    def __init__(self, width=3):
        super().__init__()
        self._width = width
        self.layers = torch.nn.Sequential(torch.nn.Linear(2, width), torch.nn.ReLU(), torch.nn.Linear(width, 1))
    def forward(self, v):
        return self.layers(v).squeeze(-1)
net = Net()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(2):
    opt.zero_grad()
    loss = ((net(torch.ones(4, 2)) - 1) ** 2).mean()
    loss.backward()
    opt.step()
assert loss.item() >= 0
assert {n for n, _ in net.named_parameters()} == set(net.state_dict())
""",
    "torch under its ways of import": "import torch.nn as nn\nfrom torch import nn as n2\nimport torch.nn.functional as F\nfrom torch.nn import functional as F2\n"
    "import engine as e\nimport torch.autograd\nassert nn is n2 and F is F2 and e.ones is torch.ones",
    "a Function": """
class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, v, k):
        ctx.save_for_backward(v)
        ctx.k = k
        ctx.mark_non_differentiable()
        ctx.set_materialize_grads(True)
        return v ** 3 * k
    @staticmethod
    def backward(ctx, grad):
        v, = ctx.saved_tensors
        return (3 * v * v * grad * ctx.k if ctx.needs_input_grad[0] else None), None
Cube.apply(x, 2).sum().backward()
assert x.grad.tolist() == [6, 6]
""",
    "looking into autograd": "z = x * x\nassert z._version == 0 and x._base is None and z.grad_fn._saved_self is x\n"
    "assert z.grad_fn.name() == 'MulBackward0' and len(z.grad_fn.next_functions) == 2\nassert z[0]._base is z",
    "hooks": "h = x.register_hook(lambda grad: grad * 2)\ny.backward()\nh.remove()\nassert x.grad.tolist() == [4, 4]",
    "special methods": """
class V:
    def __init__(self, v): self._v = list(v)
    def __repr__(self): return f'V({self._v!r})'
    def __len__(self): return len(self._v)
    def __getitem__(self, i): return self._v[i]
    def __setitem__(self, i, v): self._v[i] = v
    def __iter__(self): return iter(self._v)
    def __add__(self, o): return V(a + b for a, b in zip(self, o))
    __radd__ = __add__
    def __eq__(self, o): return self._v == o._v
    __hash__ = None
    def __call__(self, k): return V(k * a for a in self)
    def __enter__(self): return self
    def __exit__(self, *args): return False
    def __contains__(self, o): return o in self._v
    def __bool__(self): return bool(self._v)
    @property
    def first(self): return self._v[0]
    @first.setter
    def first(self, value): self._v[0] = value
    @staticmethod
    def zero(): return V([0])
    @classmethod
    def of(cls, *v): return cls(v)
with V.of(1, 2) as v:
    v.first = 5
    v[1] += 1
    assert repr(v(2) + v.zero()) == 'V([10])' and 5 in v and len(v) == 2 and v
""",
    "inheritance": """
class B(A):
    kind = 'b'
    def __init_subclass__(cls, **k): super().__init_subclass__(**k)
    def __init__(self, *args, **kwargs):
        super().__init__()
        self.__secret = 3
    def secret(self): return self.__secret
class C(B):
    def secret(self): return super().secret() + 1
assert C().secret() == 4 and isinstance(C(), A) and issubclass(C, B) and C.__name__ == 'C' and C().__class__ is C
""",
    "main": "ran = False\nif __name__ == '__main__':\n    ran = True\nassert ran and __file__",
    "print": "import sys\nprint('a', 'b', sep='-', end='!\\n', flush=True)\nprint(*[1, 2])\nprint(x, f'{y.item():.2f}', x.shape)",
    "format": "assert '{0.shape} {n:>{w}} {1[0]} {d[k]}'.format(x, [4], n=1, w=3, d={'k': 2}) == 'torch.Size([2])   1 4 2'\n"
    "assert '{:.2f}|{}'.format(1.5, 'a') == '1.50|a' and '{a}'.format_map({'a': 1}) == '1' and str.format('{}', 1) == '1'",
    "comprehensions": "assert [a * b for a in range(3) if a for b in (1, 2)] and {a: b for a, b in zip('ab', range(2))} and {1 for _ in range(2)} and sum(a for a in [1])",
    "functions": """
def total(a, /, b=2, *rest, c, **more):
    return a + b + sum(rest) + c + sum(more.values())
assert total(1, *[2, 3], **{'c': 4, 'd': 5}) == 15
def counter():
    n = 0
    def count():
        nonlocal n
        n += 1
        return n
    return count
count = counter()
assert count() + count() == 3
many = 0
def bump():
    global many
    many += 1
bump()
assert many == 1 and (lambda a, *b: (a, b))(1, 2) == (1, (2,))
total.calls = 1
assert total.calls == 1 and total.__name__ == 'total'
""",
    "generators": "def gen():\n    got = yield 1\n    yield from [got, 3]\ni = gen()\nassert next(i) == 1 and i.send(2) == 2 and list(i) == [3]\ni.close()",
    "decorators": "import functools\ndef twice(h):\n    @functools.wraps(h)\n    def inner(*a, **k):\n        return h(h(*a, **k))\n    return inner\n"
    "@twice\ndef inc(a): return a + 1\n@functools.lru_cache(maxsize=None)\ndef fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)\nassert inc(1) == 3 and inc.__name__ == 'inc' and fib(20) == 6765 and fib.cache_info().hits",
    "exceptions": "class Bad(ValueError):\n    def __init__(self, code):\n        super().__init__(f'code {code}')\n        self.code = code\ntry:\n    try:\n        raise Bad(3)\n    except KeyError: pass\n"
    "    else: pass\n    finally: done = 1\nexcept (Bad, TypeError) as e:\n    assert e.code == 3 and str(e) == 'code 3' and e.args == ('code 3',) and type(e) is Bad\nassert done",
    "walrus and annotations": "n: int = 3\nif (k := n + 1) > 3: pass\ndef typed(a: 'torch.Tensor', b: list[int] | None = None) -> 'int': ...\nassert k == 4",
    "future annotations": "assert True",
    "match": "def kind(v):\n    match v:\n        case 0 | 1: return 'small'\n        case [a, *rest]: return len(rest)\n        case {'k': k, **more}: return k\n        case str() as s if s: return s\n        case int(n): return n\n        case None: return 'none'\n        case _: return 'other'\n"
    "assert [kind(v) for v in (1, [1, 2], {'k': 5}, 'q', 9, None, 1.5)] == ['small', 1, 5, 'q', 9, 'none', 'other']",
    "match a dataclass": "from dataclasses import dataclass, field\n@dataclass(order=True, slots=True)\nclass P:\n    a: int\n    b: list = field(default_factory=list)\n    def __post_init__(self): self.b.append(self.a)\n"
    "match P(3):\n    case P(a, b): assert (a, b) == (3, [3])\nassert P(1) < P(2) and repr(P(1)) == 'P(a=1, b=[1])'",
    "builtins": "assert sorted([2, 1], key=lambda v: -v) == [2, 1] and max(1, 2) + min([3, 4]) + abs(-1) + round(1.6) + pow(2, 3) == 16\n"
    "assert list(reversed([1, 2])) == [2, 1] and any([0, 1]) and all([]) and divmod(7, 2) == (3, 1) and list(enumerate('a')) == [(0, 'a')]\n"
    "assert list(map(str, filter(None, [0, 1]))) == ['1'] and hash('a') == hash('a') and callable(f) and iter([]) and id(x) and bin(3) and chr(97) == 'a'\n"
    "assert type(1) is int and type(x) is torch.Tensor and isinstance(int, type) and not isinstance(1, type) and type([]) == list\n"
    "assert getattr(x, 'shape') == x.shape and getattr(A(), 'n', 7) == 7 and hasattr(x, 'grad') and not hasattr(A(), 'zz')\nsetattr(a := A(), 'q', 1)\nassert a.q == 1\ndelattr(a, 'q')\nassert dir(A()) == []",
    "standard library": "import math, random, itertools, functools, collections, statistics, re, json, copy, time, enum, string, operator, heapq, decimal, fractions, datetime\n"
    "from collections import abc, namedtuple, defaultdict, Counter\nimport collections.abc\nfrom typing import NamedTuple, Optional\nfrom contextlib import contextmanager, suppress\nimport warnings\n"
    "assert math.pi > 3 and statistics.mean([1, 2, 3]) == 2 and re.sub('a', 'b', 'a') == 'b' and json.loads('[1]') == [1] and time.time() > 0\n"
    "random.seed(1)\nassert 0 <= random.random() < 1 and list(itertools.chain([1], [2])) == [1, 2] and functools.reduce(operator.add, [1, 2]) == 3\n"
    "P = namedtuple('P', 'a b')\nassert P(1, 2)._replace(a=3).a == 3 and P._fields == ('a', 'b') and isinstance([], abc.Sequence)\n"
    "class Q(NamedTuple):\n    a: int = 1\nassert Q().a == 1 and Q()._asdict() == {'a': 1}\nclass Color(enum.Enum):\n    RED = enum.auto()\nassert Color.RED.name == 'RED' and Color['RED'] is Color(1)\n"
    "c = Counter('aab')\nassert c.most_common(1) == [('a', 2)]\nd = defaultdict(list)\nd['k'].append(1)\n"
    "@contextmanager\ndef cm():\n    yield 3\nwith cm() as v, suppress(KeyError):\n    {}[v]\nassert copy.deepcopy([[1]]) == [[1]]\nwarnings.warn('careful')",
    "arrays of numpy": "n = x.detach().numpy()\nassert n.shape == (2,) and n.sum() == 2 and n.tolist() == [1, 1] and float(n[0]) == 1 and n.dtype.name == 'float32'\n"
    "z = torch.from_numpy(n * 2)\nassert z.tolist() == [2, 2] and type(n).__name__ == 'ndarray'",
    "names with one underscore": "_ = 1\n_hidden = 2\nfor _ in range(2): pass\ndef _private(_a): return _a\nassert _private(_hidden) == 2",
    "copies": "import copy\nz = copy.deepcopy(x)\nassert z is not x and z.tolist() == x.tolist()",
    "exit": "exit()\nassert False",
    "strings": "assert 'a,b'.split(',') == ['a', 'b'] and ' a '.strip().upper() == 'A' and ','.join('ab') == 'a,b' and 'a' 'b' % () == 'ab' and b'a'.decode() == 'a'",
    "assigning attributes in loops": "a = A()\nfor a.i in range(3): pass\n(a.p, a.q), *a.rest = (1, 2), 3, 4\nassert (a.i, a.p, a.q, a.rest) == (2, 1, 2, [3, 4])\ndel a.i",
    "no_grad as decorator": "@torch.no_grad()\ndef ev(v): return v * 2\nassert not ev(x).requires_grad",
    "descriptors": "class D:\n    def __set_name__(self, owner, name): self.name = '_' + name\n    def __get__(self, o, t=None): return 7 if o is None else getattr(o, self.name, 0)\n    def __set__(self, o, v): setattr(o, self.name, v)\n"
    "class H:\n    d = D()\nh = H()\nh.d = 4\nassert h.d == 4",
    "abstract classes": "from abc import ABC, abstractmethod\nclass S(ABC):\n    @abstractmethod\n    def area(self): ...\nclass Sq(S):\n    def area(self): return 4\nassert Sq().area() == 4",
    "cached property": "from functools import cached_property\nclass K:\n    @cached_property\n    def v(self): return 3\nassert K().v == 3",
    "type variables": "from typing import Generic, TypeVar, Protocol\nT = TypeVar('T')\nclass Box(Generic[T]):\n    def __init__(self, v: T): self.v = v\nassert Box[int](3).v == 3",
}  # fmt: skip


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


def test_a_module_that_torch_does_not_have_is_no_attribute() -> None:
    (error,) = record("import torch\ntorch.onnx_is_not_here\n").errors
    assert (error.kind, error.type, error.message) == (
        "exception",
        "AttributeError",
        "module 'torch' has no attribute 'onnx_is_not_here'",
    )
