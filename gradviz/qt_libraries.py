"""Which system packages a Linux machine lacks before Qt can start, said in one line instead of a crash."""

from __future__ import annotations

import ctypes
import os
import sys

# Shared library: (Debian and Ubuntu package, Fedora package).
_PACKAGES = {
    "libEGL.so.1": ("libegl1", "libglvnd-egl"),
    "libGL.so.1": ("libgl1", "libglvnd-glx"),
    "libOpenGL.so.0": ("libopengl0", "libglvnd-opengl"),
    "libglib-2.0.so.0": ("libglib2.0-0", "glib2"),
    "libgthread-2.0.so.0": ("libglib2.0-0", "glib2"),
    "libfontconfig.so.1": ("libfontconfig1", "fontconfig"),
    "libfreetype.so.6": ("libfreetype6", "freetype"),
    "libdbus-1.so.3": ("libdbus-1-3", "dbus-libs"),
    "libxkbcommon.so.0": ("libxkbcommon0", "libxkbcommon"),
    "libxkbcommon-x11.so.0": ("libxkbcommon-x11-0", "libxkbcommon-x11"),
    "libxcb-cursor.so.0": ("libxcb-cursor0", "xcb-util-cursor"),
    "libxcb-icccm.so.4": ("libxcb-icccm4", "xcb-util-wm"),
    "libxcb-image.so.0": ("libxcb-image0", "xcb-util-image"),
    "libxcb-keysyms.so.1": ("libxcb-keysyms1", "xcb-util-keysyms"),
    "libxcb-randr.so.0": ("libxcb-randr0", "libxcb"),
    "libxcb-render.so.0": ("libxcb-render0", "libxcb"),
    "libxcb-render-util.so.0": ("libxcb-render-util0", "xcb-util-renderutil"),
    "libxcb-shape.so.0": ("libxcb-shape0", "libxcb"),
    "libxcb-shm.so.0": ("libxcb-shm0", "libxcb"),
    "libxcb-sync.so.1": ("libxcb-sync1", "libxcb"),
    "libxcb-xfixes.so.0": ("libxcb-xfixes0", "libxcb"),
    "libxcb-xkb.so.1": ("libxcb-xkb1", "libxcb"),
}
_X11_ONLY = tuple(name for name in _PACKAGES if name.startswith(("libxcb", "libxkbcommon-x11")))


def _advice(missing: list[str]) -> str:
    debian = " ".join(sorted({_PACKAGES[name][0] for name in missing}))
    fedora = " ".join(sorted({_PACKAGES[name][1] for name in missing}))
    return (
        f"Qt needs {', '.join(missing)}, which this machine lacks. Install it: "
        f"apt-get install {debian} (Debian, Ubuntu) or dnf install {fedora} (Fedora)."
    )


def _absent(names: tuple[str, ...]) -> list[str]:
    missing = []
    for name in names:
        try:
            ctypes.CDLL(name)
        except OSError:
            missing.append(name)
    return missing


def import_trouble(error: ImportError) -> str:
    """One line about why PySide6 could not be imported, naming the package to install where it is a system library."""
    text = str(error)
    named = [name for name in _PACKAGES if name in text]
    if not named:
        return f"Qt cannot be loaded: {text}"
    # One missing library hides the next: name all of them at once.
    return _advice(sorted({*named, *_absent(tuple(n for n in _PACKAGES if n not in _X11_ONLY))}))


def display_trouble() -> str | None:
    """One line about why a window cannot be opened on this machine, or None where it can."""
    if not sys.platform.startswith("linux") or os.environ.get("QT_QPA_PLATFORM", "xcb").split(":")[0] not in ("", "xcb"):
        return None
    if os.environ.get("WAYLAND_DISPLAY"):
        return None
    if not os.environ.get("DISPLAY"):
        return "There is no display to open a window on. `gradviz trace FILE` and `gradviz export FILE -o OUT.png` need none."
    missing = _absent(_X11_ONLY)
    return _advice(missing) if missing else None


def main() -> int:
    """Says whether Qt can be loaded here; for the Makefile."""
    try:
        import PySide6.QtSvg
        import PySide6.QtWidgets  # noqa: F401
    except ImportError as error:
        print(import_trouble(error), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
