"""Settings and questions that programs put to PyTorch at large: threads, determinism, the default device, what a thing is."""

from __future__ import annotations

from typing import Any

from . import dtypes
from .api import FUNCTIONS, public
from .dtypes import set_default_dtype
from .frames import warn
from .signatures.kinds import type_name
from .size import CPU, device
from .tensor import Tensor, tensor_attribute, tensor_method

__all__: list[str] = []

_settings: dict[str, Any] = {
    "threads": 1,
    "interop threads": 1,
    "deterministic": False,
    "warn only": False,
    "warn always": False,
    "matmul precision": "highest",
}


def _offer(function: Any) -> Any:
    """Offer a function in `torch`."""
    function.__module__ = "torch"
    FUNCTIONS[function.__name__] = function
    return function


# -- threads: one does it all; the numbers are kept as they are set


def _threads(name: str, what: str) -> None:
    def get() -> int:
        found: int = _settings[what]
        return found

    def set_(num: int, /) -> None:
        if isinstance(num, bool) or not hasattr(num, "__index__"):
            raise RuntimeError(f"set_{name} expects an int, but got {type_name(num)}")
        if num <= 0:
            raise RuntimeError(f"set_{name} expects a positive integer")
        _settings[what] = num.__index__()

    get.__name__, set_.__name__ = f"get_{name}", f"set_{name}"
    get.__doc__ = f"The number of {what} that was set; one does all the work."
    set_.__doc__ = f"Set the number of {what}: of no effect."
    _offer(get)
    _offer(set_)


_threads("num_threads", "threads")
_threads("num_interop_threads", "interop threads")


@_offer
def set_flush_denormal(mode: bool, /) -> bool:
    """Whether numbers next to 0 can be taken for 0: they cannot."""
    return False


# -- determinism: every op is deterministic


@_offer
def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Set whether ops must be deterministic, which they are."""
    _settings["deterministic"], _settings["warn only"] = mode, warn_only


@_offer
def are_deterministic_algorithms_enabled() -> bool:
    """What `use_deterministic_algorithms` was told."""
    return bool(_settings["deterministic"])


@_offer
def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """What `use_deterministic_algorithms` was told of warnings."""
    return bool(_settings["warn only"])


@_offer
def get_deterministic_debug_mode() -> int:
    """0: nothing; 1: warn; 2: an error."""
    return 0 if not _settings["deterministic"] else 1 if _settings["warn only"] else 2


@_offer
def set_deterministic_debug_mode(debug_mode: int | str) -> None:
    """Set what happens at an op that is not deterministic: there is none.

    Raises:
        RuntimeError: The mode is unknown.
        TypeError: It is neither an integer nor a string.
    """
    if not isinstance(debug_mode, (int, str)):
        raise TypeError(f"debug_mode must be str or int, but got {type(debug_mode)}")
    modes = {"default": 0, "warn": 1, "error": 2}
    if isinstance(debug_mode, str):
        if debug_mode not in modes:
            raise RuntimeError(f"invalid value of debug_mode, expected one of `default`, `warn`, `error`, but got {debug_mode}")
        debug_mode = modes[debug_mode]
    if debug_mode not in (0, 1, 2):
        raise RuntimeError(f"invalid value of debug_mode, expected 0, 1, or 2, but got {debug_mode}")
    use_deterministic_algorithms(debug_mode > 0, warn_only=debug_mode == 1)


@_offer
def set_warn_always(b: bool, /) -> None:
    """Set whether what is warned of once is warned of each time, as it is here."""
    if not isinstance(b, bool):
        raise RuntimeError(f"setWarnOnlyOnce expects a bool, but got {type_name(b)}")
    _settings["warn always"] = b


@_offer
def is_warn_always_enabled() -> bool:
    """What `set_warn_always` was told."""
    return bool(_settings["warn always"])


@_offer
def get_float32_matmul_precision() -> str:
    """What `set_float32_matmul_precision` was told."""
    return str(_settings["matmul precision"])


@_offer
def set_float32_matmul_precision(precision: str) -> None:
    """Set how exact products of matrices must be at least: they are as exact as can be."""
    if precision in ("highest", "high", "medium"):
        _settings["matmul precision"] = precision


# -- where and of what type tensors are made


@_offer
def get_default_device() -> device:
    """The CPU."""
    return CPU


@_offer
def set_default_device(device: Any) -> None:
    """Set where tensors are made: on the CPU."""
    if device is not None:
        _device(device)


_device = device


@_offer
def set_default_tensor_type(t: Any, /) -> None:
    """Set the default dtype by a class such as torch.DoubleTensor, or by its name.

    Raises:
        TypeError: It is no class of floating point tensors.
    """
    warn(
        "torch.set_default_tensor_type() is deprecated as of PyTorch 2.1, please use torch.set_default_dtype() and "
        "torch.set_default_device() as alternatives.",
        UserWarning,
    )
    found = next((d for d in dtypes.ALL if t == f"torch.{d._legacy}Tensor"), None)
    if isinstance(t, type):
        found = getattr(t, "dtype", None)
    if not isinstance(found, dtypes.dtype):
        raise TypeError("invalid type object")
    set_default_dtype(found)


# -- what a thing is


@_offer
def typename(obj: Any, /) -> str:
    """The name of an object's type, or of its tensor type."""
    if isinstance(obj, Tensor):
        return str(obj.type())
    module = type(obj).__module__
    name = type(obj).__qualname__
    if hasattr(obj, "__qualname__"):
        module, name = getattr(obj, "__module__", "") or "", obj.__qualname__
    module = module.replace("engine", "torch", 1) if module.startswith("engine") else module
    return name if module in ("", "builtins") else f"{module}.{name}"


@_offer
def is_storage(obj: Any, /) -> bool:
    """Whether an object is a storage: there are none."""
    return False


@_offer
def is_distributed(input: Tensor) -> bool:
    """Whether a tensor is spread over machines: none is."""
    return False


@public(method=False)
def is_signed(input: Tensor) -> bool:
    """Whether the dtype has negative values."""
    return input.dtype.is_signed


@public(method=False)
def detach(input: Tensor) -> Tensor:
    """The same memory without history."""
    return input.detach()


@public
def get_device(input: Tensor) -> int:
    """-1: the CPU has no number."""
    return -1


def _never(self: Tensor) -> bool:
    """No: the engine has dense tensors on the CPU alone."""
    return False


for _name in (
    *("is_cuda", "is_sparse", "is_sparse_csr", "is_quantized", "is_meta", "is_mkldnn", "is_mps", "is_xpu", "is_xla", "is_ipu"),
    *("is_hpu", "is_vulkan", "is_maia", "is_mtia", "is_nested"),
):
    tensor_attribute(_name, property(_never))


@tensor_method
def is_shared(self: Tensor) -> bool:
    """Whether other processes see the memory: none does."""
    return False


@tensor_method
def is_pinned(self: Tensor, device: Any = None) -> bool:
    """Whether the memory is pinned for a device: it never is."""
    return False
