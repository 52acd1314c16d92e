"""Random numbers, and tensors made like others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from ...dispatch import run
from ...factories import shape_of
from ...rules import TENSORS
from ...table import Op
from ...tensor import Tensor
from ..batching import WRITES, Batching, rule
from ..level import mapped
from .elementwise import by_sample

__all__ = ["check_random_write", "drawn", "made_like", "same_draw"]

FORBIDDEN: Final = (
    "vmap: called random operation while in randomness error mode. Please either use the 'same' or 'different' randomness flags on "
    "vmap or perform the randomness operation out of vmap"
)
NOT_SAME: Final = (
    "Vmap does not currently support same randomness with a batched tensor input. Please file an issue with functorch"
)
NOT_DIFFERENT: Final = (
    "vmap: Cannot ask for different inplace randomness on an unbatched tensor. This will appear like same randomness. If this is "
    "necessary for your usage, please file an issue with functorch."
)


def _checked(level: Batching) -> None:
    if level.randomness == "error":
        raise RuntimeError(FORBIDDEN)


def check_random_write(level: Batching, row: Op, args: list[Any]) -> bool:
    """Whether a row fills a tensor with random numbers, in a way that a write to the memory of all samples does.

    Raises:
        RuntimeError: Random numbers are not allowed, or cannot be as different as was asked for.
    """
    if row.name not in WRITES or len(row.tensors) != 1:
        return False
    _checked(level)
    batched = level.is_batched(args[0])
    if level.randomness == "different" and not batched:
        raise RuntimeError(NOT_DIFFERENT)
    return not (level.randomness == "same" and batched)


@rule("rrelu_with_noise", "rrelu_with_noise.inplace")
def _rrelu(level: Batching, row: Op, args: list[Any]) -> Any:
    if args[4]:
        _checked(level)
        if level.randomness == "same":
            raise NotImplementedError("rrelu with the same slopes for every sample is not implemented")
    return by_sample(level, row, args)


def same_draw(level: Batching, row: Op, args: list[Any]) -> Tensor:
    """The same random numbers for all samples."""
    return level.lowered(lambda: run(row, [level.sample(args[0], 0), *args[1:]]))


def _sized(
    level: Batching, name: str, args: tuple[Any, ...], options: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of a factory, for one that makes all samples."""
    if "size" in options:
        return args, {**options, "size": (level.size, *options["size"])}
    if name in ("rand", "randn"):
        return (level.size, *shape_of(args, name)), options
    return (*args[:-1], (level.size, *args[-1])), options


def drawn(level: Batching, function: Callable[..., Any], args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Draw random numbers for a batch.

    Raises:
        RuntimeError: It is not allowed, or cannot be as asked for.
    """
    _checked(level)
    name = function.__name__
    different = level.randomness == "different"
    tensors = [a for a in (*args, *options.values()) if isinstance(a, Tensor)]
    batched = any(level.is_batched(t) for t in tensors)

    def below() -> Tensor:
        found: Tensor = function(*args, **options)
        return found

    if name.endswith("_like"):
        if not different:
            chosen = level.lowered(lambda: level.sample(args[0], 0))
            return level.lowered(lambda: function(chosen, *args[1:], **options))
        return level.wrap(level.lowered(lambda: function(level.full(args[0]), *args[1:], **options)))
    if tensors:
        if not different:
            if batched:
                raise RuntimeError(NOT_SAME)
            return level.lowered(below)

        def for_all() -> Tensor:
            found: Tensor = function(
                *mapped(level.full, args), **dict(zip(options, mapped(level.full, list(options.values())), strict=True))
            )
            return found

        return level.wrap(level.lowered(for_all))
    if not different:
        return level.lowered(below)
    if name == "randperm":
        return level.wrap(level.lowered(lambda: TENSORS.stack([function(*args, **options) for _ in range(level.size)])))
    sized, given = _sized(level, name, args, options)
    return level.wrap(level.lowered(lambda: function(*sized, **given)))


def made_like(level: Batching, function: Callable[..., Any], like: Tensor, *args: Any, **options: Any) -> Tensor:
    """A factory that takes shape or dtype from a tensor makes a batch if that is one."""
    if not level.is_batched(like):
        return level.lowered(lambda: function(level.parts(like)[0], *args, **options))
    if function.__name__.startswith("new_"):
        # What follows is a shape, and perhaps a number to fill it with.
        name = function.__name__
        if name == "new_full":
            size = (tuple(args[0]), *args[1:]) if args else ()
            sized: tuple[Any, ...] = ((level.size, *size[0]), *size[1:])
        else:
            sized = (level.size, *shape_of(args, name.removeprefix("new_")))
        return level.wrap(level.lowered(lambda: function(level.full(like), *sized, **options)))
    return level.wrap(level.lowered(lambda: function(level.full(like), *args, **options)))
