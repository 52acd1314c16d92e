"""Recurrent networks: cells of tanh, relu, LSTM (Hochreiter and Schmidhuber, 1997) and GRU (Cho et al., 2014), stepped over time.

Everything is composed of ops, as PyTorch composes it, so the graph shows each step's gates. A state is a tuple of tensors: (h,), or
(h, c) for an LSTM.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ..api import FUNCTIONS, public
from ..tensor import Tensor
from .matmul import linear, matmul

__all__: list[str] = []

State = tuple[Tensor, ...]


@dataclass(frozen=True, slots=True)
class Weights:
    """The parameters of a cell.

    Attributes:
        w_ih: What the input is multiplied by.
        w_hh: What the hidden state is multiplied by.
        b_ih: What is added to the former.
        b_hh: What is added to the latter.
        w_hr: What an LSTM's output is projected by.
    """

    w_ih: Tensor
    w_hh: Tensor
    b_ih: Tensor | None = None
    b_hh: Tensor | None = None
    w_hr: Tensor | None = None

    def of_input(self, input: Tensor) -> Tensor:
        """What the gates get of the input."""
        return linear(input, self.w_ih, self.b_ih)

    def of_hidden(self, hidden: Tensor) -> Tensor:
        """What the gates get of the hidden state."""
        return linear(hidden, self.w_hh, self.b_hh)


Cell = Callable[[Tensor, State, Weights], State]
"""What makes the next state of what the gates get of the input, and of the state."""


def _simple(nonlinearity: str) -> Cell:
    def cell(gates: Tensor, state: State, weights: Weights) -> State:
        return (FUNCTIONS[nonlinearity](weights.of_hidden(state[0]).add_(gates)),)

    return cell


def _lstm_step(gates: Tensor, state: State, weights: Weights) -> State:
    hidden, memory = state
    parts = FUNCTIONS["unsafe_chunk"](weights.of_hidden(hidden).add_(gates), 4, 1)
    enter, forget, fresh, leave = parts[0].sigmoid(), parts[1].sigmoid(), parts[2].tanh(), parts[3].sigmoid()
    memory = forget * memory + enter * fresh
    hidden = leave * memory.tanh()
    return (hidden if weights.w_hr is None else matmul(hidden, weights.w_hr.t())), memory


def _gru_step(gates: Tensor, state: State, weights: Weights) -> State:
    (hidden,) = state
    of_input = FUNCTIONS["unsafe_chunk"](gates, 3, 1)
    of_hidden = FUNCTIONS["unsafe_chunk"](weights.of_hidden(hidden), 3, 1)
    reset = of_hidden[0].add_(of_input[0]).sigmoid()
    keep = of_hidden[1].add_(of_input[1]).sigmoid()
    fresh = (of_input[2] + of_hidden[2] * reset).tanh()
    return ((hidden - fresh) * keep + fresh,)


_CELLS: Final[dict[str, Cell]] = {
    "lstm": _lstm_step,
    "gru": _gru_step,
    "rnn_tanh": _simple("tanh"),
    "rnn_relu": _simple("relu"),
}


# -- over time


def _steps(cell: Cell, input: Tensor, state: State, weights: Weights, backwards: bool) -> tuple[Tensor, State]:
    """(outputs stacked, last state) of a sequence."""
    rows = weights.of_input(input).unbind(0)
    outputs = []
    for gates in reversed(rows) if backwards else rows:
        state = cell(gates, state, weights)
        outputs.append(state[0])
    if not outputs:
        raise RuntimeError("Expected sequence length to be larger than 0 in RNN")
    return FUNCTIONS["stack"](outputs[::-1] if backwards else outputs, 0), state


def _narrowed(state: State, start: int, end: int) -> State:
    return tuple(part.narrow(0, start, end - start) for part in state)


def _joined(states: Sequence[State]) -> State:
    return tuple(FUNCTIONS["cat"](list(parts), 0) for parts in zip(*states, strict=True))


def _packed_steps(
    cell: Cell, data: Tensor, sizes: Sequence[int], state: State, weights: Weights, backwards: bool
) -> tuple[Tensor, State]:
    """The same of sequences that are packed: first what all have at the first time, then at the second, the longest first."""
    gates = weights.of_input(data)
    outputs: list[Tensor] = []
    ended: list[State] = []
    given, last = state, sizes[-1] if backwards else sizes[0]
    offset = data._value.shape[0] if backwards else 0
    if backwards:
        state = _narrowed(given, 0, last)
    for size in reversed(sizes) if backwards else sizes:
        if size < last:
            # Sequences end here ...
            ended.append(_narrowed(state, size, last))
            state = _narrowed(state, 0, size)
        elif size > last:
            # ... and begin here, when time goes backwards.
            state = _joined([state, _narrowed(given, last, size)])
        last = size
        if backwards:
            offset -= size
        state = cell(gates.narrow(0, offset, size), state, weights)
        if not backwards:
            offset += size
        outputs.append(state[0])
    if not backwards:
        state = _joined([state, *reversed(ended)])
    return FUNCTIONS["cat"](outputs[::-1] if backwards else outputs, 0), state


@dataclass(frozen=True, slots=True)
class _Stack:
    """Layers of cells.

    Attributes:
        name: The function, which is also the cell's name.
        num_layers: How many there are.
        dropout: The chance by which what passes between layers is zeroed.
        train: Whether it is.
        bidirectional: Whether each layer also goes backwards in time.
    """

    name: str
    num_layers: int
    dropout: float
    train: bool
    bidirectional: bool

    def weights(self, params: Sequence[Tensor], has_biases: bool, projected: bool) -> Iterator[Weights]:
        """The parameters by cell.

        Raises:
            RuntimeError: They are not as many as that takes.
        """
        each = 2 + 2 * has_biases + projected
        if len(params) % each:
            raise RuntimeError("got an incorrect number of RNN parameters")
        for start in range(0, len(params), each):
            part = list(params[start : start + each])
            w_hr = part.pop() if projected else None
            b_ih, b_hh = part[2:] if has_biases else (None, None)
            yield Weights(part[0], part[1], b_ih, b_hh, w_hr)

    def run(
        self, input: Tensor, sizes: Sequence[int] | None, hx: State, params: Sequence[Tensor], has_biases: bool
    ) -> tuple[Tensor, State]:
        """(the last layer's outputs, the last states of all layers)."""
        cell, ways = _CELLS[self.name], 1 + self.bidirectional
        projected = len(hx) == 2 and hx[0]._value.shape[2] != hx[1]._value.shape[2]
        weights = list(self.weights(params, has_biases, projected))
        states = list(zip(*(part.unbind(0) for part in hx), strict=True))
        for what, given in (("hidden states", states), ("weights", weights)):
            if len(given) != self.num_layers * ways:
                raise RuntimeError(f"Expected more {what} in stacked_rnn")
        ended = []
        for layer in range(self.num_layers):
            outputs = []
            for way in range(ways):
                place = layer * ways + way
                if sizes is None:
                    output, state = _steps(cell, input, states[place], weights[place], bool(way))
                else:
                    output, state = _packed_steps(cell, input, sizes, states[place], weights[place], bool(way))
                outputs.append(output)
                ended.append(state)
            input = outputs[0] if ways == 1 else FUNCTIONS["cat"](outputs, outputs[0]._value.ndim - 1)
            if self.dropout and self.train and layer < self.num_layers - 1:
                input = FUNCTIONS["dropout"](input, self.dropout, True)
        return input, tuple(FUNCTIONS["stack"](list(parts), 0) for parts in zip(*ended, strict=True))


def _states(name: str, hx: Any) -> State:
    if name != "lstm":
        return (hx,)
    if len(hx) != 2:
        raise RuntimeError("lstm expects two hidden states")
    return tuple(hx)


def _layers(name: str, doc: str) -> None:
    def of_input(
        input: Tensor,
        hx: Any,
        params: Sequence[Tensor],
        has_biases: bool,
        num_layers: int,
        dropout: float,
        train: bool,
        bidirectional: bool,
        batch_first: bool,
    ) -> tuple[Tensor, ...]:
        state = _states(name, hx)
        stack = _Stack(name, num_layers, dropout, train, bidirectional)
        turned = input.transpose(0, 1) if batch_first else input
        output, state = stack.run(turned, None, state, params, has_biases)
        if batch_first:
            output = output.transpose(0, 1) if name == "lstm" else output.transpose_(0, 1)
        return output, *state

    def of_packed(
        data: Tensor,
        batch_sizes: Tensor,
        hx: Any,
        params: Sequence[Tensor],
        has_biases: bool,
        num_layers: int,
        dropout: float,
        train: bool,
        bidirectional: bool,
    ) -> tuple[Tensor, ...]:
        stack = _Stack(name, num_layers, dropout, train, bidirectional)
        output, state = stack.run(data, batch_sizes.tolist(), _states(name, hx), params, has_biases)
        return output, *state

    def function(*args: Any, **kwargs: Any) -> tuple[Tensor, ...]:
        packed = "batch_sizes" in kwargs or (len(args) > 3 and not isinstance(args[3], bool))
        return (of_packed if packed else of_input)(*args, **kwargs)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    public(method=False)(function)


_FORMS: Final = """

    Called with (input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first), where input is (time, samples,
    features), or with (data, batch_sizes, hx, params, has_biases, num_layers, dropout, train, bidirectional) for a packed sequence.
    params are w_ih, w_hh and, if has_biases, b_ih, b_hh of each layer and direction.

    Raises:
        RuntimeError: The sequence is empty, or the tensors do not fit each other.
    """
_layers("lstm", f"Layers of LSTM cells over a sequence: (outputs, last hidden states, last cell states).{_FORMS}")
_layers("gru", f"Layers of GRU cells over a sequence: (outputs, last hidden states).{_FORMS}")
_layers("rnn_tanh", f"Layers of tanh cells over a sequence: (outputs, last hidden states).{_FORMS}")
_layers("rnn_relu", f"Layers of relu cells over a sequence: (outputs, last hidden states).{_FORMS}")


# -- one step


def _check_cell(input: Tensor, state: State, weights: Weights) -> None:
    features, wanted = input._value.shape[1], weights.w_ih._value.shape[1]
    if features != wanted:
        raise RuntimeError(f"input has inconsistent input_size: got {features} expected {wanted}")
    size = weights.w_hh._value.shape[1]
    for number, part in enumerate(state):
        if part._value.shape[0] != input._value.shape[0]:
            raise RuntimeError(
                f"Input batch size {input._value.shape[0]} doesn't match hidden{number} batch size {part._value.shape[0]}"
            )
        if part._value.shape[1] != size:
            raise RuntimeError(f"hidden{number} has inconsistent hidden_size: got {part._value.shape[1]}, expected {size}")


def _cell(name: str, doc: str) -> None:
    def function(
        input: Tensor, hx: Any, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None
    ) -> Any:
        weights, state = Weights(w_ih, w_hh, b_ih, b_hh), _states(name, hx)
        _check_cell(input, state, weights)
        found = _CELLS[name](weights.of_input(input), state, weights)
        return found if name == "lstm" else found[0]

    function.__name__ = function.__qualname__ = f"{name}_cell"
    function.__doc__ = doc
    public(method=False)(function)


_cell("lstm", "One step of an LSTM: (hidden state, cell state) from input, (hidden state, cell state) and the weights.")
_cell("gru", "One step of a GRU: the hidden state from input, the one before and the weights.")
_cell("rnn_tanh", "tanh(w_ih @ input + b_ih + w_hh @ hx + b_hh), for each sample.")
_cell("rnn_relu", "relu(w_ih @ input + b_ih + w_hh @ hx + b_hh), for each sample.")
