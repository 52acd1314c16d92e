"""From nothing to a painted window."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QCoreApplication, QLocale, QSocketNotifier, QTimer, QTranslator
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QStyleFactory

from gradviz.app.session import AnyRunner
from gradviz.app.settings import Settings
from gradviz.app.window import Window
from gradviz.resource_files import resource
from gradviz.view.theme import font, install_fonts

_SETTLED = 700  # ms after which the first picture stands


def make_runner() -> AnyRunner:
    """The worker that scripts run in, and that lays their pictures out."""
    from gradviz.app.session import TRIAL
    from gradviz.runner import Runner

    return Runner(allow=(TRIAL,))


def install_translation(application: QApplication) -> None:
    """Uses the translation for the system's language, where there is one."""
    translator = QTranslator(application)
    if translator.load(QLocale(), "gradviz", "_", str(resource("translations"))):
        application.installTranslator(translator)


def make_application(arguments: list[str]) -> QApplication:
    """The application with GradViz's name, fonts, style and language."""
    application = QApplication(arguments)
    application.setApplicationName("gradviz")
    application.setApplicationDisplayName("GradViz")
    application.setDesktopFileName("gradviz")
    application.setStyle(QStyleFactory.create("Fusion"))
    application.setWindowIcon(QIcon(str(resource("icons", "gradviz.svg"))))
    install_fonts()
    application.setFont(font(12))
    install_translation(application)
    return application


def _quit_on_signals(application: QApplication) -> QSocketNotifier | None:
    """Lets SIGINT and SIGTERM end the program in order; recovery copies stay where something was not saved."""
    import socket

    if not hasattr(signal, "set_wakeup_fd"):
        return None
    reader, writer = socket.socketpair()
    for end in (reader, writer):
        end.setblocking(False)
    signal.set_wakeup_fd(writer.fileno())
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    notifier = QSocketNotifier(reader.fileno(), QSocketNotifier.Type.Read, application)
    notifier.ends = (reader, writer)  # type: ignore[attr-defined]
    # Not quit(): that would ask what to do with unsaved changes, and nobody may be there to answer.
    notifier.activated.connect(lambda: application.exit(0))
    return notifier


def _preload() -> None:
    """Imports what the first gradient will need, while nobody waits for it."""
    import gradviz.panels.plots  # noqa: F401


def _say_what_broke(window: Window) -> None:
    """Shows an error of GradViz's own in the window, where the text is still safe, besides writing it to stderr."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        sys.__excepthook__(kind, error, trace)
        window.recovery.flush()
        text = QCoreApplication.translate("start", "Something went wrong inside GradViz: {0}. Your text is safe; save it.")
        window.notices.announce("internal", text.format(f"{kind.__name__}: {error}"))

    sys.excepthook = hook


def start(path: Path | None, *, trusted: bool) -> int:
    """Opens the window and returns its exit status when it is closed."""
    application = make_application(sys.argv[:1])
    window = Window(Settings(), make_runner)
    notifier = _quit_on_signals(application)
    window.begin(path, trusted=trusted)
    if path is None:
        window.tour.offer()
    window.show()
    _say_what_broke(window)
    QTimer.singleShot(_SETTLED, lambda: threading.Thread(target=_preload, daemon=True).start())
    try:
        return application.exec()
    finally:
        if notifier is not None:
            notifier.setEnabled(False)
        window.recovery.flush()
        window.recovery.wait()
        window.session.close()
