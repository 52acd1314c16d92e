"""From rows of the table to what users call: functions in `torch`, methods of Tensor, their in-place and `out=` forms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol, TypeVar, cast, overload

import numpy as np

from .dispatch import run, run_out
from .inplace import run_inplace
from .outputs import with_out
from .promotion import Promotion
from .rules import TENSORS, inline
from .schema import integers, parse
from .shortcuts import binary, shortened
from .signatures import checked, refusal
from .table import Op, add_row
from .tensor import Tensor, tensor_attribute

__all__ = ["FUNCTIONS", "OpFunction", "derivative", "op", "operator", "overloaded", "public"]


class OpFunction(Protocol):
    """What a row is to its callers.

    Attributes:
        op: The row.
        in_place: The form that writes into the first argument, if there is one.
    """

    op: Op
    in_place: Callable[..., Tensor]
    __name__: str
    __qualname__: str

    def __call__(self, *args: Any, **kwargs: Any) -> Tensor: ...


FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {}
"""What `torch` offers by name."""


def _general(row: Op, place: str) -> Callable[..., Any]:
    """The function of a row which takes its arguments in every way.

    Args:
        row: The row.
        place: Whether it is a function of "torch" or a method of "Tensor", for errors about its arguments.
    """
    count = len(row.schema.parameters)
    schema = row.schema
    positional = not any(p.keyword_only for p in schema.parameters)

    def function(*args: Any, **kwargs: Any) -> Any:
        try:
            if kwargs or not positional or len(args) != count:
                if "out" not in kwargs:
                    return run(row, schema.bind(args, kwargs))
                named = kwargs.copy()
                out = named.pop("out")
                values = schema.bind(args, named)
                return run(row, values) if out is None else run_out(row, values, out)
            return run(row, args)
        except Exception:
            wrong = refusal(place, schema.base, args, kwargs)
            if wrong is None:
                raise
            raise wrong from None

    return function


def _spread(row: Op, function: Callable[..., Any]) -> Callable[..., Any]:
    """The method of a row whose one positional argument is a list of integers, which may be given one by one."""
    parameter = row.schema.parameters[1].name

    def method(self: Tensor, *args: Any, **kwargs: Any) -> Any:
        if args:
            return function(self, integers(row.name, parameter, args, 1), **kwargs)
        return function(self, **kwargs)

    return method


def _in_place(row: Op, name: str) -> Callable[..., Any]:
    """The form of a row that writes into its first argument."""
    schema = row.schema

    def function(*args: Any, **kwargs: Any) -> Any:
        return run_inplace(row, schema.bind(args, kwargs), name)

    return function


def _named(made: Callable[..., Any], row: Op, name: str) -> OpFunction:
    function = cast(OpFunction, made)
    function.__name__ = function.__qualname__ = name
    function.__module__ = "torch"
    function.__doc__ = f"{row.schema.text}\n\nComputes {row.formula}."
    function.op = row
    return function


def op(
    signature: str,
    forward: Callable[..., Any],
    formula: str,
    *,
    promote: Promotion | None = None,
    view: bool = False,
    numbers: bool | None = None,
    into: Any = None,
    node: str | None = None,
    short: Callable[[Any, Any], Any] | None = None,
    keeps_layout: bool = False,
    constant_outputs: tuple[int, ...] = (),
    takes: str | None = None,
    kernel: str | None = None,
    out: str | None = None,
    function: bool | None = None,
    method: bool | None = None,
    inplace: bool | str = False,
    **derivatives: str,
) -> OpFunction:
    """Add a row to the table of ops (see `table`) and make what users call of it.

    Args:
        signature: As PyTorch writes it.
        forward: Computes the outputs from arrays.
        formula: The forward in words.
        promote: How the operands come to one dtype.
        view: Whether the outputs share the first argument's memory.
        numbers: Whether Python numbers may stand for tensors; as `promote` is given, if not said.
        into: A ufunc computing the same into `out=`.
        node: The class name of the nodes, if not `<Name>Backward0`.
        short: For a row of two operands, its forward without options: calls then take the short cut.
        keeps_layout: Whether the output lies in memory as the first operand does: so for operands that are promoted and for
            rows of one parameter, whatever is said.
        constant_outputs: The numbers of the outputs no gradient flows through, although they hold floats.
        takes: The dtypes it is implemented for, if not all: b(ool), i(ntegers), h(alf), f(loat and double), c(omplex).
        kernel: What the error for any other dtype calls it, if not `<name>_cpu`.
        out: What an error says of an `out=` of another dtype than the result's, if that may not be; with {out} and {result} for
            the dtypes, {out_c} and {result_c} for their names in C.
        function: Whether `torch` offers it; if not said, when the name has no overload and no leading underscore.
        method: Whether it is a method of Tensor; as `function`, if not said.
        inplace: Whether there is a form with a trailing underscore; or the name of the form, which then is all there is.
        **derivatives: Expressions by parameter (see `rules`).

    Returns:
        The function.
    """
    row = add_row(
        signature,
        forward,
        formula,
        promote=promote,
        view=view,
        numbers=numbers,
        into=into,
        node=node,
        keeps_layout=keeps_layout,
        constant_outputs=constant_outputs,
        takes=takes,
        kernel=kernel,
        out=out,
        derivatives=derivatives,
    )
    name = row.schema.base
    general, as_method = (_named(_general(row, place), row, name) for place in ("torch", "Tensor"))
    offered = (
        (not isinstance(inplace, str) and "." not in row.schema.name and not name.startswith("_"))
        if function is None
        else function
    )
    called = general
    if [p.type for p in row.schema.parameters if not p.keyword_only] == ["Tensor", "int[]"]:
        as_method = checked(_named(_spread(row, as_method), row, name), "Tensor", name)
    elif takes is None or "h" in takes:
        called = _named(shortened(row, general, short), row, name)
        as_method = _named(shortened(row, as_method, short), row, name)
    TENSORS.setdefault(row.schema.name.replace(".", "_"), called)
    if offered:
        FUNCTIONS[name] = called
    if offered if method is None else method:
        tensor_attribute(name, as_method)
    if inplace:
        form = inplace if isinstance(inplace, str) else name + "_"
        written = _named(_in_place(row, form), row, form)
        if "." not in row.schema.name or isinstance(inplace, str):
            FUNCTIONS[form] = checked(written, "torch", form)
            tensor_attribute(form, checked(written, "Tensor", form))
        called.in_place = written
    return called


def derivative(signature: str, text: str, **derivatives: str) -> OpFunction:
    """Add a row that other rows' derivatives call and that is an expression: arrays and readers see the expression.

    Args:
        signature: As PyTorch writes it.
        text: The forward, over the parameters' names.
        **derivatives: Expressions by parameter.

    Returns:
        The function.
    """
    schema = parse(signature)
    forward = inline(schema.base, [p.name for p in schema.parameters], text)
    return op(signature, forward, text, function=False, method=False, keeps_layout=True, **cast(dict[str, Any], derivatives))


def overloaded(
    doc: str,
    *,
    tensor: OpFunction,
    number: OpFunction,
    of_number: OpFunction | None = None,
    function: bool = True,
    method: bool = True,
) -> Any:
    """Make one function of the rows PyTorch has for a tensor and for a number as last operand.

    Args:
        doc: What it computes.
        tensor: The function for a tensor.
        number: The function for a number.
        of_number: The function for a number as first operand, if it may be one.
        function: Whether `torch` offers it.
        method: Whether it is a method of Tensor.

    Returns:
        The function, with the form that writes into its first argument as `in_place`.
    """
    name = tensor.op.name
    place = sum(not p.keyword_only for p in tensor.op.schema.parameters) - 1
    last = tensor.op.schema.parameters[place].name

    def chosen(args: tuple[Any, ...], kwargs: dict[str, Any]) -> OpFunction:
        value = args[place] if len(args) > place else kwargs.get(last)
        if not isinstance(value, Tensor):
            return number
        return tensor if of_number is None or not args or isinstance(args[0], Tensor) else of_number

    def either(*args: Any, **kwargs: Any) -> Any:
        return chosen(args, kwargs)(*args, **kwargs)

    def written(*args: Any, **kwargs: Any) -> Any:
        return chosen(args, kwargs).in_place(*args, **kwargs)

    either.__doc__, written.__doc__ = doc, f"{doc} In place."
    either.__name__ = either.__qualname__ = name
    public(name=name, function=function, method=method)(either)
    if hasattr(tensor, "in_place"):
        written.__name__ = written.__qualname__ = name + "_"
        public(name=name + "_", function=False, method=method)(written)
    made: Any = either
    made.in_place = written
    return made


def _is_number(value: Any) -> bool:
    return isinstance(value, (bool, int, float, complex)) or (isinstance(value, (np.ndarray, np.generic)) and value.ndim == 0)


def operator(
    name: str,
    function: Callable[..., Any],
    row: Op | None = None,
    forward: Callable[[Any, Any], Any] | None = None,
    *,
    swapped: bool = False,
    numbers: bool = True,
) -> None:
    """Make a function of two operands a Python operator of Tensor.

    Args:
        name: The operator's method, such as "__add__".
        function: What it calls.
        row: The row behind the function, if the operator shall take the short cut.
        forward: The row's forward without options; NotImplemented for operands it is not for.
        swapped: Whether the tensor is the right operand.
        numbers: Whether the other operand may be a number.
    """

    def guarded(self: Tensor, other: Any) -> Any:
        if isinstance(other, Tensor) or (numbers and _is_number(other)):
            return function(other, self) if swapped else function(self, other)
        return NotImplemented

    method = guarded if row is None or forward is None else binary(row, guarded, forward)
    method.__name__ = name
    method.__qualname__ = f"Tensor.{name}"
    tensor_attribute(name, method)


F = TypeVar("F", bound=Callable[..., Any])


@overload
def public(function: F, /) -> F: ...
@overload
def public(*, function: bool = True, method: bool = True, name: str | None = None, out: str = "") -> Callable[[F], F]: ...
def public(made: Any = None, /, *, function: bool = True, method: bool = True, name: str | None = None, out: str = "") -> Any:
    """Offer a function that puts ops together, in `torch` and as a method of Tensor.

    Args:
        made: The function, if there is nothing else to say.
        function: Whether `torch` offers it.
        method: Whether it is a method of Tensor.
        name: What it is called, if not as in the source.
        out: If its result can be told where to go by `out=`: the op at its end, which errors name.
    """

    def offer(wanted: F) -> F:
        called = name or wanted.__name__
        wanted.__module__ = "torch"
        if function:
            FUNCTIONS[called] = with_out(wanted, out) if out else wanted
            TENSORS.setdefault(called, wanted)
        if method:
            tensor_attribute(called, wanted)
        return wanted

    return offer if made is None else offer(made)
