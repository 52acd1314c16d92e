"""torch.nn.utils.prune: parameters with some of their elements, or whole slices, held at zero by a mask."""

from __future__ import annotations

import numbers
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import Any

from ...api import FUNCTIONS
from ...rules import TENSORS
from ...tensor import Tensor
from ..modules.attributes import delete_attribute, get_attribute, set_attribute
from ..modules.module import Module
from ..modules.names import shown_type
from .convert_parameters import parameters_to_vector

__all__ = [
    "BasePruningMethod", "CustomFromMask", "Identity", "L1Unstructured", "LnStructured", "PruningContainer", "RandomStructured",
    "RandomUnstructured", "custom_from_mask", "global_unstructured", "identity", "is_pruned", "l1_unstructured", "ln_structured",
    "random_structured", "random_unstructured", "remove",
]  # fmt: skip


class BasePruningMethod(ABC):
    """A way of choosing a mask, and the hook that puts it on a parameter before each call.

    The parameter becomes `name_orig`, the mask is the buffer `name_mask`, and the attribute is their product.
    """

    PRUNING_TYPE: str
    _tensor_name: str

    def __call__(self, module: Module, inputs: Any) -> None:
        set_attribute(module, self._tensor_name, self.apply_mask(module))

    @abstractmethod
    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask, given the elements' importance and the mask there is."""

    def apply_mask(self, module: Module) -> Tensor:
        """The product of a module's parameter and its mask."""
        original: Tensor = get_attribute(module, self._tensor_name + "_orig")
        mask: Tensor = get_attribute(module, self._tensor_name + "_mask")
        return mask.to(dtype=original.dtype) * original

    @classmethod
    def apply(cls, module: Module, name: str, *args: Any, importance_scores: Tensor | None = None, **kwargs: Any) -> Any:
        """Prune a module's parameter, further if it is pruned already.

        Args:
            module: The module.
            name: Of the parameter.
            args: The method's arguments.
            importance_scores: How important each element is, by which they are chosen; the parameter itself if not given.
            kwargs: The method's arguments by name.

        Raises:
            AssertionError: The scores have another shape.
        """
        method = _added(module, name, cls(*args, **kwargs))
        original: Any = get_attribute(module, name)
        if importance_scores is not None and importance_scores.shape != original.shape:
            raise AssertionError(
                f"importance_scores should have the same shape as parameter {name} of {module}, got "
                f"{importance_scores.shape} vs {original.shape}"
            )
        scores = original if importance_scores is None else importance_scores
        first = not isinstance(method, PruningContainer)
        if first:
            module.register_parameter(name + "_orig", original)
            del module._parameters[name]
            mask = TENSORS.ones_like(original)
        else:
            mask = get_attribute(module, name + "_mask").detach().clone()
        try:
            module.register_buffer(name + "_mask", method.compute_mask(scores, default_mask=mask))
            set_attribute(module, name, method.apply_mask(module))
            module.register_forward_pre_hook(method)
        except Exception:
            if first:
                module.register_parameter(name, get_attribute(module, name + "_orig"))
                del module._parameters[name + "_orig"]
            raise
        return method

    def prune(self, t: Tensor, default_mask: Tensor | None = None, importance_scores: Tensor | None = None) -> Tensor:
        """A tensor with what this method chooses made zero."""
        if importance_scores is not None and importance_scores.shape != t.shape:
            raise AssertionError(
                f"importance_scores should have the same shape as tensor t, got {importance_scores.shape} vs {t.shape}"
            )
        mask = TENSORS.ones_like(t) if default_mask is None else default_mask
        return t * self.compute_mask(t if importance_scores is None else importance_scores, default_mask=mask)

    def remove(self, module: Module) -> None:
        """Make the pruned parameter a plain one again, with its zeros."""
        name = self._tensor_name
        weight = self.apply_mask(module)
        if hasattr(module, name):
            delete_attribute(module, name)
        original: Any = module._parameters.pop(name + "_orig")
        original.data = weight.data
        del module._buffers[name + "_mask"]
        set_attribute(module, name, original)


def _added(module: Module, name: str, method: BasePruningMethod) -> BasePruningMethod:
    """A method, together with what already prunes the parameter, whose hook is taken off."""
    method._tensor_name = name
    hooks = module._forward_pre_hooks
    keys = [key for key, hook in hooks.items() if isinstance(hook, BasePruningMethod) and hook._tensor_name == name]
    if len(keys) > 1:
        raise AssertionError(
            f"Avoid adding multiple pruning hooks to the same tensor {name} of module {module}. Use a PruningContainer."
        )
    if not keys:
        return method
    before: Any = hooks.pop(keys[0])
    container = before if isinstance(before, PruningContainer) else PruningContainer(before)
    container.add_pruning_method(method)
    return container


class PruningContainer(BasePruningMethod):
    """Several methods, one after the other.

    Args:
        args: The methods, all of one parameter.
    """

    def __init__(self, *args: BasePruningMethod) -> None:
        self._pruning_methods: tuple[Any, ...] = ()
        if len(args) == 1:
            self._tensor_name = args[0]._tensor_name
        for method in args:
            self.add_pruning_method(method)

    def add_pruning_method(self, method: BasePruningMethod | None) -> None:
        """Add a method at the end.

        Raises:
            TypeError: It is no method.
            ValueError: It is of another parameter.
        """
        if method is not None:
            if not isinstance(method, BasePruningMethod):
                raise TypeError(f"{shown_type(type(method))} is not a BasePruningMethod subclass")
            if self._tensor_name != method._tensor_name:
                raise ValueError(
                    f"Can only add pruning methods acting on the parameter named '{self._tensor_name}' to PruningContainer "
                    f"{self}. Found '{method._tensor_name}'"
                )
        self._pruning_methods += (method,)

    def __len__(self) -> int:
        return len(self._pruning_methods)

    def __iter__(self) -> Iterator[BasePruningMethod]:
        return iter(self._pruning_methods)

    def __getitem__(self, index: Any) -> Any:
        return self._pruning_methods[index]

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask of the last method, of what the others have left."""
        method: Any = self._pruning_methods[-1]
        dims = t.dim()
        index: Any = (slice(None),) * dims
        if method.PRUNING_TYPE == "unstructured":
            index = default_mask == 1
        elif method.PRUNING_TYPE == "structured":
            if not hasattr(method, "dim"):
                raise AttributeError('Pruning methods of PRUNING_TYPE "structured" need to have the attribute `dim` defined.')
            dim = method.dim + dims if method.dim < 0 else method.dim
            if dim < 0:
                raise IndexError(f"Index is out of bounds for tensor with dimensions {dims}")
            kept = default_mask.sum(dim=[d for d in range(dims) if d != dim]) != 0
            index = (*index[:dim], kept, *index[dim + 1 :])
        elif method.PRUNING_TYPE != "global":
            raise ValueError(f"Unrecognized PRUNING_TYPE {method.PRUNING_TYPE}")
        part = method.compute_mask(t[index], default_mask=default_mask[index])
        found = default_mask.to(dtype=t.dtype)
        found[index] = part.to(dtype=found.dtype)
        return found


# -- how many


def _check_amount(amount: Any) -> None:
    if not isinstance(amount, numbers.Real):
        raise TypeError(f"Invalid type for amount: {amount}. Must be int or float.")
    whole = isinstance(amount, numbers.Integral)
    if (whole and amount < 0) or (not whole and not 0.0 <= float(amount) <= 1.0):
        raise ValueError(f"amount={amount} should either be a float in the range [0, 1] or a non-negative integer")


def _count(amount: Any, size: int) -> int:
    """How many of so many an amount is: a number, or a part of them."""
    count = int(amount) if isinstance(amount, numbers.Integral) else round(amount * size)
    if count > size:
        raise ValueError(f"amount={count} should be smaller than the number of parameters to prune={size}")
    return count


class _Amount(BasePruningMethod):
    """A method that is told how much to prune: a number of elements or slices, or a part of them."""

    def __init__(self, amount: Any) -> None:
        _check_amount(amount)
        self.amount = amount


# -- of single elements


class Identity(BasePruningMethod):
    """Prunes nothing, but puts a mask there."""

    PRUNING_TYPE = "unstructured"

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask there is."""
        return default_mask

    @classmethod
    def apply(cls, module: Module, name: str) -> Any:  # type: ignore[override]
        """Prune a module's parameter."""
        return super().apply(module, name)


class RandomUnstructured(_Amount):
    """Prunes elements by chance."""

    PRUNING_TYPE = "unstructured"

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask there is, with elements drawn made zero."""
        return _without(default_mask, _count(self.amount, t.numel()), lambda: FUNCTIONS["rand_like"](t), True)

    @classmethod
    def apply(cls, module: Module, name: str, amount: Any) -> Any:  # type: ignore[override]
        """Prune a module's parameter."""
        return super().apply(module, name, amount=amount)


class L1Unstructured(_Amount):
    """Prunes the elements nearest to zero."""

    PRUNING_TYPE = "unstructured"

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask there is, with the least important elements made zero."""
        return _without(default_mask, _count(self.amount, t.numel()), t.abs, False)

    @classmethod
    def apply(cls, module: Module, name: str, amount: Any, importance_scores: Tensor | None = None) -> Any:  # type: ignore[override]
        """Prune a module's parameter."""
        return super().apply(module, name, amount=amount, importance_scores=importance_scores)


def _without(mask: Tensor, count: int, scores: Any, largest: bool) -> Tensor:
    mask = mask.clone()
    if count:
        _, places = TENSORS.topk(scores().view(-1), k=count, largest=largest)
        mask.view(-1)[places] = 0
    return mask


# -- of whole slices


class _Structured(_Amount):
    PRUNING_TYPE = "structured"
    dim: int

    def _slices(self, t: Tensor) -> tuple[int, int]:
        """How many slices there are, and how many to prune."""
        if t.dim() <= 1:
            raise ValueError(
                f"Structured pruning can only be applied to multidimensional tensors. Found tensor of shape {t.shape} with "
                f"{t.dim()} dims"
            )
        if self.dim >= t.dim():
            raise IndexError(f"Invalid index {self.dim} for tensor of size {t.shape}")
        size = t.shape[self.dim]
        return size, _count(self.amount, size)

    def _keeping(self, t: Tensor, kept: Tensor, default_mask: Tensor) -> Tensor:
        """The mask there is, of the slices kept."""
        mask = TENSORS.zeros_like(t)
        index: list[Any] = [slice(None)] * t.dim()
        index[self.dim] = kept
        mask[tuple(index)] = 1
        mask *= default_mask.to(dtype=mask.dtype)
        return mask


class RandomStructured(_Structured):
    """Prunes slices by chance.

    Args:
        amount: How many, or which part.
        dim: Along which dimension.
    """

    def __init__(self, amount: Any, dim: int = -1) -> None:
        super().__init__(amount)
        self.dim = dim

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask there is, with slices drawn made zero."""
        size, count = self._slices(t)
        if count == 0:
            return default_mask
        drawn = FUNCTIONS["rand"](size)
        return self._keeping(t, drawn.gt(FUNCTIONS["kthvalue"](drawn, k=count).values), default_mask)

    @classmethod
    def apply(cls, module: Module, name: str, amount: Any, dim: int = -1) -> Any:  # type: ignore[override]
        """Prune a module's parameter."""
        return super().apply(module, name, amount=amount, dim=dim)


class LnStructured(_Structured):
    """Prunes the slices of the smallest n-norm.

    Args:
        amount: How many, or which part.
        n: Of the norm.
        dim: Along which dimension.
    """

    def __init__(self, amount: Any, n: Any, dim: int = -1) -> None:
        super().__init__(amount)
        self.n = n
        self.dim = dim

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask there is, with the slices of the smallest norm made zero."""
        size, count = self._slices(t)
        if count == 0:
            return default_mask
        norms = FUNCTIONS["norm"](t, p=self.n, dim=[d for d in range(t.dim()) if d != self.dim % t.dim()])
        return self._keeping(t, TENSORS.topk(norms, k=size - count, largest=True)[1], default_mask)

    @classmethod
    def apply(cls, module: Module, name: str, amount: Any, n: Any, dim: int, importance_scores: Tensor | None = None) -> Any:  # type: ignore[override]
        """Prune a module's parameter."""
        return super().apply(module, name, amount=amount, n=n, dim=dim, importance_scores=importance_scores)


class CustomFromMask(BasePruningMethod):
    """Prunes by a mask of one's own.

    Args:
        mask: Of the parameter's shape.
    """

    PRUNING_TYPE = "global"

    def __init__(self, mask: Tensor) -> None:
        self.mask = mask

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The product of the masks."""
        if default_mask.shape != self.mask.shape:
            raise AssertionError(f"default_mask shape {default_mask.shape} must match self.mask shape {self.mask.shape}")
        return default_mask * self.mask.to(dtype=default_mask.dtype)

    @classmethod
    def apply(cls, module: Module, name: str, mask: Tensor) -> Any:  # type: ignore[override]
        """Prune a module's parameter."""
        return super().apply(module, name, mask=mask)


# -- in one word; each returns the module


def identity(module: Any, name: str) -> Any:
    """Put a mask of ones on a parameter."""
    Identity.apply(module, name)
    return module


def random_unstructured(module: Any, name: str, amount: Any) -> Any:
    """Prune elements of a parameter by chance: so many, or such a part."""
    RandomUnstructured.apply(module, name, amount)
    return module


def l1_unstructured(module: Any, name: str, amount: Any, importance_scores: Tensor | None = None) -> Any:
    """Prune the elements of a parameter nearest to zero: so many, or such a part."""
    L1Unstructured.apply(module, name, amount=amount, importance_scores=importance_scores)
    return module


def random_structured(module: Any, name: str, amount: Any, dim: int) -> Any:
    """Prune slices of a parameter along a dimension by chance."""
    RandomStructured.apply(module, name, amount, dim)
    return module


def ln_structured(module: Any, name: str, amount: Any, n: Any, dim: int, importance_scores: Tensor | None = None) -> Any:
    """Prune the slices of a parameter along a dimension whose n-norm is smallest."""
    LnStructured.apply(module, name, amount, n, dim, importance_scores=importance_scores)
    return module


def custom_from_mask(module: Any, name: str, mask: Tensor) -> Any:
    """Prune a parameter by a mask of one's own."""
    CustomFromMask.apply(module, name, mask)
    return module


def global_unstructured(
    parameters: Any, pruning_method: type[BasePruningMethod], importance_scores: Any = None, **kwargs: Any
) -> None:
    """Prune elements of several parameters as if they were one vector.

    Args:
        parameters: Modules and names.
        pruning_method: A class of methods for single elements.
        importance_scores: How important elements are, by module and name; the parameters themselves if not given.
        kwargs: The method's arguments.

    Raises:
        TypeError: An argument is of another type.
    """
    if not isinstance(parameters, Iterable):
        raise TypeError("global_unstructured(): parameters is not an Iterable")
    if not isinstance({} if importance_scores is None else importance_scores, dict):
        raise TypeError("global_unstructured(): importance_scores must be of type dict")
    scores = dict(importance_scores or {})
    pairs: list[tuple[Any, str]] = list(parameters)
    values = [get_attribute(module, name) for module, name in pairs]
    importance = parameters_to_vector([scores.get(pair, value) for pair, value in zip(pairs, values, strict=True)])
    masks = [get_attribute(m, name + "_mask", TENSORS.ones_like(v)) for (m, name), v in zip(pairs, values, strict=True)]
    container = PruningContainer()
    method = pruning_method(**kwargs)
    container._tensor_name = method._tensor_name = "temp"
    if method.PRUNING_TYPE != "unstructured":
        raise TypeError(
            'Only "unstructured" PRUNING_TYPE supported for the `pruning_method`. Found method '
            f"{shown_type(pruning_method)} of type {method.PRUNING_TYPE}"
        )
    container.add_pruning_method(method)
    mask = container.compute_mask(importance, parameters_to_vector(masks))
    begin = 0
    for (module, name), value in zip(pairs, values, strict=True):
        end = begin + value.numel()
        custom_from_mask(module, name, mask=mask[begin:end].view_as(value))
        begin = end


def remove(module: Any, name: str) -> Any:
    """Make a pruned parameter a plain one again, with its zeros.

    Raises:
        ValueError: It is not pruned.
    """
    for key, hook in module._forward_pre_hooks.items():
        if isinstance(hook, BasePruningMethod) and hook._tensor_name == name:
            hook.remove(module)
            del module._forward_pre_hooks[key]
            return module
    raise ValueError(f"Parameter '{name}' of module {module} has to be pruned before pruning can be removed")


def is_pruned(module: Module) -> bool:
    """Whether anything in a module is pruned."""
    return any(isinstance(hook, BasePruningMethod) for m in module.modules() for hook in m._forward_pre_hooks.values())


def __dir__() -> list[str]:
    return __all__
