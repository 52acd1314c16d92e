"""torch.random: PyTorch's own Mersenne Twister, so that a seed gives its numbers."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import numpy as np

from .api import FUNCTIONS
from .size import CPU, device
from .tensor import Tensor, wrap

__all__ = [
    "Generator", "default_generator", "fork_rng", "get_rng_state", "initial_seed", "manual_seed", "seed", "set_rng_state",
]  # fmt: skip

_MASK: Final = 2**64 - 1
_WORDS: Final = 624
# As at::CPUGeneratorImplState lies in memory: the seed, how many words are left and which is next, the words, the second
# normal number of a pair.
_HEAD: Final = struct.Struct("<QIIQ")
_NORMAL: Final = struct.Struct("<dddIIfI")
_SIZE: Final = _HEAD.size + 8 * _WORDS + _NORMAL.size


class Generator:
    """A source of random numbers (MT19937, as at::mt19937).

    Args:
        device: Only "cpu".
    """

    __module__ = "torch._C"

    def __init__(self, device: Any = "cpu") -> None:
        self.device = _cpu(device)
        self._twister = np.random.RandomState()
        self.manual_seed(67280421310721)

    def manual_seed(self, seed: int) -> Generator:
        """Start over from a seed; only its low 32 bits reach the twister, as in PyTorch.

        Raises:
            RuntimeError: It is no integer.
            ValueError: It does not fit 64 bits.
        """
        if not hasattr(seed, "__index__"):
            raise RuntimeError(f"manual_seed expected a long, but got {type(seed).__name__}")
        number = seed.__index__()
        if not -(2**63) <= number < 2**64:
            raise ValueError("Overflow when unpacking long long")
        self._seed = number & _MASK
        self._twister.seed(self._seed & 0xFFFFFFFF)
        self._fresh = True
        self._normal: float | None = None
        return self

    def initial_seed(self) -> int:
        """The seed it was last started from."""
        return self._seed

    def seed(self) -> int:
        """Start over from a seed nobody knows; returns it."""
        self.manual_seed(int.from_bytes(os.urandom(8), "little") >> 11)
        return self._seed

    def _words(self, count: int) -> np.ndarray[Any, np.dtype[np.uint32]]:
        """The next 32-bit draws."""
        if count:
            self._fresh = False
        return self._twister.randint(0, 2**32, count, np.uint32)

    def _longs(self, count: int) -> np.ndarray[Any, np.dtype[np.uint64]]:
        """The next 64-bit draws, each of two 32-bit ones, the first of them high."""
        words = self._words(2 * count).astype(np.uint64)
        return (words[0::2] << np.uint64(32)) | words[1::2]

    def get_state(self) -> Tensor:
        """The whole state, as a byte tensor: to the byte as PyTorch's."""
        _, key, position, *_ = self._twister.get_state(legacy=True)
        used = 0 if self._fresh else int(position)
        left = 1 if self._fresh else _WORDS + 1 - used
        head = _HEAD.pack(self._seed, left, 1, used)
        words = np.asarray(key, np.uint64).tobytes()
        normal = _NORMAL.pack(0.0, self._normal or 0.0, 0.0, self._normal is not None, 0, 0.0, 0)
        return wrap(np.frombuffer(head + words + normal, np.uint8).copy())

    def set_state(self, new_state: Tensor) -> None:
        """Go back to a state `get_state` gave.

        Raises:
            RuntimeError: It is of another size.
            TypeError: It is no byte tensor.
        """
        if not isinstance(new_state, Tensor):
            raise TypeError(f"expected a torch.ByteTensor, but got {type(new_state).__name__}")
        if new_state._value.dtype != np.uint8:
            raise TypeError("RNG state must be a torch.ByteTensor")
        data = np.asarray(new_state._value).tobytes()
        if len(data) != _SIZE:
            raise RuntimeError(
                f"Expected a CPUGeneratorImplState of size {_SIZE} but found the input RNG state size to be {len(data)}"
            )
        self._seed, _, _, used = _HEAD.unpack_from(data)
        _, normal, _, has_normal, *_ = _NORMAL.unpack_from(data, _SIZE - _NORMAL.size)
        self._normal = normal if has_normal else None
        self._fresh = used == 0
        words = np.frombuffer(data, np.uint64, _WORDS, _HEAD.size).astype(np.uint32)
        self._twister.set_state(("MT19937", words, _WORDS if self._fresh else used, 0, 0.0))

    def clone_state(self) -> Generator:
        """Another generator in the same state."""
        made = Generator()
        made.set_state(self.get_state())
        return made


def _cpu(wanted: Any) -> device:
    """The CPU, if that is what was asked for."""
    return CPU if wanted is None else device(wanted)


default_generator: Final = Generator()


def manual_seed(seed: Any) -> Generator:
    """Start the default generator over from a seed; returns it."""
    return default_generator.manual_seed(int(seed))


def seed() -> int:
    """Start the default generator over from a seed nobody knows; returns it."""
    return default_generator.seed()


def initial_seed() -> int:
    """The default generator's seed."""
    return default_generator.initial_seed()


def get_rng_state() -> Tensor:
    """The default generator's state."""
    return default_generator.get_state()


def set_rng_state(new_state: Tensor) -> None:
    """Put the default generator back into a state."""
    default_generator.set_state(new_state)


@contextmanager
def fork_rng(
    devices: Iterable[Any] | None = None,
    enabled: bool = True,
    _caller: str = "fork_rng",
    _devices_kw: str = "devices",
    device_type: str = "cuda",
) -> Iterator[None]:
    """Leave the default generator as it was before the block.

    Args:
        devices: Other devices whose generators to leave alone: there are none.
        enabled: Whether to do anything at all.
        device_type: What kind of devices those would be.
    """
    if not enabled:
        yield
        return
    before = get_rng_state()
    try:
        yield
    finally:
        set_rng_state(before)


for _function in (manual_seed, seed, initial_seed, get_rng_state, set_rng_state):
    FUNCTIONS[_function.__name__] = _function
FUNCTIONS["Generator"] = Generator
FUNCTIONS["default_generator"] = default_generator  # type: ignore[assignment]


def __dir__() -> list[str]:
    return __all__
