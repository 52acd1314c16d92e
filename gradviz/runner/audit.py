"""A second wall round an untrusted script: should it slip past the guards, the interpreter itself still refuses.

Python tells audit hooks (PEP 578) of every file opened, process started or socket made, whoever does it; a hook cannot be
taken away again. This one lives in the child process that runs a restricted script, from just before to its end.
"""

from __future__ import annotations

import sys
from typing import Any, Final

_REFUSED: Final = (
    *("os.", "subprocess.", "socket.", "ctypes.", "shutil.", "pty.", "mmap.", "fcntl.", "tempfile.", "glob.", "sqlite3."),
    *("urllib.", "http.", "ftplib.", "smtplib.", "imaplib.", "poplib.", "telnetlib.", "webbrowser.", "pathlib.", "pickle."),
    *("winreg.", "syslog.", "code.__new__", "function.__new__", "gc.get_", "sys.settrace", "sys.setprofile"),
)
_WRITING: Final = frozenset("wax+")


def wall_in() -> None:
    """Lets this process open no file for writing, start no process and speak to nobody, from now on and for good."""
    own_sources = (sys.prefix, sys.base_prefix, *filter(None, sys.path))

    def refuse(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, mode, flags = (*arguments, None, None, None)[:3]
            reads = not (_WRITING & set(mode)) if isinstance(mode, str) else not (isinstance(flags, int) and flags & 3)
            # Python reads its own modules, when one is first used, and sources, for tracebacks.
            if reads and isinstance(path, str) and path.startswith(own_sources) and path.endswith((".py", ".pyc", ".so")):
                return
        elif not event.startswith(_REFUSED):
            return
        elif event in ("os.listdir", "os.scandir"):
            return  # the import system looks where its modules lie
        raise PermissionError(f"a restricted script may not reach the system ({event})")

    sys.addaudithook(refuse)
