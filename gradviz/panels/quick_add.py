"""Quick-add: a field, and the ops that answer what is typed in it, each with its signature, meaning and formula."""

from __future__ import annotations

from collections.abc import Callable, Collection

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QLabel, QListWidgetItem, QStyleOptionViewItem, QWidget

from gradviz.panels.list_popup import ListPopup, ListRow
from gradviz.script.catalogue import Entry
from gradviz.script.quick import Typed, answers, read_typed
from gradviz.view.theme import Theme, font

_ENTRY = Qt.ItemDataRole.UserRole
_SHOWN, _WIDTH, _HEIGHT, _ROW = 40, 460, 420, 44


def _is_formula(text: str) -> bool:
    """Whether a formula says more than words do."""
    return any(sign in text for sign in "()|*/^=+")


class OpRow(ListRow):
    """An op in two lines: its name and how it is called, and below what it means; its group at the right."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        theme, one = self._theme, index.data(_ENTRY)
        painter.save()
        inside = self.begin(painter, option).adjusted(12, 5, -12, -5)
        line = inside.height() // 2
        upper, lower = QRect(inside.topLeft(), QSize(inside.width(), line)), inside.adjusted(0, line, 0, 0)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(font(11))
        painter.setPen(theme.dim)
        painter.drawText(upper, Qt.AlignmentFlag.AlignRight | middle, one.category)
        room = upper.width() - painter.fontMetrics().horizontalAdvance(one.category) - 16
        lower_text = one.meaning + (f"   {one.formula}" if _is_formula(one.formula) and one.formula not in one.meaning else "")
        fitting = painter.fontMetrics().elidedText(lower_text, Qt.TextElideMode.ElideRight, lower.width())
        painter.drawText(lower, Qt.AlignmentFlag.AlignLeft | middle, fitting)
        painter.setFont(font(12, mono=True))
        painter.setPen(theme.text)
        text = painter.fontMetrics().elidedText(one.signature, Qt.TextElideMode.ElideRight, room)
        painter.drawText(upper, Qt.AlignmentFlag.AlignLeft | middle, text)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(200, _ROW)


class QuickAdd(ListPopup):
    """A popup that asks which node to add. Return adds the chosen one, Escape leaves and adds nothing.

    Signals:
        chosen: What was chosen: the `Entry`, and what was typed, a `Typed`.
    """

    chosen = Signal(object, object)
    keys = (*ListPopup.keys, Qt.Key.Key_Tab)

    def __init__(
        self,
        theme: Theme,
        parent: QWidget,
        *,
        names: Collection[str] = (),
        fits: Callable[[Entry], bool] = lambda _: True,
        hint: str = "",
    ) -> None:
        """Makes it; `open_at` shows it.

        Args:
            theme: Its colours.
            parent: The widget it belongs to.
            names: The script's variables, which may stand behind an op.
            fits: Which ops to offer.
            hint: What the new node will be connected to, in words.
        """
        self.hint = QLabel()
        super().__init__("quick-add", parent, self.hint)
        self.setObjectName("quick-add-popup")
        self._names, self._fits = names, fits
        self.field.setObjectName("quick-add")
        self.field.setPlaceholderText(self.tr("Add: ones 2 2 grad, + 2, relu, mean …"))
        self.field.setAccessibleName(self.tr("Add a node"))
        self.hint.setText(hint or self.tr("Type an op, then its numbers. Return adds it, Esc leaves."))
        self.hint.setProperty("role", "note")
        self.hint.setWordWrap(True)
        self.list.setAccessibleName(self.tr("Ops"))
        self.list.setItemDelegate(OpRow(theme, self.list))
        self.fill("")

    def open_at(self, at: QPoint) -> None:
        """Opens with its corner at a point of the screen, or as near as there is room."""
        self.resize(_WIDTH, _HEIGHT)
        room = self.screen().availableGeometry()
        x = min(max(at.x(), room.left()), room.right() - _WIDTH)
        y = min(max(at.y(), room.top()), room.bottom() - _HEIGHT)
        self.move(x, y)
        self.show()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    @property
    def typed(self) -> Typed:
        """What was typed."""
        return read_typed(self.field.text(), self._names)

    def offered(self) -> list[Entry]:
        """The ops on offer, the likeliest first."""
        return [self.list.item(row).data(_ENTRY) for row in range(self.list.count())]

    def fill(self, _words: str) -> None:
        """Lists the ops that are meant."""
        self.list.clear()
        for one in [one for one in answers(self.typed, limit=200) if self._fits(one)][:_SHOWN]:
            item = QListWidgetItem(one.name)
            item.setData(_ENTRY, one)
            item.setToolTip("\n".join(part for part in (one.signature, one.meaning, one.formula) if part))
            self.list.addItem(item)
        self.list.setCurrentRow(0)

    def take(self) -> None:
        """Adds the chosen op."""
        item = self.list.currentItem()
        if item is not None:
            one, typed = item.data(_ENTRY), self.typed
            self.close()
            self.chosen.emit(one, typed)
