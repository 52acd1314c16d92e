"""The tabs of the open documents, under the tool bar; while only one is open there is nothing to see of them."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QEnterEvent, QGuiApplication, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QMenu, QSizePolicy, QTabBar, QToolBar, QWidget

from gradviz.app.documents import Documents, Page
from gradviz.app.notices import NoticeBar
from gradviz.view.theme import Theme

_MARK = 18
_WIDEST = 220  # px that a name takes up at most


class CloseMark(QAbstractButton):
    """At the end of a tab: a cross that closes it; a dot while the document is not saved and the mouse is elsewhere."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("tab-close")
        self.setFixedSize(_MARK, _MARK)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.theme = theme
        self.modified = False

    def show_page(self, name: str, *, modified: bool) -> None:
        """Says whether the document is saved."""
        self.modified = modified
        self.setToolTip(self.tr("Not saved. Close (Ctrl+W)") if modified else self.tr("Close (Ctrl+W)"))
        self.setAccessibleName(self.tr("Close {0}").format(name))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(_MARK, _MARK)

    def enterEvent(self, event: QEnterEvent) -> None:
        self.update()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self.update()
        super().leaveEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = QPointF(_MARK / 2, _MARK / 2)
        if self.modified and not self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.theme.text)
            painter.drawEllipse(middle, 3.6, 3.6)
            return
        if self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.theme.line)
            painter.drawRoundedRect(QRectF(0.5, 0.5, _MARK - 1, _MARK - 1), 4, 4)
        ink = self.theme.text if self.underMouse() else self.theme.dim
        painter.setPen(QPen(ink, 1.4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        reach = 3.4
        for way in (1, -1):
            painter.drawLine(middle + QPointF(-reach, -reach * way), middle + QPointF(reach, reach * way))


class DocumentTabs(QTabBar):
    """A tab for each open document. A middle click closes one; they can be dragged into another order.

    Signals:
        close_asked, close_others_asked: A document, or all others, shall be closed.
        new_asked: A double click beside the tabs.
    """

    close_asked = Signal(object)
    close_others_asked = Signal(object)
    new_asked = Signal()

    def __init__(self, documents: Documents, notices: NoticeBar, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("document-tabs")
        self.setAccessibleName(self.tr("Open documents"))
        self.setMovable(True)
        self.setExpanding(False)
        self.setUsesScrollButtons(True)
        self.setElideMode(Qt.TextElideMode.ElideNone)  # or many tabs would all become too narrow to be read
        self.setDrawBase(False)
        self.setSelectionBehaviorOnRemove(QTabBar.SelectionBehavior.SelectPreviousTab)
        self._documents, self._notices, self._theme = documents, notices, theme
        self._pages: list[Page] = []
        self._pressed = -1
        self._filling = False
        self.currentChanged.connect(self._chosen)
        self.tabMoved.connect(self._moved)
        documents.listed.connect(self.refresh)
        documents.turned.connect(self.refresh)
        notices.waiting_changed.connect(self.refresh)
        self.refresh()

    def set_theme(self, theme: Theme) -> None:
        """Takes over another theme's colours."""
        self._theme = theme
        for mark in self.findChildren(CloseMark):
            mark.theme = theme
            mark.update()

    def refresh(self) -> None:
        """Shows which documents there are and how they stand."""
        if self._filling:
            return
        self._filling = True
        try:
            self._fill()
        finally:
            self._filling = False

    def _fill(self) -> None:
        pages = self._documents.pages
        for index in reversed(range(len(self._pages))):
            if self._pages[index] not in pages:
                del self._pages[index]
                self.removeTab(index)
        for index, page in enumerate(pages):
            if page not in self._pages:
                self._pages.insert(index, page)
                self.insertTab(index, "")
                mark = CloseMark(self._theme, self)
                mark.clicked.connect(lambda _checked=False, page=page: self.close_asked.emit(page))
                self.setTabButton(index, QTabBar.ButtonPosition.RightSide, mark)
            elif (before := self._pages.index(page)) != index:
                self._pages.insert(index, self._pages.pop(before))
                self.moveTab(before, index)
        for index, (page, name) in enumerate(zip(pages, self._documents.names(), strict=True)):
            self._show(index, page, name)
        self.setCurrentIndex(pages.index(self._documents.current))

    def _show(self, index: int, page: Page, name: str) -> None:
        document = page.document
        waiting = self._notices.is_waiting(page)
        short = self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, _WIDEST)
        text = f"⚠ {short}" if waiting else short
        if self.tabText(index) != (shown := text.replace("&", "&&")):
            self.setTabText(index, shown)
        words = [str(document.path or document.title)]
        if document.recording is not None:
            words.append(self.tr("A recording, not to be changed"))
        if document.modified:
            words.append(self.tr("Not saved"))
        if waiting:
            words.append(self.tr("Something happened to this file. Go there to see what."))
        self.setTabToolTip(index, "\n".join(words))
        self.setAccessibleTabName(index, ", ".join([name, *words[1:]]))
        mark = self.tabButton(index, QTabBar.ButtonPosition.RightSide)
        assert isinstance(mark, CloseMark)
        mark.show_page(name, modified=document.modified)

    def _chosen(self, index: int) -> None:
        if not self._filling and 0 <= index < len(self._pages):
            self._documents.show(self._pages[index])

    def _moved(self, before: int, after: int) -> None:
        if not self._filling:
            self._pages.insert(after, self._pages.pop(before))
            self._documents.move(self._documents.pages.index(self._pages[after]), after)

    # Qt's

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = self.tabAt(event.position().toPoint()) if event.button() == Qt.MouseButton.MiddleButton else -1
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        index = self.tabAt(event.position().toPoint())
        is_closing = event.button() == Qt.MouseButton.MiddleButton and 0 <= index == self._pressed
        super().mouseReleaseEvent(event)
        if is_closing:
            self.close_asked.emit(self._pages[index])

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.tabAt(event.position().toPoint()) < 0:
            self.new_asked.emit()
        else:
            super().mouseDoubleClickEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index = self.tabAt(event.pos())
        if index >= 0:
            self._menu(self._pages[index]).popup(event.globalPos())

    def _menu(self, page: Page) -> QMenu:
        menu = QMenu(self)
        menu.setObjectName("menu-tab")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("&Close")).triggered.connect(lambda: self.close_asked.emit(page))
        others = menu.addAction(self.tr("Close &Others"))
        others.setEnabled(len(self._pages) > 1)
        others.triggered.connect(lambda: self.close_others_asked.emit(page))
        menu.addSeparator()
        path = menu.addAction(self.tr("Copy &Path"))
        path.setEnabled(page.document.path is not None)
        path.triggered.connect(lambda: QGuiApplication.clipboard().setText(str(page.document.path)))
        return menu


class TabRow(QToolBar):
    """The row of the window that the tabs stand in, there while several documents are open."""

    def __init__(self, tabs: DocumentTabs, documents: Documents) -> None:
        super().__init__()
        self.setObjectName("tab-row")
        self.setWindowTitle(self.tr("Tabs"))
        self.setMovable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self._documents = documents
        inside = QWidget()
        inside.setMinimumWidth(1)
        layout = QHBoxLayout(inside)
        layout.setContentsMargins(0, 0, 8, 0)
        layout.setSpacing(0)
        layout.addWidget(tabs)
        tabs.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(inside)
        documents.listed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Is there, or not."""
        self.setVisible(len(self._documents.pages) > 1)
