"""torch.nn.modules.rnn: recurrent layers, of many steps and of one."""

from __future__ import annotations

import math
import numbers
from typing import Any

from ...api import FUNCTIONS
from ...frames import warn
from ...tensor import Tensor
from .. import init
from ..parameter import Parameter
from ..utils.rnn import PackedSequence
from .attributes import get_attribute, set_attribute
from .module import Module

__all__ = ["GRU", "LSTM", "RNN", "GRUCell", "LSTMCell", "RNNBase", "RNNCell", "RNNCellBase"]

_GATES = {"LSTM": 4, "GRU": 3, "RNN_TANH": 1, "RNN_RELU": 1}
"""How many gates each kind has: so many times the hidden size its weights are high."""


def _drawn(module: Module, hidden_size: int) -> None:
    bound = 1.0 / math.sqrt(hidden_size) if hidden_size > 0 else 0
    for weight in module.parameters():
        init.uniform_(weight, -bound, bound)


def _permuted(tensor: Tensor, order: Tensor | None) -> Tensor:
    return tensor if order is None else tensor.index_select(1, order)


class RNNBase(Module):
    """What the recurrent layers have: layers of weights, each for one or two directions.

    Args:
        mode: "LSTM", "GRU", "RNN_TANH" or "RNN_RELU".
        input_size: Of each step's input.
        hidden_size: Of the hidden state.
        num_layers: How many layers; each but the first takes the outputs of the one before.
        bias: Whether there are biases.
        batch_first: Whether the batch comes before the steps.
        dropout: How likely an element between two layers is zeroed in training.
        bidirectional: Whether the steps are gone through both ways.
        proj_size: To which size an LSTM's outputs are projected; 0 for not at all.
        device: The CPU.
        dtype: Of the parameters.

    Raises:
        TypeError: An argument is of another type.
        ValueError: An argument has no meaning.
    """

    def __init__(
        self,
        mode: str,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.mode = mode
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        self._check_arguments(dropout)
        self._all_weights: list[list[str]] = []
        height, directions = _GATES[mode] * hidden_size, 2 if bidirectional else 1
        out_size = proj_size or hidden_size
        for layer in range(num_layers):
            for suffix in ("", "_reverse")[:directions]:
                width = input_size if layer == 0 else out_size * directions
                shapes: dict[str, tuple[int, ...]] = {"weight_ih": (height, width), "weight_hh": (height, out_size)}
                if bias:
                    shapes |= {"bias_ih": (height,), "bias_hh": (height,)}
                if proj_size > 0:
                    shapes["weight_hr"] = (proj_size, hidden_size)
                self._all_weights.append([f"{name}_l{layer}{suffix}" for name in shapes])
                for name, shape in zip(self._all_weights[-1], shapes.values(), strict=True):
                    set_attribute(self, name, Parameter(FUNCTIONS["empty"](shape, device=device, dtype=dtype)))
        self.reset_parameters()

    def _check_arguments(self, dropout: Any) -> None:
        if not isinstance(dropout, numbers.Number) or not 0 <= dropout <= 1 or isinstance(dropout, bool):  # type: ignore[operator]
            raise ValueError(
                "dropout should be a number in range [0, 1] representing the probability of an element being zeroed"
            )
        if dropout > 0 and self.num_layers == 1:  # type: ignore[operator]
            warn(
                "dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects num_layers greater "
                f"than 1, but got dropout={dropout} and num_layers={self.num_layers}",
                UserWarning,
            )
        for name, kind in (("bias", bool), ("batch_first", bool), ("input_size", int), ("hidden_size", int)):
            value = get_attribute(self, name)
            if not isinstance(value, kind):
                raise TypeError(f"{name} should be of type {kind.__name__}, got: {type(value).__name__}")
            if kind is int and value <= 0:
                raise ValueError(f"{name} must be greater than zero")
        if self.num_layers <= 0:
            raise ValueError("num_layers must be greater than zero")
        if self.proj_size < 0:
            raise ValueError("proj_size should be a positive integer or zero to disable projections")
        if self.proj_size >= self.hidden_size:
            raise ValueError("proj_size has to be smaller than hidden_size")
        if self.mode not in _GATES:
            raise ValueError("Unrecognized RNN mode: " + self.mode)

    def reset_parameters(self) -> None:
        """Draw new weights: uniform within 1 / sqrt(hidden_size)."""
        _drawn(self, self.hidden_size)

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """The parameters, of each layer and direction."""
        return [[get_attribute(self, name) for name in names] for names in self._all_weights]

    @property
    def _flat_weights_names(self) -> list[str]:
        return [name for names in self._all_weights for name in names]

    @property
    def _flat_weights(self) -> list[Parameter]:
        return [get_attribute(self, name) for name in self._flat_weights_names]

    def flatten_parameters(self) -> None:
        """Without effect: it lays weights out for CUDA."""

    # -- what comes in

    def check_input(self, input: Tensor, batch_sizes: Tensor | None) -> None:
        """Look at an input's dtype and shape.

        Raises:
            ValueError: It has another dtype than the weights.
            RuntimeError: It has another shape.
        """
        wanted = self._flat_weights[0].dtype
        if input.dtype != wanted:
            raise ValueError(
                f"RNN input dtype ({input.dtype}) does not match weight dtype ({wanted}). Convert input: input.to({wanted}), or "
                f"convert model: model.to({input.dtype})"
            )
        dims = 2 if batch_sizes is not None else 3
        if input.dim() != dims:
            raise RuntimeError(f"input must have {dims} dimensions, got {input.dim()}")
        if self.input_size != input.shape[-1]:
            raise RuntimeError(f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got {input.shape[-1]}")

    def _expected(self, input: Tensor, batch_sizes: Tensor | None, size: int) -> tuple[int, int, int]:
        batch = int(batch_sizes[0]) if batch_sizes is not None else input.shape[0 if self.batch_first else 1]
        return (self.num_layers * (2 if self.bidirectional else 1), batch, size)

    def get_expected_hidden_size(self, input: Tensor, batch_sizes: Tensor | None) -> tuple[int, int, int]:
        """The shape of the hidden state that goes with an input."""
        return self._expected(input, batch_sizes, self.proj_size or self.hidden_size)

    def check_hidden_size(
        self, hx: Tensor, expected_hidden_size: tuple[int, int, int], msg: str = "Expected hidden size {}, got {}"
    ) -> None:
        """Look at a hidden state's shape.

        Raises:
            RuntimeError: It is another.
        """
        if hx.size() != expected_hidden_size:
            raise RuntimeError(msg.format(expected_hidden_size, list(hx.size())))

    def check_forward_args(self, input: Tensor, hidden: Any, batch_sizes: Tensor | None) -> None:
        """Look at an input and a hidden state."""
        self.check_input(input, batch_sizes)
        self.check_hidden_size(hidden, self.get_expected_hidden_size(input, batch_sizes))

    def permute_hidden(self, hx: Any, permutation: Tensor | None) -> Any:
        """A hidden state with its batch in another order."""
        return _permuted(hx, permutation)

    # -- what all kinds do

    def _check_hidden_dims(self, hx: Any, batched: bool) -> None:
        raise NotImplementedError

    def _first_hidden(self, input: Tensor, batch_sizes: Tensor | None) -> Any:
        return FUNCTIONS["zeros"](*self.get_expected_hidden_size(input, batch_sizes), dtype=input.dtype)

    def _run(self, function: Any, input: Any, hx: Any) -> tuple[Any, Any]:
        """Go through the steps of a batch, of one sample, or of packed sequences.

        Args:
            function: Of input, hidden state and weights.
            input: A tensor or a PackedSequence.
            hx: The hidden state to begin with; zeros if None.

        Returns:
            The outputs of all steps, and the last hidden state.
        """
        weights = (self._flat_weights, self.bias, self.num_layers, self.dropout, self.training, self.bidirectional)
        if isinstance(input, PackedSequence):
            data, batch_sizes, order, back = input
            hx = self._first_hidden(data, batch_sizes) if hx is None else self.permute_hidden(hx, order)
            self.check_forward_args(data, hx, batch_sizes)
            output, *hidden = function(data, batch_sizes, hx, *weights)
            packed = PackedSequence(output, batch_sizes, order, back)
            return packed, self.permute_hidden(hidden[0] if len(hidden) == 1 else tuple(hidden), back)
        if input.dim() not in (2, 3):
            kind, what = (self.mode, "") if self.mode in ("LSTM", "GRU") else ("RNN", " tensor")
            raise ValueError(f"{kind}: Expected input to be 2D or 3D, got {input.dim()}D{what} instead")
        batched, place = input.dim() == 3, 0 if self.batch_first else 1
        if hx is not None:
            self._check_hidden_dims(hx, batched)
        if not batched:
            input = input.unsqueeze(place)
            if hx is not None:
                hx = tuple(h.unsqueeze(1) for h in hx) if isinstance(hx, tuple) else hx.unsqueeze(1)
        if hx is None:
            hx = self._first_hidden(input, None)
        self.check_forward_args(input, hx, None)
        output, *hidden = function(input, hx, *weights, self.batch_first)
        if not batched:
            output, hidden = output.squeeze(place), [h.squeeze(1) for h in hidden]
        return output, hidden[0] if len(hidden) == 1 else tuple(hidden)

    def extra_repr(self) -> str:
        parts = [f"{self.input_size}, {self.hidden_size}"]
        usual = {"proj_size": 0, "num_layers": 1, "bias": True, "batch_first": False, "dropout": 0, "bidirectional": False}
        parts += [f"{name}={get_attribute(self, name)}" for name, value in usual.items() if get_attribute(self, name) != value]
        return ", ".join(parts)


def _no_projection(kwargs: dict[str, Any]) -> None:
    if "proj_size" in kwargs:
        raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")


class _OneState(RNNBase):
    """Those whose hidden state is one tensor."""

    def _check_hidden_dims(self, hx: Any, batched: bool) -> None:
        if batched and hx.dim() != 3:
            raise RuntimeError(f"For batched 3-D input, hx should also be 3-D but got {hx.dim()}-D tensor")
        if not batched and hx.dim() != 2:
            raise RuntimeError(f"For unbatched 2-D input, hx should also be 2-D but got {hx.dim()}-D tensor")


class RNN(_OneState):
    """Elman's recurrence: h = tanh(x @ W_ih.T + b_ih + h @ W_hh.T + b_hh), or relu.

    The arguments are RNNBase's, with `nonlinearity` ("tanh" or "relu") after `num_layers` in the place of `mode`.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        _no_projection(kwargs)
        if len(args) > 3:
            nonlinearity = args[3]
            args = args[:3] + args[4:]
        else:
            nonlinearity = kwargs.pop("nonlinearity", "tanh")
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'.")
        super().__init__("RNN_" + nonlinearity.upper(), *args, **kwargs)
        self.nonlinearity = nonlinearity

    def forward(self, input: Any, hx: Tensor | None = None) -> tuple[Any, Tensor]:
        """The outputs of all steps, and the last hidden state."""
        return self._run(FUNCTIONS[self.mode.lower()], input, hx)


class GRU(_OneState):
    """Gated recurrent units (Cho et al., 2014). The arguments are RNNBase's without `mode`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        _no_projection(kwargs)
        super().__init__("GRU", *args, **kwargs)

    def forward(self, input: Any, hx: Tensor | None = None) -> tuple[Any, Tensor]:
        """The outputs of all steps, and the last hidden state."""
        return self._run(FUNCTIONS["gru"], input, hx)


class LSTM(RNNBase):
    """Long short-term memory (Hochreiter and Schmidhuber, 1997). The arguments are RNNBase's without `mode`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__("LSTM", *args, **kwargs)

    def get_expected_cell_size(self, input: Tensor, batch_sizes: Tensor | None) -> tuple[int, int, int]:
        """The shape of the cell state that goes with an input."""
        return self._expected(input, batch_sizes, self.hidden_size)

    def check_forward_args(self, input: Tensor, hidden: Any, batch_sizes: Tensor | None) -> None:
        """Look at an input, a hidden state and a cell state."""
        self.check_input(input, batch_sizes)
        wanted = self.get_expected_hidden_size(input, batch_sizes), self.get_expected_cell_size(input, batch_sizes)
        for i, size in enumerate(wanted):
            self.check_hidden_size(hidden[i], size, f"Expected hidden[{i}] size {{}}, got {{}}")

    def permute_hidden(self, hx: Any, permutation: Tensor | None) -> Any:
        """Hidden and cell state with their batch in another order."""
        return hx if permutation is None else tuple(_permuted(h, permutation) for h in hx)

    def _first_hidden(self, input: Tensor, batch_sizes: Tensor | None) -> Any:
        sizes = self.get_expected_hidden_size(input, batch_sizes), self.get_expected_cell_size(input, batch_sizes)
        return tuple(FUNCTIONS["zeros"](*size, dtype=input.dtype) for size in sizes)

    def _check_hidden_dims(self, hx: Any, batched: bool) -> None:
        dims, which = (3, "batched") if batched else (2, "unbatched")
        if hx[0].dim() != dims or hx[1].dim() != dims:
            raise RuntimeError(
                f"For {which} {dims}-D input, hx and cx should also be {dims}-D but got ({hx[0].dim()}-D, {hx[1].dim()}-D) "
                "tensors"
            )

    def forward(self, input: Any, hx: tuple[Tensor, Tensor] | None = None) -> tuple[Any, tuple[Tensor, Tensor]]:
        """The outputs of all steps, and the last hidden and cell state."""
        return self._run(FUNCTIONS["lstm"], input, hx)


# -- one step


class RNNCellBase(Module):
    """What the cells have.

    Args:
        input_size: Of the input.
        hidden_size: Of the hidden state.
        bias: Whether there are biases.
        num_chunks: How many gates there are.
        device: The CPU.
        dtype: Of the parameters.
    """

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool, num_chunks: int, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        height = num_chunks * hidden_size
        for name, shape in (("weight_ih", (height, input_size)), ("weight_hh", (height, hidden_size))):
            set_attribute(self, name, Parameter(FUNCTIONS["empty"](shape, device=device, dtype=dtype)))
        for name in ("bias_ih", "bias_hh"):
            made = Parameter(FUNCTIONS["empty"](height, device=device, dtype=dtype)) if bias else None
            self.register_parameter(name, made)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new weights: uniform within 1 / sqrt(hidden_size)."""
        _drawn(self, self.hidden_size)

    def _step(self, function: Any, input: Tensor, hx: Tensor | None) -> Tensor:
        """One step of a batch or of one sample, of cells with one state."""
        kind = type(self).__name__
        if input.dim() not in (1, 2):
            raise ValueError(f"{kind}: Expected input to be 1D or 2D, got {input.dim()}D instead")
        if hx is not None and hx.dim() not in (1, 2):
            raise ValueError(f"{kind}: Expected hidden to be 1D or 2D, got {hx.dim()}D instead")
        batched = input.dim() == 2
        if not batched:
            input = input.unsqueeze(0)
        if hx is None:
            hx = FUNCTIONS["zeros"](input.shape[0], self.hidden_size, dtype=input.dtype)
        elif not batched:
            hx = hx.unsqueeze(0)
        result: Tensor = function(input, hx, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
        return result if batched else result.squeeze(0)

    def extra_repr(self) -> str:
        parts = [f"{self.input_size}, {self.hidden_size}"]
        if self.bias is not True:
            parts.append(f"bias={self.bias}")
        if getattr(self, "nonlinearity", "tanh") != "tanh":
            parts.append(f"nonlinearity={self.nonlinearity}")
        return ", ".join(parts)


class RNNCell(RNNCellBase):
    """A step of an RNN.

    Args:
        input_size: Of the input.
        hidden_size: Of the hidden state.
        bias: Whether there are biases.
        nonlinearity: "tanh" or "relu".
        device: The CPU.
        dtype: Of the parameters.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """The next hidden state.

        Raises:
            RuntimeError: There is no such nonlinearity.
        """
        if self.nonlinearity not in ("tanh", "relu"):
            raise RuntimeError(f"Unknown nonlinearity: {self.nonlinearity}")
        return self._step(FUNCTIONS[f"rnn_{self.nonlinearity}_cell"], input, hx)


class GRUCell(RNNCellBase):
    """A step of a GRU.

    Args:
        input_size: Of the input.
        hidden_size: Of the hidden state.
        bias: Whether there are biases.
        device: The CPU.
        dtype: Of the parameters.
    """

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: Any = None) -> None:
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """The next hidden state."""
        return self._step(FUNCTIONS["gru_cell"], input, hx)


class LSTMCell(RNNCellBase):
    """A step of an LSTM.

    Args:
        input_size: Of the input.
        hidden_size: Of hidden and cell state.
        bias: Whether there are biases.
        device: The CPU.
        dtype: Of the parameters.
    """

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: Any = None) -> None:
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)

    def forward(self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, Tensor]:
        """The next hidden and cell state."""
        if input.dim() not in (1, 2):
            raise ValueError(f"LSTMCell: Expected input to be 1D or 2D, got {input.dim()}D instead")
        for i, state in enumerate(hx or ()):
            if state.dim() not in (1, 2):
                raise ValueError(f"LSTMCell: Expected hx[{i}] to be 1D or 2D, got {state.dim()}D instead")
        batched = input.dim() == 2
        if not batched:
            input = input.unsqueeze(0)
        if hx is None:
            zeros = FUNCTIONS["zeros"](input.shape[0], self.hidden_size, dtype=input.dtype)
            hx = (zeros, zeros)
        elif not batched:
            hx = (hx[0].unsqueeze(0), hx[1].unsqueeze(0))
        h, c = FUNCTIONS["lstm_cell"](input, hx, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
        return (h, c) if batched else (h.squeeze(0), c.squeeze(0))


def __dir__() -> list[str]:
    return __all__
