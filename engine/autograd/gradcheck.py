"""torch.autograd.gradcheck: derivatives compared with finite differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..api import FUNCTIONS
from ..dtypes import complex128, float64
from ..frames import warn
from ..tensor import Tensor
from . import check_jacobians, check_support
from .calls import grad
from .check_compare import Check, compare, fast, slow
from .check_jacobians import GradcheckError, as_tuple, differentiable, is_inexact

__all__ = [
    "GradcheckError",
    "get_analytical_jacobian",
    "get_numerical_jacobian",
    "get_numerical_jacobian_wrt_specific_input",
    "gradcheck",
    "gradgradcheck",
]


def _check_inputs(inputs: Sequence[Any]) -> None:
    """See that inputs can be moved.

    Raises:
        ValueError: None requires grad.
        RuntimeError: Elements of one share their memory.
    """
    found = False
    for index, given in enumerate(inputs):
        if not (isinstance(given, Tensor) and given.requires_grad):
            continue
        found = True
        if given.dtype not in (float64, complex128):
            warn(
                f"Input #{index} requires gradient and is not a double precision floating point or complex. This check will likely fail "
                "if all the inputs are not of double precision floating point or complex. ",
                UserWarning,
            )
        if not all(stride > 0 or size <= 1 for stride, size in zip(given.stride(), given.shape, strict=True)):
            raise RuntimeError(
                f"The {index}th input has a dimension with stride 0. gradcheck only supports inputs that are non-overlapping to be able "
                "to compute the numerical gradients correctly. You should call .contiguous on the input before passing it to gradcheck."
            )
    if not found:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of them have requires_grad=True."
        )


def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """Compare the derivatives of a function with finite differences.

    Args:
        func: Takes the inputs, returns a tensor or a tuple of tensors.
        inputs: The tensor, or the tuple of tensors and anything else, it is called with; in double precision.
        eps: How far inputs are moved.
        atol: The absolute tolerance.
        rtol: The relative tolerance.
        raise_exception: Whether a failure is an error, or False is returned.
        nondet_tol: How far a gradient may differ from one time to the other.
        check_undefined_grad: Whether gradients that are missing must count as zero.
        check_grad_dtypes: Whether gradients must have the inputs' dtypes.
        check_batched_grad: Whether gradients must be computed for a batch too.
        check_batched_forward_grad: Whether tangents must be computed for a batch too.
        check_forward_ad: Whether forward mode is checked.
        check_backward_ad: Whether reverse mode is checked.
        fast_mode: Whether only one product with each Jacobian is compared.
        masked: Whether a gradient of zero need only give gradients close to zero.

    Returns:
        Whether they agree.

    Raises:
        GradcheckError: They do not.
        AssertionError: The options do not fit each other.
    """
    for fits, text in (
        (check_forward_ad or check_backward_ad, "Expected at least one of check_forward_ad or check_backward_ad to be True"),
        (check_backward_ad or not check_batched_grad, "Setting check_batched_grad=True requires check_backward_ad to be True"),
        (
            check_forward_ad or not check_batched_forward_grad,
            "Setting check_batched_forward_grad=True requires check_forward_ad to be True",
        ),
    ):
        if not fits:
            raise AssertionError(text)

    def run() -> None:
        given = as_tuple(inputs)
        _check_inputs(given)
        func_out = func(*given)
        outputs = differentiable(func_out)
        check = Check(func, func_out, given, outputs, eps, rtol, atol, check_grad_dtypes, nondet_tol)
        compare(check, fast if fast_mode else slow, check_forward_ad, check_backward_ad, check_undefined_grad)
        if check_batched_forward_grad:
            check_support.check_batched_forward(func, given)
        if not check_backward_ad:
            return
        if check_batched_grad:
            for number, output in enumerate(outputs):
                check_support.check_batched_backward(given, output, number)
        check_support.check_gradient_of_zero(outputs, given, masked)
        if check_undefined_grad:
            check_support.check_undefined_backward(func, outputs, given)

    try:
        run()
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def _random_seed(like: Tensor, spaced: bool) -> Tensor:
    """Numbers between -1 and 1 of an output's shape, that require grad."""
    kind = like.dtype if is_inexact(like) else float64
    shape = (*like.shape[:-1], 2 * like.shape[-1]) if spaced and like.ndim else like.shape
    made: Tensor = FUNCTIONS["empty"](shape, dtype=kind)
    if made.is_complex():
        FUNCTIONS["view_as_real"](made).uniform_(-1, 1)
    else:
        made.uniform_(-1, 1)
    if spaced and like.ndim:
        made = made[..., ::2]
    return made.requires_grad_()


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Any,
    grad_outputs: Any = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool = False,
    masked: bool = False,
) -> bool:
    """Compare the second derivatives of a function with finite differences of the first; see `gradcheck`.

    Args:
        func: Takes the inputs, returns a tensor or a tuple of tensors.
        inputs: The tensor, or the tuple of tensors and anything else, it is called with; in double precision.
        grad_outputs: What the outputs are multiplied with; random, if not given.
        eps: How far inputs are moved.
        atol: The absolute tolerance.
        rtol: The relative tolerance.
        gen_non_contig_grad_outputs: Whether random grad_outputs shall not lie in memory side by side.
        raise_exception: Whether a failure is an error, or False is returned.
        nondet_tol: How far a gradient may differ from one time to the other.
        check_undefined_grad: Whether gradients that are missing must count as zero.
        check_grad_dtypes: Whether gradients must have the inputs' dtypes.
        check_batched_grad: Whether gradients must be computed for a batch too.
        check_fwd_over_rev: Whether forward mode over reverse mode is checked.
        check_rev_over_rev: Whether reverse mode over reverse mode is checked.
        fast_mode: Whether only one product with each Jacobian is compared.
        masked: Whether a gradient of zero need only give gradients close to zero.

    Raises:
        GradcheckError: They differ.
        AssertionError: The options do not fit each other.
    """
    if not (check_fwd_over_rev or check_rev_over_rev):
        raise AssertionError("Expected at least one of check_fwd_over_rev or check_rev_over_rev to be True")
    for name, wanted in (("check_undefined_grad", check_undefined_grad), ("check_batched_grad", check_batched_grad)):
        if wanted and not check_rev_over_rev:
            raise AssertionError(f"Setting {name}=True requires check_rev_over_rev to be True")
    given = as_tuple(inputs)
    if grad_outputs is None:
        seeds = tuple(_random_seed(o, gen_non_contig_grad_outputs) for o in differentiable(func(*given)))
    else:
        seeds = as_tuple(grad_outputs)
    count = len(seeds)
    moving = {i for i, x in enumerate(given) if isinstance(x, Tensor) and x.requires_grad}
    moving_seeds = {i for i, x in enumerate(seeds) if x.requires_grad}

    def first_derivatives(*arguments: Any) -> Any:
        # In forward mode they come without history.
        own = tuple(x.requires_grad_() if i in moving else x for i, x in enumerate(arguments[:-count]))
        outputs = differentiable(func(*own))
        directions = tuple(x.requires_grad_() if i in moving_seeds else x for i, x in enumerate(arguments[-count:]))
        wanted = tuple(x for i, x in enumerate(own) if i in moving)
        found = grad(outputs, wanted, directions, create_graph=True, allow_unused=True)
        return tuple(g for g in found if g is not None)

    return gradcheck(
        first_derivatives,
        given + seeds,
        eps=eps,
        atol=atol,
        rtol=rtol,
        raise_exception=raise_exception,
        nondet_tol=nondet_tol,
        check_undefined_grad=check_undefined_grad,
        check_grad_dtypes=check_grad_dtypes,
        check_batched_grad=check_batched_grad,
        fast_mode=fast_mode,
        check_forward_ad=check_fwd_over_rev,
        check_backward_ad=check_rev_over_rev,
        masked=masked,
    )


# -- what PyTorch once let out


def _deprecated(name: str) -> None:
    warn(
        f"`{name}` was part of PyTorch's private API and not meant to be exposed. We are deprecating it and it will be removed in a "
        "future version of PyTorch. If you have a specific use for this or feature request for this to be a stable API, please file us "
        "an issue at https://github.com/pytorch/pytorch/issues/new",
        FutureWarning,
    )


def get_numerical_jacobian_wrt_specific_input(
    fn: Callable[..., Any],
    input_idx: int,
    inputs: Sequence[Any],
    outputs: Sequence[Any],
    eps: float,
    input: Tensor | None = None,
    is_forward_ad: bool = False,
) -> tuple[Tensor, ...]:
    """The Jacobian of each output with respect to one input, by finite differences."""
    return check_jacobians.numerical_jacobian(fn, inputs, outputs, input_idx, eps)


def get_numerical_jacobian(
    fn: Callable[..., Any], inputs: Any, target: Any = None, eps: float = 1e-3, grad_out: float = 1.0
) -> tuple[Tensor, ...]:
    """Deprecated: the Jacobian of a function of one tuple with respect to each of its elements, by finite differences."""
    _deprecated("get_numerical_jacobian")
    if grad_out != 1.0:
        raise ValueError("Expected grad_out to be 1.0. get_numerical_jacobian no longer supports values of grad_out != 1.0.")
    given = as_tuple(inputs)

    def called(*arguments: Any) -> Any:
        return fn(arguments)

    check = Check(called, called(*given), given, (), eps, 0.0, 0.0, False, 0.0)
    return tuple(by_output[0] for by_output in check.numerical())


def get_analytical_jacobian(inputs: Any, output: Tensor, nondet_tol: float = 0.0, grad_out: float = 1.0) -> Any:
    """Deprecated: the Jacobian with respect to each input, and whether it was twice the same, of the right size and dtype."""
    _deprecated("get_analytical_jacobian")
    if grad_out != 1.0:
        raise ValueError("Expected grad_out to be 1.0. get_analytical_jacobian no longer supports values of grad_out != 1.0.")
    if output.is_complex():
        raise ValueError(
            "Expected output to be non-complex. get_analytical_jacobian no longer supports functions that return complex outputs."
        )
    return check_jacobians.jacobians_twice(inputs, output, nondet_tol)


def __dir__() -> list[str]:
    return __all__
