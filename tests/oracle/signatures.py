"""Write the list of PyTorch's signatures, which the engine's errors about arguments are made from.

    python -m tests.oracle.signatures

Needs torch and PyYAML: most signatures are made from the descriptions of ops that torch carries (`torchgen`), as its build
makes them; those that PyTorch has written by hand stand below.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import FunctionType
from typing import Any

ROOT = Path(__file__).parents[2]
LISTED = ROOT / "engine" / "signatures" / "listed.txt"

_OUTSIDE = (
    "cudnn",
    "mkldnn",
    "miopen",
    "fbgemm",
    "mps_",
    "quantize",
    "sparse",
    "fake_quant",
    "quantized",
    "sym_",
    "cufft",
    "is_vulkan",
)

_FORMAT = "*, MemoryFormat? memory_format=None"
_MADE = "Device? device=None, bool pin_memory=False, bool requires_grad=False"
BY_HAND = {
    "torch": [
        f"tensor(PyObject* data, *, ScalarType dtype=None, {_MADE})",
        "as_tensor(PyObject* data, *, ScalarType dtype=None, Device? device=None)",
        "asarray(PyObject* obj, *, ScalarType? dtype=None, Device? device=None, bool? copy=None, bool? requires_grad=None)",
        "frombuffer(PyObject* buffer, *, ScalarType dtype, int64_t count=-1, int64_t offset=0, bool requires_grad=False)",
        "range(Scalar start, Scalar end, Scalar step=1, *, Tensor out=None, ScalarType dtype=None, "
        "Layout layout=torch.strided, Device device=None, bool requires_grad=False)",
        "nonzero(Tensor input, *, bool as_tuple=False, Tensor out=None)",
        "numel(Tensor input)",
        "get_device(Tensor input)",
    ],
    "Tensor": [
        "new(*, Device? device=None)",
        "new(Storage storage)",
        "new(*, int64_t cdata)|hidden",
        "new(Tensor other)",
        "new(Tensor other, *, Device? device=None)|hidden",
        "new(SymIntArrayRef size, *, Device? device=None)",
        "new(PyObject* data, *, Device? device=None)",
        "new_tensor(PyObject* data, *, ScalarType dtype=None, Device? device=None, bool requires_grad=False)",
        "as_subclass(PyObject* cls)",
        "size(int64_t? dim=None)",
        "stride(int64_t? dim=None)",
        "contiguous(*, MemoryFormat memory_format=contiguous_format)",
        "is_contiguous(*, MemoryFormat memory_format=contiguous_format)",
        "copy_(Tensor other, bool non_blocking=False)",
        "copy_(Tensor other, bool async=False)|deprecated",
        "nonzero()",
        "nonzero(*, bool as_tuple)",
        f"cpu({_FORMAT})",
        *(
            f"{name}({_FORMAT})"
            for name in (
                *("byte", "char", "double", "float", "cdouble", "cfloat", "half", "int", "long", "short", "bool", "bfloat16"),
            )
        ),
        "numpy(*, bool force=False)",
        "requires_grad_(bool requires_grad=True)",
        "map_(Tensor other, PyObject* callable)",
        "map2_(Tensor x, Tensor y, PyObject* callable)",
        "to(Device device=None, ScalarType dtype=None, bool non_blocking=False, bool copy=False, "
        "*, MemoryFormat? memory_format=None)",
        "to(ScalarType dtype, bool non_blocking=False, bool copy=False, *, MemoryFormat? memory_format=None)",
        "to(Tensor tensor, bool non_blocking=False, bool copy=False, *, MemoryFormat? memory_format=None)",
        f"type(PyObject* dtype=None, bool non_blocking=False, {_FORMAT})",
        f"type(PyObject* dtype=None, bool async=False, {_FORMAT})|deprecated",
        "set_()",
        "set_(Storage source)",
        "set_(Storage source, SymInt storage_offset, SymIntArrayRef size, SymIntArrayRef stride=None)",
        "set_(Tensor source)",
        "set_(Tensor source, SymInt storage_offset, SymIntArrayRef size, SymIntArrayRef stride=None)",
    ],
}


def _in_python(module: str, name: str) -> bool:
    """Whether PyTorch has a function of Python before the one of C++."""
    import torch

    found = {"torch": torch, "Tensor": torch.Tensor}.get(module)
    return isinstance(getattr(found, name, None), FunctionType)


def _as_it_is(name: str) -> bool:
    """Whether torch.nn.functional offers the function of C++ itself."""
    import torch

    found = getattr(torch.nn.functional, name, None)
    return found is not None and not isinstance(found, FunctionType)


def generated() -> dict[str, list[str]]:
    """The signatures that PyTorch's build makes, by module."""
    import torchgen

    root = Path(torchgen.__file__).parent / "packaged"
    sys.path.insert(0, str(root))
    import autograd.gen_python_functions as functions
    from torchgen.gen import parse_native_yaml

    native = root / "ATen" / "native"
    parsed = parse_native_yaml(str(native / "native_functions.yaml"), str(native / "tags.yaml")).native_functions
    offered = [f for f in parsed if functions.should_generate_py_binding(f)]
    modules = {
        "torch": (False, functions.is_py_torch_function),
        "Tensor": (True, functions.is_py_variable_method),
        "nn": (False, functions.is_py_nn_function),
        "fft": (False, functions.is_py_fft_function),
        "linalg": (False, functions.is_py_linalg_function),
        "special": (False, functions.is_py_special_function),
    }
    found: dict[str, list[str]] = {}
    for module, (method, belongs) in modules.items():
        pairs = functions.load_signatures(offered, str(root / "autograd" / "deprecated.yaml"), method=method)
        groups: dict[str, Any] = {str(name): o for name, o in functions.group_filter_overloads(pairs, belongs).items()}
        found[module] = [
            group.signature.signature_str(symint=True)
            for name in sorted(groups)
            if not name.startswith("_") and not any(word in name for word in _OUTSIDE) and not _in_python(module, name)
            for group in functions.group_overloads(groups[name], symint=True)
        ]
    return found


def main() -> None:
    """Write the list."""
    found = generated()
    for module, signatures in BY_HAND.items():
        found[module] += signatures
    behind = found.pop("nn")
    found["functional"] = [text for text in behind if _as_it_is(text.partition("(")[0])]
    found["nn"] = [text for text in behind if not _as_it_is(text.partition("(")[0])]
    lines = ["# How PyTorch 2.13's functions take their arguments; written by `python -m tests.oracle.signatures`."]
    for module, signatures in found.items():
        lines += ["", f"[{module}]", *signatures]
    LISTED.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
