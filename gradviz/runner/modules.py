"""What an untrusted script may import: modules that show chosen names and nothing else."""

from __future__ import annotations

import functools
import importlib
import importlib.util
from collections.abc import Callable, Iterable
from functools import cache
from types import ModuleType
from typing import Any, Final

from gradviz.runner.errors import RefusedError

_TORCH: Final = ("torch", "engine")
_PUBLIC_PARTS: Final = ("autograd", "fft", "func", "linalg", "nn", "optim", "random", "special", "utils")
_REFUSED_NAMES: Final = frozenset({"classes", "compile", "from_file", "hub", "jit", "library", "load", "ops", "save"})

_STANDARD: Final = {
    "__future__": "annotations division print_function absolute_import unicode_literals generators nested_scopes with_statement",
    "abc": "ABC abstractmethod",
    "bisect": "*",
    "cmath": "*",
    "collections": "ChainMap Counter OrderedDict UserDict UserList defaultdict deque namedtuple",
    "collections.abc": "Callable Collection Container Generator Hashable Iterable Iterator Mapping MutableMapping MutableSequence "
    "MutableSet Reversible Sequence Set Sized",
    "contextlib": "AbstractContextManager ContextDecorator ExitStack closing contextmanager nullcontext suppress",
    "copy": "copy deepcopy",
    "dataclasses": "FrozenInstanceError InitVar KW_ONLY MISSING asdict astuple dataclass field fields is_dataclass replace",
    "datetime": "MAXYEAR MINYEAR UTC date datetime time timedelta timezone",
    "decimal": "Decimal getcontext ROUND_DOWN ROUND_HALF_EVEN ROUND_HALF_UP ROUND_UP",
    "enum": "Enum Flag IntEnum IntFlag StrEnum auto unique",
    "fractions": "Fraction",
    "functools": "cache cached_property cmp_to_key lru_cache partial partialmethod reduce total_ordering",
    "heapq": "*",
    "itertools": "*",
    "json": "JSONDecodeError dumps loads",
    "math": "*",
    "numbers": "Complex Integral Number Rational Real",
    "operator": "abs add and_ concat contains countOf eq floordiv ge getitem gt iadd imul index indexOf inv invert isub itemgetter "
    "itruediv le length_hint lshift lt matmul mod mul ne neg not_ or_ pos pow rshift setitem delitem sub truediv truth xor is_ is_not",
    "pprint": "pformat",
    "random": "Random betavariate binomialvariate choice choices expovariate gammavariate gauss getrandbits lognormvariate normalvariate "
    "paretovariate randbytes randint random randrange sample seed shuffle triangular uniform vonmisesvariate weibullvariate getstate setstate",
    "re": "ASCII DOTALL I IGNORECASE M MULTILINE S VERBOSE X compile error escape findall finditer fullmatch match search split sub subn",
    "statistics": "*",
    "string": "ascii_letters ascii_lowercase ascii_uppercase digits hexdigits octdigits printable punctuation whitespace capwords",
    "sys": "float_info maxsize version version_info byteorder int_info hash_info",
    "textwrap": "dedent fill indent shorten wrap",
    "time": "monotonic monotonic_ns perf_counter perf_counter_ns process_time sleep time time_ns",
    "types": "SimpleNamespace",
    "typing": "Annotated Any AnyStr Callable ClassVar Collection Concatenate Container DefaultDict Deque Dict Final FrozenSet Generator "
    "Generic Hashable Iterable Iterator List Literal Mapping MutableMapping MutableSequence NamedTuple Never NewType NoReturn Optional "
    "ParamSpec Protocol Self Sequence Set Sized SupportsFloat SupportsInt TYPE_CHECKING Text Tuple Type TypeAlias TypeVar TypedDict Union "
    "cast final overload override runtime_checkable",
    "warnings": "catch_warnings filterwarnings simplefilter warn",
}


class PublicModule:
    """A module as an untrusted script sees it: chosen names, not to be changed.

    It has no `__name__`, by which `from ... import` would find the real module.
    """

    def __init__(self, name: str, names: dict[str, Any], refused: Iterable[str] = ()) -> None:
        vars(self).update(names)
        vars(self)["‹name›"] = name
        vars(self)["‹refused›"] = frozenset(refused)

    def __getattr__(self, name: str) -> Any:
        own = vars(self)
        if name in own.get("‹refused›", ()):
            raise RefusedError(f"A restricted script may not use `{own['‹name›']}.{name}`.")
        raise AttributeError(f"module '{own.get('‹name›')}' has no attribute '{name}'")

    def __setattr__(self, name: str, value: Any) -> None:
        raise RefusedError(f"A restricted script may not change the module `{vars(self)['‹name›']}`.")

    def __delattr__(self, name: str) -> None:
        self.__setattr__(name, None)

    def __dir__(self) -> list[str]:
        return sorted(name for name in vars(self) if name.isidentifier())

    def __repr__(self) -> str:
        return f"<module '{vars(self)['‹name›']}'>"


def wraps(wrapped: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """`functools.wraps`, which copies the usual attributes only."""
    return functools.wraps(wrapped)


def _standard(name: str, names: str) -> PublicModule:
    module = importlib.import_module(name)
    everything = [n for n in dir(module) if not n.startswith("_") and not isinstance(getattr(module, n), ModuleType)]
    if names == "*":
        chosen = [n for n in getattr(module, "__all__", everything) if hasattr(module, n)]
    else:
        chosen = [n for n in names.split() if hasattr(module, n)]
    found = {n: getattr(module, n) for n in chosen}
    if name == "functools":
        found["wraps"] = wraps
    return PublicModule(name, found, refused=set(everything) - set(chosen))


def _engine_part(module: ModuleType, name: str, found: dict[str, PublicModule]) -> PublicModule:
    """A module of the engine with its public names, and those of its parts that are public."""
    names: dict[str, Any] = {}
    public = getattr(module, "__all__", None)
    if public is None:
        public = [n for n in dir(module) if not n.startswith("_")]
    parts = [n for n in _PUBLIC_PARTS if name == "torch" and importlib.util.find_spec(f"engine.{n}") is not None]
    for part in parts:
        importlib.import_module(f"engine.{part}")
    for n in dict.fromkeys((*public, *parts)):
        value = getattr(module, n, None)
        if n in _REFUSED_NAMES or n.startswith("_"):
            continue
        if isinstance(value, ModuleType):
            if value.__name__.startswith("engine."):
                names[n] = _engine_part(value, f"{name}.{n}", found)
        elif hasattr(module, n):
            names[n] = value
    found[name] = made = PublicModule(name, names, refused=_REFUSED_NAMES)
    return made


@cache
def allowed_modules() -> dict[str, PublicModule]:
    """What may be imported, by dotted name."""
    found: dict[str, PublicModule] = {}
    import engine

    version = getattr(engine, "__version__", None)
    _engine_part(engine, "torch", found)
    if version is not None:
        vars(found["torch"])["__version__"] = version
    for name in [n for n in found if n == "torch" or n.startswith("torch.")]:
        found["engine" + name[len("torch") :]] = found[name]
    for name, names in _STANDARD.items():
        found[name] = _standard(name, names)
    vars(found["collections"])["abc"] = found["collections.abc"]
    return found


def public_classes() -> frozenset[type]:
    """The engine's classes that a script can reach by name."""
    found: set[type] = set()
    for name, module in allowed_modules().items():
        if name.startswith(_TORCH):
            found.update(value for value in vars(module).values() if isinstance(value, type))
    return frozenset(found)
