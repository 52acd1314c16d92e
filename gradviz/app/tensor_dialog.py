"""A new tensor: where its values come from, its shape, name, and whether it needs a gradient."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QWidget,
)

from gradviz.script.edits.tensors import AddTensor, Arange, FromFile, Full, Ones, Randn, Source, Values, Zeros

KINDS = ("ones", "zeros", "full", "randn", "arange", "values", "file")


class TensorDialog(QDialog):
    """Asks for all that a new tensor needs. What is missing or wrong is said beside the fields, and nothing is lost.

    Signals:
        chosen: The edit that adds it.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("tensor-dialog")
        self.setWindowTitle(self.tr("Add Tensor"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.name = QLineEdit()
        self.name.setPlaceholderText(self.tr("picked for you"))
        self.kind = QComboBox()
        words = (
            *(self.tr("ones"), self.tr("zeros"), self.tr("one number"), self.tr("random (normal)"), self.tr("a range")),
            *(self.tr("values typed here"), self.tr("a .npy file")),
        )
        for kind, word in zip(KINDS, words, strict=True):
            self.kind.addItem(word, kind)
        self.shape = QLineEdit("2, 2")
        self.number = QLineEdit("1.0")
        self.seed = QLineEdit()
        self.seed.setPlaceholderText(self.tr("none"))
        self.grid = QPlainTextEdit("1.0 2.0\n3.0 4.0")
        self.grid.setFixedHeight(84)
        self.grid.setTabChangesFocus(True)
        self.file = QLineEdit()
        self.requires_grad = QCheckBox(self.tr("requires_grad"))
        self.trouble = QLabel()
        self.trouble.setObjectName("tensor-trouble")
        self.trouble.setWordWrap(True)
        browse = QPushButton(self.tr("Choose…"))
        browse.clicked.connect(self._browse)
        file_row = QWidget()
        beside = QHBoxLayout(file_row)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.addWidget(self.file, 1)
        beside.addWidget(browse)
        self.form = QFormLayout(self)
        self.form.addRow(self.tr("&Name"), self.name)
        self.form.addRow(self.tr("&Values"), self.kind)
        self._rows: dict[QWidget, tuple[str, ...]] = {
            self.shape: ("ones", "zeros", "full", "randn"),
            self.number: ("full", "arange"),
            self.seed: ("randn",),
            self.grid: ("values",),
            file_row: ("file",),
        }
        self.form.addRow(self.tr("&Shape"), self.shape)
        self.form.addRow(self.tr("N&umber"), self.number)
        self.form.addRow(self.tr("S&eed"), self.seed)
        self.form.addRow(self.tr("&Grid"), self.grid)
        self.form.addRow(self.tr("&File"), file_row)
        self.form.addRow("", self.requires_grad)
        self.form.addRow(self.trouble)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.addButton(self.tr("Add"), QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self._choose)
        buttons.rejected.connect(self.reject)
        self.form.addRow(buttons)
        for widget, name in ((self.name, "name"), (self.kind, "kind"), (self.shape, "shape"), (self.number, "number")):
            widget.setObjectName(f"tensor-{name}")
        for widget, name in ((self.seed, "seed"), (self.grid, "grid"), (self.file, "file"), (self.requires_grad, "grad")):
            widget.setObjectName(f"tensor-{name}")
        self.kind.currentIndexChanged.connect(self._show_rows)
        self._show_rows()

    def _show_rows(self) -> None:
        """Shows the fields that the kind of values needs, and no others."""
        for widget, kinds in self._rows.items():
            self.form.setRowVisible(widget, self.kind.currentData() in kinds)
        label = self.tr("&End") if self.kind.currentData() == "arange" else self.tr("N&umber")
        shown = self.form.labelForField(self.number)
        if isinstance(shown, QLabel):
            shown.setText(label)
        self.adjustSize()

    def _browse(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, self.tr("Values of the tensor"), "", self.tr("NumPy arrays (*.npy)"))
        if path:
            self.file.setText(path)

    def edit(self) -> AddTensor:
        """The edit that the fields say.

        Raises:
            ValueError: A field cannot be read; the text says which and what it wants.
        """
        return AddTensor(self._source(), requires_grad=self.requires_grad.isChecked(), name=self.name.text().strip())

    def _source(self) -> Source:
        number = self.number.text().strip()
        match self.kind.currentData():
            case "ones":
                return Ones(self._shape())
            case "zeros":
                return Zeros(self._shape())
            case "full":
                return Full(self._shape(), number)
            case "randn":
                seed = self.seed.text().strip()
                if seed and not seed.isdigit():
                    raise ValueError(self.tr("The seed is a whole number, or nothing."))
                return Randn(self._shape(), int(seed) if seed else None)
            case "arange":
                return Arange(number)
            case "values":
                rows = [line.replace(",", " ").split() for line in self.grid.toPlainText().splitlines() if line.strip()]
                if not rows or len({len(row) for row in rows}) > 1:
                    raise ValueError(self.tr("Type a grid of numbers, with as many in each line."))
                return Values(rows if len(rows) > 1 else rows[0])
        path = self.file.text().strip()
        if not Path(path).is_file():
            raise ValueError(self.tr("There is no file “{0}”.").format(path))
        return FromFile(path)

    def _shape(self) -> tuple[int, ...]:
        parts = self.shape.text().replace("(", " ").replace(")", " ").replace(",", " ").replace("×", " ").split()
        if not all(part.isdigit() for part in parts):
            raise ValueError(self.tr("A shape is whole numbers, as 2, 3; nothing for a single number."))
        return tuple(int(part) for part in parts)

    def _choose(self) -> None:
        try:
            edit = self.edit()
        except ValueError as error:
            self.trouble.setText(f"⚠ {error}")
            return
        self.accept()
        self.chosen.emit(edit)
