"""Writes the catalogue of ops: what the engine knows of them, and the words of ``resources/catalogue_words.txt``.

Run by `make catalogue`. Nothing of the application imports this, as it imports the engine.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
import warnings
from collections.abc import Callable
from typing import Any, Final

import engine
from engine.schema import REQUIRED, Schema
from engine.table import TABLE
from engine.tensor import Tensor
from gradviz.resource_files import resource
from gradviz.script.catalogue import SLOT
from gradviz.script.words import words

_FUNCTIONAL: Final = "torch.nn.functional"
_NO_OPS: Final = re.compile(
    r"""
    (is|are|use|get|set|new|register|requires|retains?)_\w+
    | typename | \w+_seed | seed | \w+Tensor | allclose | asarray | backward
    | broadcast_shapes | can_cast | cpu | cuda | data_ptr | dim | element_size | equal | item | itemsize | from_numpy | grad
    | grad_fn | nbytes | ndim | ndimension | nelement | numel | numpy | output_nr | promote_types | result_type
    | shape | size | storage_offset
    | stride | tolist | type | inference_mode | (no|enable)_grad | as_strided | split_with_sizes | index_put
    | Generator | Size | Tensor | d?type | device | [fi]info | layout | memory_format | compile | save | load | hub | jit
    | \w+_copy | unsafe_\w+ | \w+_static | unique_dim | resolve_\w+ | conj_physical | as_strided_\w+ | vmap | \w+_out
    | bernoulli_ | apply | map | storage | untyped_storage | share_memory | pin_memory | data
    """,
    re.VERBOSE,
)
"""What is no op to draw, or is not to be drawn by hand; names with a trailing underscore come besides."""

_RANDOM: Final = re.compile(r"rand\w*|bernoulli|normal|multinomial|poisson|\w*dropout\w*|rrelu|gumbel_softmax")
_LOSS: Final = re.compile(r"_loss$|cross_entropy|^kl_div$")
_TENSOR_NAMES: Final = words("input other exponent target mask condition index tensor self weight end")
_NUMBER_NAMES: Final = words("p eps value fill_value alpha beta min max delta threshold start step base")
_HIDDEN: Final = words(
    """
    out device layout pin_memory memory_format size_average reduce axis name inplace args kwargs
    """
)
_TYPES: Final = {"Tensor": "tensor", "Scalar": "number", "float": "number", "int": "int", "bool": "bool", "str": "text"}


def read_words(text: str) -> dict[str, dict[str, Any]]:
    """The hand-written part: by name its category, template, meaning and words.

    Raises:
        ValueError: A line says nothing.
    """
    found: dict[str, dict[str, Any]] = {}
    category = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        if heading := re.fullmatch(r"\[(.+)\]", line.strip()):
            category = heading[1]
            continue
        parts = [part.strip() for part in line.split(" ::")]
        if len(parts) != 4:
            raise ValueError(f"line {number}: not four columns")
        name, writing, meaning, words = parts
        if name in found:
            raise ValueError(f"line {number}: {name} again")
        found[name] = {"category": category, "writing": writing, "meaning": meaning, "words": words.split()}
    return found


def _default(value: Any) -> str:
    return repr(value)


def _of_schema(schema: Schema) -> list[dict[str, Any]]:
    found = []
    for p in schema.parameters:
        bare = p.type.rstrip("?")
        kind = _TYPES.get(bare, "other")
        if p.is_tensor_list:
            kind = "tensors"
        elif bare.startswith("int["):
            kind = "ints"
        elif bare.startswith("ScalarType"):
            kind = "dtype"
        elif bare.startswith(("MemoryFormat", "Generator")):
            continue
        found.append(_parameter(p.name, kind, None if p.default is REQUIRED else _default(p.default), p.keyword_only))
    return found


def _of_table(name: str) -> list[dict[str, Any]]:
    """The parameters of a function that hands its arguments on as they are: those of its first row in the table."""
    rows = [row for row in TABLE.values() if row.name == name]
    return _of_schema(rows[0].schema) if rows else []


def _of_function(function: Callable[..., Any]) -> list[dict[str, Any]]:
    found = []
    for p in inspect.signature(function).parameters.values():
        if p.name in _HIDDEN or p.name.startswith("_") or p.name == "generator":
            continue
        annotation = str(p.annotation).strip("'")
        default = None if p.default is inspect.Parameter.empty else _default(p.default)
        many = p.kind is inspect.Parameter.VAR_POSITIONAL
        found.append(
            _parameter(p.name, _kind(p.name, annotation, many), default, p.kind is inspect.Parameter.KEYWORD_ONLY, many)
        )
    return found


def _kind(name: str, annotation: str, many: bool) -> str:
    bare = annotation.removesuffix(" | None")
    if bare == "Tensor":
        return "tensors" if many else "tensor"
    if name == "tensors":
        return "tensors"
    if many or name in ("size", "dims", "shape", "sizes", "repeats"):
        return "ints"
    if name == "dtype":
        return "dtype"
    if bare in _TYPES:
        return _TYPES[bare]
    if name in ("dim", "dims"):
        return "int"
    if name in _NUMBER_NAMES:
        return "number"
    return "tensor" if name in _TENSOR_NAMES else "other"


def _parameter(name: str, kind: str, default: str | None, keyword_only: bool, many: bool = False) -> dict[str, Any]:
    found: dict[str, Any] = {"name": name, "kind": kind}
    if default is not None:
        found["default"] = default
    if keyword_only:
        found["keyword_only"] = True
    if many:
        found["many"] = True
    return found


def _text(parameters: list[dict[str, Any]], name: str) -> str:
    parts: list[str] = []
    starred = False
    for p in parameters:
        if p.get("many"):
            starred = True
        elif p.get("keyword_only") and not starred:
            starred = True
            parts.append("*")
        star = "*" if p.get("many") else ""
        parts.append(star + p["name"] + (f"={p['default']}" if "default" in p else ""))
    return f"{name}({', '.join(parts)})"


def _template(path: str, parameters: list[dict[str, Any]]) -> str:
    """How an op is written of which nobody said how: as a call, with what must be given."""
    arguments, place = [], 0
    for p in parameters:
        if "default" in p or (p.get("keyword_only") and p["kind"] != "tensor"):
            continue
        if p["kind"] == "tensors":
            arguments.append("{*}" if p.get("many") else "[{*}]")
        elif p["kind"] == "tensor":
            arguments.append(f"{{{place}}}")
            place += 1
        else:
            fill = {"int": "1", "ints": "(1,)", "bool": "True", "number": "1.0", "dtype": "torch.float64"}.get(
                p["kind"], "None"
            )
            arguments.append(f"{{{p['name']}={fill}}}")
    owner, _, name = path.rpartition(".")
    if owner == "torch.Tensor":
        return f"{arguments[0]}.{name}({', '.join(arguments[1:])})"
    return f"{'F' if owner == _FUNCTIONAL else owner}.{name}({', '.join(arguments)})"


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text[:1].upper() + text[1:].rstrip(".") + "." if text else ""


def _described(name: str, path: str, thing: Any, words: dict[str, Any]) -> dict[str, Any]:
    row = getattr(thing, "op", None)
    if isinstance(thing, property) or not callable(thing):
        parameters = [_parameter("input", "tensor", None, False)]
        doc = formula = (getattr(thing, "__doc__", "") or "").partition("\n")[0].rstrip(".")
        signature = f"input.{name}"
        words = {"writing": f"{{0}}.{name}"} | words
    else:
        parameters = _of_function(thing) if row is None else _of_schema(row.schema)
        if parameters and parameters[0]["name"] == "self":
            parameters[0]["name"] = "input"
        if row is None and len(parameters) < 2:
            parameters = _of_table(name) or parameters
        first = " ".join((thing.__doc__ or "").partition("\n\n")[0].split()).rstrip(".")
        formula = re.sub(r"\bself\b", "input", first if row is None else row.formula)
        doc = first if row is None else formula
        receiver = path.startswith("torch.Tensor.")
        signature = f"input.{_text(parameters[1:], name)}" if receiver else _text(parameters, name)
    random = bool(_RANDOM.fullmatch(name))
    found = {
        "name": name,
        "path": path,
        "signature": signature,
        "meaning": words.get("meaning") or _sentence(doc),
        "formula": formula,
        "category": words.get("category") or ("Loss" if _LOSS.search(name) else "More"),
        "parameters": parameters,
        "writing": words.get("writing") or _template(path, parameters),
        "words": words.get("words", []),
    }
    return found | ({"random": True} if random else {})


def _things() -> dict[str, tuple[str, Any]]:
    """Every op that users can call: by name its path and what is called."""
    found: dict[str, tuple[str, Any]] = {}
    for name in engine.__all__:
        thing = getattr(engine, name)
        if callable(thing) and not inspect.isclass(thing):
            found[name] = (f"torch.{name}", thing)
    for name in engine.nn.functional.__all__:
        if name not in found or _LOSS.search(name):
            found[name] = (f"{_FUNCTIONAL}.{name}", getattr(engine.nn.functional, name))
    for name in dir(Tensor):
        if name not in found:
            found[name] = (f"torch.Tensor.{name}", inspect.getattr_static(Tensor, name))
    return {name: one for name, one in found.items() if not (name.startswith("_") or name.endswith("_"))}


def _trials() -> list[list[Any]]:
    """Tensors to try an op with: of many shapes and dtypes."""
    torch: Any = engine
    torch.manual_seed(0)
    matrix, vector, numbers = torch.rand(2, 2), torch.rand(2), torch.zeros(2, dtype=torch.long)
    mask, places, cube = matrix > 0.5, torch.zeros(2, 2, dtype=torch.long), torch.rand(2, 2, 2)
    return [
        *([one] * 3 for one in (matrix, vector, mask, cube, numbers, torch.complex(matrix, matrix))),
        *([mask, matrix, matrix], [matrix, mask, matrix], [matrix, places, matrix], [matrix, numbers, matrix]),
        *([matrix, vector, vector], [vector, matrix, vector], [vector, numbers, vector], [vector, cube, cube]),
    ]


def runs(writing: str) -> bool:
    """Whether an op runs as it is written, with some tensors or other."""
    modules = {"torch": engine, "F": engine.nn.functional}
    for inputs in _trials():

        def fill(slot: re.Match[str]) -> str:
            if slot["name"] == "*":
                return "in0, in1"
            return "" if slot["optional"] else f"in{slot['name']}" if slot["name"].isdigit() else slot["fill"]

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                eval(SLOT.sub(fill, writing), {**modules, **{f"in{i}": value for i, value in enumerate(inputs)}})
        except Exception:  # whatever it does not like
            continue
        return True
    return False


def _identity(thing: Any) -> object:
    """What two names of one op have in common."""
    row = getattr(thing, "op", None)
    if row is not None:
        return id(row)
    return (thing.__doc__, str(inspect.signature(thing))) if inspect.isfunction(thing) and thing.__doc__ else id(thing)


def build() -> list[dict[str, Any]]:
    """The catalogue, as it is written to the file."""
    words = read_words(resource("catalogue_words.txt").read_text("utf-8"))
    things = _things()
    others: dict[str, list[str]] = {}
    found: dict[str, dict[str, Any]] = {}
    seen: dict[object, str] = {}
    for name in sorted(things, key=lambda name: (name not in words, name)):
        path, thing = things[name]
        row = getattr(thing, "op", None)
        identity = _identity(thing)
        known = seen.get(identity)
        if known is None and row is not None and row.name != name and row.name in found:
            known = row.name
        if known is not None and name not in words:
            others.setdefault(known, []).append(name)
            continue
        if name in words or not _NO_OPS.fullmatch(name):
            found[name] = _described(name, path, thing, words.get(name, {}))
            seen[identity] = name
    if "index" in words:
        found["index"] = _indexing(words["index"])
    for name, names in others.items():
        if name in found:
            found[name]["others"] = sorted(names)
    for name in [name for name, one in found.items() if not (one["meaning"] and runs(one["writing"]))]:
        if name in words:
            raise ValueError(f"{name} cannot be written as {found[name]['writing']}")
        del found[name]  # nobody has said how it is written
    order = {name: place for place, name in enumerate(words)}
    return sorted(found.values(), key=lambda one: (order.get(one["name"], len(order)), one["name"]))


def _indexing(words: dict[str, Any]) -> dict[str, Any]:
    parameters = [_parameter("input", "tensor", None, False), _parameter("index", "other", None, False)]
    return {
        "name": "index",
        "path": "torch.Tensor.__getitem__",
        "signature": "input[index]",
        "meaning": words["meaning"],
        "formula": "input[index]",
        "category": words["category"],
        "parameters": parameters,
        "writing": words["writing"],
        "words": words["words"],
    }


def text() -> str:
    """The catalogue as the file's text: an op on each line."""
    rows = ",\n".join(json.dumps(row, ensure_ascii=False) for row in build())
    return f'{{"ops": [\n{rows}\n]}}\n'


if __name__ == "__main__":
    resource("catalogue.json").write_text(text(), "utf-8")
    sys.stdout.write(f"{len(build())} ops\n")
