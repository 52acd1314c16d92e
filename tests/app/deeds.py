"""What hands do in the window, a function for each thing."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QPushButton, QWidget

from gradviz.app.tensor_dialog import TensorDialog
from gradviz.app.window import Window
from tests.app.hands import ALT, CONTROL, LEFT, PLAIN, SHIFT, Choice, Deed, Hands, Key, typed

NODES = [
    *("ones 2 2 grad", "zeros 2 2", "randn 3 grad", "full 2 2 0.5", "arange 4.0", "+ 2", "* 3", "- 1", "/ 2", "** 2"),
    *("relu", "exp", "sum", "mean", "sum dim=0", "sigmoid", "tanh", "log", "softmax 0", "reshape 4", "clone", "detach"),
    *("abs", "sqrt", "mul_ 2", "unsqueeze 0", "cat", "stack", "where", "matmul", "xyzzy", "", "+ x", "* y", "@ x"),
]
LINES = [
    *("w = torch.ones(2)", "print(x)", "y = x + 1", "if True:", "    z = x * 2", "for i in range(2):", "    x = x * 2", ""),
    *("(", ")", "x = (1,", "s = 'é 😀'", "out.backward()", "x.grad = None", "with torch.no_grad():", "raise ValueError('no')"),
    *("import torch", "def f(v): return v + 1", "u = f(x)", "x += 1", "a, b = x, x", "x = torch.ones(3, requires_grad=True)"),
]
PASTED = ["k = x.sum()", "import torch\nv = torch.ones(2)", "no python (", "", "if x.numel() > 1:\n    m = x * 2"]
FIRST = """\
import torch  # the engine

x = torch.ones(2, 2, requires_grad=True)  # a leaf
y = x + 2
z = y * y * 3  # twice y
out = z.mean()
"""
COMMENTED = """\
# one
import torch

# two
x = torch.tensor([1.0, 2.0], requires_grad=True)
with torch.no_grad():  # three
    y = x * 2
z = (x
     + y)  # four
z.sum().backward()  # five
"""
LEARNING = """\
import torch

torch.manual_seed(0)
w = torch.randn(3, 2, requires_grad=True)  # weights
b = torch.zeros(2, requires_grad=True)
x = torch.randn(4, 3)
for step in range(2):  # learn
    loss = ((x @ w + b) ** 2).mean()
    loss.backward()
    # go down
    w.data -= 0.1 * w.grad
    w.grad = None
"""
SCRIPTS = [FIRST, "", COMMENTED, LEARNING]


def answer(hands: Hands, choice: Choice) -> None:
    """Answers a popup or a message, if one came: something, or Escape."""
    popup: QWidget | None = QApplication.activePopupWidget()
    if isinstance(popup, QMenu):
        actions = [a for a in popup.actions() if a.isEnabled() and not a.isSeparator()]
        if actions and choice.number(0, 4):
            popup.setActiveAction(choice.one(actions))
            QTest.keyClick(popup, Key.Key_Return)
    elif popup is not None and (field := popup.findChild(QLineEdit, "quick-add")) is not None:
        typed(field, choice.one(NODES))
        QTest.keyClick(field, Key.Key_Return if choice.number(0, 5) else Key.Key_Escape)
    buttons: list[QPushButton] = [b for n in hands.window.notices.notices if n.key == "edit" for b in n.buttons]
    if buttons and choice.number(0, 3):
        choice.one(buttons).click()


def quick_add(hands: Hands, choice: Choice) -> None:
    if choice.number(0, 1):
        hands.select(choice)
    hands.key(Key.Key_Tab)
    answer(hands, choice)


def double_click(hands: Hands, choice: Choice) -> None:
    """On nothing, or on a node, a name or a value."""
    nodes = hands.nodes()
    at = hands.at(choice.one(nodes)) if nodes and choice.number(0, 1) else hands.anywhere(choice)
    QTest.mouseClick(hands.window.canvas, LEFT, PLAIN, at)
    QTest.mouseDClick(hands.window.canvas, LEFT, PLAIN, at)
    answer(hands, choice)


def wire(hands: Hands, choice: Choice) -> None:
    """From a node to another, or to nothing, where a new node is asked for."""
    canvas, nodes = hands.window.canvas, hands.nodes()
    if canvas.scene is None or not nodes:
        return
    canvas.fit()
    canvas.zoom(2.0)
    start = choice.one(nodes)
    canvas.show_node(start)
    port = canvas.out_port(canvas.scene.rows[start]).toPoint()
    end = canvas.node_point(choice.one(nodes)) if choice.number(0, 3) else hands.anywhere(choice)
    hands.drag(port, end, cancel=not choice.number(0, 5))
    answer(hands, choice)


def rewire(hands: Hands, choice: Choice) -> None:
    """The end of a wire, taken to another node or off."""
    canvas, nodes = hands.window.canvas, hands.nodes()
    if canvas.scene is None or not canvas.scene.links:
        return
    canvas.fit()
    link = choice.number(0, len(canvas.scene.links) - 1)
    point = canvas.scene.line(link)[-1].tolist()
    start = QPoint(*(round(value) for value in canvas.viewport.to_view(*point)))
    end = canvas.node_point(choice.one(nodes)) if choice.number(0, 2) else hands.anywhere(choice)
    hands.drag(start, end, cancel=not choice.number(0, 5))
    answer(hands, choice)


def cut_wires(hands: Hands, choice: Choice) -> None:
    hands.window.canvas.fit()
    hands.drag(hands.anywhere(choice), hands.anywhere(choice), CONTROL)


def move(hands: Hands, choice: Choice) -> None:
    """A node, or several, to another place or onto a wire."""
    nodes = hands.nodes()
    if not nodes:
        return
    hands.window.canvas.fit()
    start = hands.at(choice.one(nodes))
    hands.drag(start, hands.anywhere(choice), cancel=not choice.number(0, 5))


def box(hands: Hands, choice: Choice) -> None:
    """A box or a lasso."""
    hands.drag(hands.anywhere(choice), hands.anywhere(choice), choice.one([SHIFT, ALT]))


def delete(hands: Hands, choice: Choice) -> None:
    if hands.select(choice):
        hands.key(Key.Key_Delete)
        answer(hands, choice)


def on_selected(key: Qt.Key, modifiers: Qt.KeyboardModifier = PLAIN) -> Deed:
    """Some nodes clicked on, and a key."""

    def deed(hands: Hands, choice: Choice) -> None:
        if hands.select(choice):
            hands.key(key, modifiers)
            answer(hands, choice)

    return deed


def rename(hands: Hands, choice: Choice) -> None:
    if hands.select(choice):
        hands.key(Key.Key_F2)
        field = hands.window.canvas.findChild(QLineEdit, "card-name")
        if field is not None:
            typed(field, choice.one(["w", "weights", "größe", "x", "for", "h1", "h2", "a b", "torch", "self.x"]))
            QTest.keyClick(field, Key.Key_Return if choice.number(0, 4) else Key.Key_Escape)


def edit_value(hands: Hands, choice: Choice) -> None:
    if hands.select(choice):
        hands.key(Key.Key_F2, SHIFT)
        field = hands.window.canvas.findChild(QLineEdit, "card-value")
        if field is not None:
            field.selectAll()
            typed(
                field, choice.one(["3", "-0.5", "dim=0", "2, 2", "[1., 2.]", "x", "0, keepdim=True", "nowhere", "(", "größe=1"])
            )
            QTest.keyClick(field, Key.Key_Return if choice.number(0, 4) else Key.Key_Escape)


def backward(hands: Hands, choice: Choice) -> None:
    if choice.number(0, 1):
        hands.select(choice)
    hands.key(Key.Key_B)


def zero_grads(hands: Hands, choice: Choice) -> None:
    hands.key(Key.Key_Z)


def align(hands: Hands, choice: Choice) -> None:
    hands.key(Key.Key_A, CONTROL)
    key = choice.one([Key.Key_Left, Key.Key_Right, Key.Key_Up, Key.Key_Down, Key.Key_I, Key.Key_E])
    hands.key(key, CONTROL | SHIFT)


def paste(hands: Hands, choice: Choice) -> None:
    """What was copied, or a text from elsewhere."""
    if choice.number(0, 1):
        hands.notes += 1
        text = choice.one(PASTED)
        QApplication.clipboard().setText(f"{text}  # pasted {hands.notes}\n")
    hands.key(Key.Key_V, CONTROL)


def add_tensor(hands: Hands, choice: Choice) -> None:
    hands.key(Key.Key_T, CONTROL | SHIFT)
    dialog = hands.window.findChild(TensorDialog)
    assert dialog is not None
    dialog.kind.setCurrentIndex(dialog.kind.findData("values"))
    dialog.grid.setPlainText(choice.one(["1 2", "1.0 2.0\n3.0 4.0", "1 2\n3", "x"]))
    dialog.requires_grad.setChecked(bool(choice.number(0, 1)))
    QTest.keyClick(dialog, Key.Key_Return)
    if dialog.isVisible():
        QTest.keyClick(dialog, Key.Key_Escape)


def walk(hands: Hands, choice: Choice) -> None:
    """Along edges and through time; none of it edits."""
    for _ in range(3):
        hands.key(choice.one([Key.Key_Left, Key.Key_Right, Key.Key_Up, Key.Key_Down, Key.Key_F10, Key.Key_Home, Key.Key_End]))
    hands.key(choice.one([Key.Key_F10, Key.Key_Escape, Key.Key_F, Key.Key_Plus]), choice.one([PLAIN, SHIFT]))


def type_text(hands: Hands, choice: Choice) -> None:
    """Some keys somewhere in the script."""
    editor = hands.window.editor
    editor.setFocus()
    cursor = editor.textCursor()
    cursor.movePosition(QTextCursor.MoveOperation.Start)
    cursor.movePosition(QTextCursor.MoveOperation.Down, n=choice.number(0, editor.blockCount() - 1))
    cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock)
    if choice.number(0, 1):
        cursor.movePosition(QTextCursor.MoveOperation.Left, n=choice.number(0, 9))
    editor.setTextCursor(cursor)
    match choice.number(0, 4):
        case 0:
            QTest.keyClick(editor, Key.Key_End)
            QTest.keyClick(editor, Key.Key_Return)
            typed(editor, choice.one(LINES))
        case 1:
            hands.notes += 1
            QTest.keyClick(editor, Key.Key_End)
            typed(editor, f"  # note {hands.notes}")
        case 2:
            QTest.keyClick(editor, Key.Key_Backspace)
        case 3:
            QTest.keyClick(editor, Key.Key_Home)
            QTest.keyClick(editor, Key.Key_End, SHIFT)
            QTest.keyClick(editor, Key.Key_Delete)
        case _:
            typed(editor, choice.one(["1", " ", "(", "é", "x", " + 1", "\t"]))


def undo(hands: Hands, choice: Choice) -> None:
    """Some steps back: each gives back the very text."""
    for _ in range(choice.number(1, 6)):
        hands.undo_one()


def redo(hands: Hands, choice: Choice) -> None:
    for _ in range(choice.number(1, 6)):
        hands.redo_one()


def save_and_open(hands: Hands, choice: Choice) -> None:
    """Saved and opened again: the same text, and the same picture of it."""
    window = hands.window
    text = window.document.text
    hands.key(Key.Key_S, CONTROL)
    path = window.document.path
    assert path is not None
    assert path.read_bytes().decode() == text
    if choice.number(0, 1):
        return
    before = shape(window)
    hands.reopen(path)
    assert window.document.text == text
    after = shape(window)
    assert not before or after == before, f"shown otherwise when opened again: {set(before) ^ set(after)}"


def shape(window: Window) -> list[tuple[object, ...]]:
    """What a picture shows of the script, without the places that it chose itself."""
    picture = window.canvas.picture
    if picture is None or picture.recording.script != window.document.text:
        return []  # what ran last is shown beside a text that fails at once
    nodes = [(data["key"], data["label"], data["kind"]) for _, data in picture.graph.nodes(data=True)]
    edges = [(picture.graph.nodes[a]["key"], picture.graph.nodes[b]["key"]) for a, b in picture.graph.edges()]
    return sorted(nodes, key=str) + sorted(edges, key=str)


AT_ONCE = [
    *(
        (Key.Key_G, PLAIN),
        (Key.Key_D, PLAIN),
        (Key.Key_N, PLAIN),
        (Key.Key_B, PLAIN),
        (Key.Key_Z, PLAIN),
        (Key.Key_Delete, PLAIN),
    ),
    *((Key.Key_D, CONTROL), (Key.Key_X, CONTROL), (Key.Key_V, CONTROL), (Key.Key_Tab, PLAIN)),
]


def in_haste(hands: Hands, choice: Choice) -> None:
    """Several things right one after another, before what the first of them wrote has run."""
    if hands.select(choice):
        for _ in range(choice.number(2, 3)):
            hands.key(*choice.one(AT_ONCE))
            answer(hands, choice)


DEEDS: dict[str, Deed] = {
    "quick_add": quick_add,
    "double_click": double_click,
    "wire": wire,
    "rewire": rewire,
    "cut_wires": cut_wires,
    "move": move,
    "box": box,
    "delete": delete,
    "duplicate": on_selected(Key.Key_D, CONTROL),
    "copy": on_selected(Key.Key_C, CONTROL),
    "cut": on_selected(Key.Key_X, CONTROL),
    "paste": paste,
    "rename": rename,
    "edit_value": edit_value,
    "toggle_requires_grad": on_selected(Key.Key_G),
    "detach": on_selected(Key.Key_D),
    "no_grad": on_selected(Key.Key_N),
    "backward": backward,
    "zero_grads": zero_grads,
    "align": align,
    "add_tensor": add_tensor,
    "in_haste": in_haste,
    "walk": walk,
    "type_text": type_text,
    "undo": undo,
    "redo": redo,
    "save_and_open": save_and_open,
}
