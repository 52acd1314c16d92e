"""The palette: every op by family, to be searched, added with Return, or dragged to the canvas."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QEvent, QMimeData, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QDrag, QKeyEvent, QPainter, QPixmap, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLabel,
    QLineEdit,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gradviz.panels.list_popup import ListRow
from gradviz.script.catalogue import Entry, categories, entries, search
from gradviz.script.quick import read_typed
from gradviz.view.drags import OP_MIME
from gradviz.view.theme import Theme, font

_ENTRY = Qt.ItemDataRole.UserRole
_ROW, _HEAD = 40, 28
_STEPS = (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp)


class PaletteRow(ListRow):
    """A family with its number of ops, or an op in two lines: how it is called, and below what it means."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        theme, one = self._theme, index.data(_ENTRY)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        inside = self.begin(painter, option).adjusted(10, 3, -10, -3)
        middle = Qt.AlignmentFlag.AlignVCenter
        if one is None:
            tree = self.parent()
            opened = isinstance(tree, QTreeWidget) and tree.isExpanded(QModelIndex(index))  # type: ignore[arg-type]
            painter.setFont(font(11.5, bold=True))
            painter.setPen(theme.text)
            painter.drawText(inside, Qt.AlignmentFlag.AlignLeft | middle, f"{'▾' if opened else '▸'}  {index.data()}")
            painter.setFont(font(10.5))
            painter.setPen(theme.dim)
            painter.drawText(inside, Qt.AlignmentFlag.AlignRight | middle, str(index.data(_ENTRY + 1)))
            painter.restore()
            return
        line = inside.height() // 2
        upper, lower = QRect(inside.topLeft(), QSize(inside.width(), line)), inside.adjusted(0, line, 0, 0)
        painter.setFont(font(12, mono=True))
        painter.setPen(theme.text)
        text = painter.fontMetrics().elidedText(one.signature, Qt.TextElideMode.ElideRight, upper.width())
        painter.drawText(upper, Qt.AlignmentFlag.AlignLeft | middle, text)
        painter.setFont(font(11))
        painter.setPen(theme.dim)
        text = painter.fontMetrics().elidedText(one.meaning, Qt.TextElideMode.ElideRight, lower.width())
        painter.drawText(lower, Qt.AlignmentFlag.AlignLeft | middle, text)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(120, _HEAD if index.data(_ENTRY) is None else _ROW)


class _Tree(QTreeWidget):
    """The families and their ops; an op can be dragged away."""

    def startDrag(self, actions: Qt.DropAction) -> None:  # noqa: N802
        drag = self.drag()
        if drag is not None:
            drag.exec(Qt.DropAction.CopyAction)

    def drag(self) -> QDrag | None:
        """What is dragged: the chosen op; None where a family is chosen."""
        item = self.currentItem()
        one = item.data(0, _ENTRY) if item is not None else None
        if not isinstance(one, Entry):
            return None
        data = QMimeData()
        data.setData(OP_MIME, one.name.encode())
        data.setText(one.name)
        label = QLabel(one.name)
        label.setProperty("role", "card-reason")
        label.setFont(font(12, mono=True))
        label.adjustSize()
        sheet = QPixmap(label.size())
        label.render(sheet)
        drag = QDrag(self)
        drag.setMimeData(data)
        drag.setPixmap(sheet)
        return drag


class Palette(QWidget):
    """All ops. Typing finds some, arrows choose, Return adds; Left and Right close and open a family.

    Signals:
        chosen: What was chosen: the `Entry`, and what was typed, a `Typed`.
    """

    chosen = Signal(object, object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._filled = False
        self._items: dict[int, QTreeWidgetItem] = {}
        self.names: Collection[str] = ()
        self.field = QLineEdit()
        self.field.setObjectName("palette-field")
        self.field.setPlaceholderText(self.tr("Find an op: relu, sum dim=0 …"))
        self.field.setAccessibleName(self.tr("Find an op"))
        self.tree = _Tree()
        self.tree.setObjectName("palette-tree")
        self.tree.setAccessibleName(self.tr("Ops"))
        self.tree.setHeaderHidden(True)
        self.tree.setIndentation(0)
        self.tree.setRootIsDecorated(False)
        self.tree.setMouseTracking(True)
        self.tree.setDragEnabled(True)
        self.tree.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.tree.setItemDelegate(PaletteRow(theme, self.tree))
        self.note = QLabel()
        self.note.setProperty("role", "note")
        self.note.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setSpacing(6)
        layout.addWidget(self.field)
        layout.addWidget(self.tree, 1)
        layout.addWidget(self.note)
        self.setFocusProxy(self.field)
        self.field.textChanged.connect(self._find)
        self.field.installEventFilter(self)
        self.field.returnPressed.connect(self.take)
        self.tree.installEventFilter(self)
        self.tree.itemClicked.connect(self._clicked)
        self.tree.itemDoubleClicked.connect(lambda _item, _column: self.take())
        self.tree.currentItemChanged.connect(lambda _now, _before: self._describe())
        self._describe()

    def set_theme(self, theme: Theme) -> None:
        """Takes over another theme's colours."""
        self._theme = theme
        self.tree.setItemDelegate(PaletteRow(theme, self.tree))

    def showEvent(self, event: QShowEvent) -> None:
        self._fill()
        super().showEvent(event)

    def _fill(self) -> None:
        """Lists all ops, when they are first to be seen."""
        if self._filled:
            return
        self._filled = True
        families = {}
        for name in categories():
            families[name] = family = QTreeWidgetItem(self.tree, [name])
            family.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
        for place, one in enumerate(entries()):
            item = self._items[place] = QTreeWidgetItem(families[one.category], [one.name])
            item.setData(0, _ENTRY, one)
            item.setToolTip(0, "\n".join(part for part in (one.signature, one.meaning, one.formula) if part))
            item.setData(0, Qt.ItemDataRole.AccessibleTextRole, f"{one.signature}: {one.meaning}")
        self._find(self.field.text())

    def _find(self, text: str) -> None:
        """Shows what answers some words, the likeliest chosen; all families, closed, for none."""
        words = read_typed(text, self.names).words
        found = search(words, len(self._items)) if words else ()
        answering = {id(one) for one in found}
        for item in self._items.values():
            item.setHidden(bool(words) and id(item.data(0, _ENTRY)) not in answering)
            if found and item.data(0, _ENTRY) is found[0]:
                self.tree.setCurrentItem(item)
        for family in self.families():
            count = sum(not family.child(i).isHidden() for i in range(family.childCount()))
            family.setData(0, _ENTRY + 1, count)
            family.setHidden(not count)
            family.setExpanded(bool(words))
        if found and (item := self.tree.currentItem()) is not None:
            self.tree.scrollToItem(item)
        elif not found:
            self.tree.setCurrentItem(None)  # type: ignore[arg-type]
        self._describe()

    def families(self) -> list[QTreeWidgetItem]:
        """The families' rows."""
        return [self.tree.topLevelItem(i) for i in range(self.tree.topLevelItemCount())]

    def shown(self) -> list[str]:
        """The names of the ops that answer, by family."""
        return [item.text(0) for item in self._items.values() if not item.isHidden()]

    def _clicked(self, item: QTreeWidgetItem) -> None:
        if item.data(0, _ENTRY) is None:
            item.setExpanded(not item.isExpanded())

    @property
    def current(self) -> Entry | None:
        """The chosen op."""
        item = self.tree.currentItem()
        one = item.data(0, _ENTRY) if item is not None and not item.isHidden() else None
        return one if isinstance(one, Entry) else None

    def _describe(self) -> None:
        """Says what the chosen op is, below the list."""
        one = self.current
        if one is None:
            nothing = bool(self.field.text()) and self._filled and not self.shown()
            words = self.tr("No op answers that.") if nothing else self.tr("Return adds an op; drag it to a node or a wire.")
        else:
            words = one.meaning + (f"\n{one.formula}" if one.formula and one.formula not in one.meaning else "")
        self.note.setText(words)

    def take(self) -> None:
        """Adds the chosen op, or opens the chosen family."""
        one, item = self.current, self.tree.currentItem()
        if one is not None:
            self.chosen.emit(one, read_typed(self.field.text(), self.names))
        elif item is not None:
            item.setExpanded(not item.isExpanded())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if watched is self.field and event.key() in _STEPS:
                self.tree.setFocus(Qt.FocusReason.OtherFocusReason)
                self.tree.keyPressEvent(event)
                return True
            if watched is self.tree and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.take()
                return True
            if event.key() == Qt.Key.Key_Escape and self.field.text():
                self.field.clear()
                self.field.setFocus(Qt.FocusReason.OtherFocusReason)
                return True
        return super().eventFilter(watched, event)
