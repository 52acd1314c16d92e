"""The names that an untrusted script may use: of Python's builtins, of special methods, of the standard library's modules."""

from __future__ import annotations

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


METHODS: Final = frozenset(
    f"__{name}__"
    for name in _words(
        """
        abs add and bool bytes call ceil complex contains delitem divmod enter eq exit float floor floordiv format ge
        getitem gt hash iadd iand ifloordiv ilshift imatmul imod imul index init int invert ior ipow irshift isub iter
        itruediv ixor le len length_hint lshift lt matmul missing mod mul ne neg next or pos post_init pow radd rand
        rdivmod repr reversed rfloordiv rlshift rmatmul rmod rmul ror round rpow rrshift rshift rsub rtruediv rxor setitem
        str sub truediv trunc xor
        """
    )
)
"""Special methods that a script may call by name, and define."""

DEFINABLE: Final = METHODS | _words("__class_getitem__ __get__ __getattr__ __init_subclass__ __new__ __set__ __set_name__")
"""Special methods that a script may define."""

READABLE: Final = METHODS | _words("__class__ __doc__ __name__ __qualname__ __version__")
"""Special attributes that may be read, of what has them."""

INHERITED: Final = READABLE | _words("__getattr__ __init_subclass__ __new__")
"""Special attributes that may be read of `super()`."""

ASSIGNABLE: Final = _words("__all__ __author__ __doc__ __hash__ __slots__ __version__")
"""Special names that a script may use as variables."""

VARIABLES: Final = ASSIGNABLE | _words("__file__ __name__")
"""Special names whose values a script may read."""

BUILTINS: Final = _words(
    """
    False None True Ellipsis NotImplemented abs all any ascii bin bool bytearray bytes callable chr classmethod complex
    dict divmod enumerate filter float format frozenset hash hex id int isinstance issubclass iter len list map max min
    next object oct ord pow property range repr reversed round set slice sorted staticmethod str sum super tuple zip
    __debug__
    """
)
"""Builtins as they are; exceptions, and those that must be guarded, come besides."""

REFUSED_BUILTINS: Final = _words(
    "__builtins__ __import__ __loader__ __spec__ breakpoint compile eval exec globals help locals memoryview open vars"
)

ARRAY: Final = _words(
    """
    T all any argmax argmin argsort astype clip conj copy cumprod cumsum diagonal dot dtype fill flatten imag item
    itemsize kind max mean min name nbytes ndim nonzero prod ravel real repeat reshape round shape size sort squeeze std
    sum swapaxes tolist trace transpose var
    """
)
"""What may be read of NumPy's arrays, scalars and dtypes: nothing that reaches a file, a pointer or foreign memory."""

TORCH_PARTS: Final = _words("autograd distributions fft func linalg nn optim random special testing utils")
"""Modules of `torch` that are public, where the engine has them."""

TORCH_REFUSED: Final = _words("classes compile from_file hub jit library load ops save")

EVERYTHING: Final = _words("*")

STANDARD: Final[dict[str, frozenset[str]]] = {
    "__future__": _words("absolute_import annotations division generators nested_scopes print_function unicode_literals"),
    "abc": _words("ABC abstractmethod"),
    "bisect": EVERYTHING,
    "cmath": EVERYTHING,
    # Not UserString: its format() would read attributes past the guards.
    "collections": _words("ChainMap Counter OrderedDict UserDict UserList defaultdict deque namedtuple"),
    "collections.abc": _words(
        """
        Callable Collection Container Generator Hashable Iterable Iterator Mapping MutableMapping MutableSequence
        MutableSet Reversible Sequence Set Sized
        """
    ),
    "contextlib": _words("AbstractContextManager ContextDecorator ExitStack closing contextmanager nullcontext suppress"),
    "copy": _words("copy deepcopy"),
    # Not make_dataclass, which compiles what it is given. A narrower dataclass is in `modules`.
    "dataclasses": _words(
        "FrozenInstanceError InitVar KW_ONLY MISSING asdict astuple dataclass field fields is_dataclass replace"
    ),
    "datetime": _words("MAXYEAR MINYEAR UTC date datetime time timedelta timezone"),
    "decimal": _words("Decimal ROUND_DOWN ROUND_HALF_EVEN ROUND_HALF_UP ROUND_UP getcontext"),
    "enum": _words("Enum Flag IntEnum IntFlag StrEnum auto unique"),
    "fractions": _words("Fraction"),
    # Not singledispatch, which evaluates annotations. Narrower ones of total_ordering and wraps are in `modules`.
    "functools": _words("cache cached_property cmp_to_key lru_cache partial partialmethod reduce total_ordering"),
    "heapq": EVERYTHING,
    "itertools": EVERYTHING,
    "json": _words("JSONDecodeError dumps loads"),
    "math": EVERYTHING,
    "numbers": _words("Complex Integral Number Rational Real"),
    # Not attrgetter and methodcaller, which take attribute names.
    "operator": _words(
        """
        abs add and_ concat contains countOf delitem eq floordiv ge getitem gt iadd imul index indexOf inv invert is_
        is_not isub itemgetter itruediv le length_hint lshift lt matmul mod mul ne neg not_ or_ pos pow rshift setitem sub
        truediv truth xor
        """
    ),
    "pprint": _words("pformat"),
    "random": _words(
        """
        Random betavariate binomialvariate choice choices expovariate gammavariate gauss getrandbits getstate
        lognormvariate normalvariate paretovariate randbytes randint random randrange sample seed setstate shuffle
        triangular uniform vonmisesvariate weibullvariate
        """
    ),
    "re": _words(
        """
        ASCII DOTALL I IGNORECASE M MULTILINE S VERBOSE X compile error escape findall finditer fullmatch match search
        split sub subn
        """
    ),
    "statistics": EVERYTHING,
    # Not Formatter and Template.
    "string": _words(
        "ascii_letters ascii_lowercase ascii_uppercase capwords digits hexdigits octdigits printable punctuation whitespace"
    ),
    "sys": _words("byteorder float_info hash_info int_info maxsize version version_info"),
    "textwrap": _words("dedent fill indent shorten wrap"),
    "time": _words("monotonic monotonic_ns perf_counter perf_counter_ns process_time sleep time time_ns"),
    "types": _words("SimpleNamespace"),
    # Not get_type_hints, which evaluates annotations; nor protocols: matched by a pattern, they read attributes of anything.
    "typing": _words(
        """
        Annotated Any AnyStr Callable ClassVar Collection Concatenate Container DefaultDict Deque Dict Final FrozenSet
        Generator Generic Hashable Iterable Iterator List Literal Mapping MutableMapping MutableSequence NamedTuple Never
        NewType NoReturn Optional ParamSpec Self Sequence Set Sized TYPE_CHECKING Text Tuple Type TypeAlias TypeVar
        TypedDict Union cast final overload override
        """
    ),
    "warnings": _words("catch_warnings filterwarnings simplefilter warn"),
}
"""What may be imported of the standard library."""
