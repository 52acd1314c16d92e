"""PNG and SVG pictures of a recording at one event. Neither needs a screen, nor a running window."""

from __future__ import annotations

import math
import os
from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, QSaveFile, QSize
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator

from gradviz.canvas import legend
from gradviz.canvas.ink import Ink
from gradviz.canvas.looks import Looks
from gradviz.canvas.paint_picture import Frame, PicturePainter
from gradviz.canvas.scene import Scene, make_scene
from gradviz.canvas.viewport import Viewport
from gradviz.canvas.words import tr
from gradviz.graph import Picture, make_picture
from gradviz.recording import Recording, State
from gradviz.view.theme import Theme, load_theme

_SCALE = 2.0  # px of the image for each of the picture
_LEAST_SIZE = (640.0, 360.0)
_MOST_SIDE, _MOST_PIXELS = 16_000, 64_000_000  # of an image; larger pictures are drawn smaller
_THEMES = ("dark", "light")


def render(
    picture: Picture, state: State, theme: Theme, *, size: tuple[int, int] | None = None, scale: float = _SCALE
) -> QImage:
    """A picture as an image, its ground included.

    Args:
        picture: What to draw.
        state: A state of the picture's recording.
        theme: In which colours.
        size: (width, height) of the image in px: the picture is made to fit. By default as large as the picture needs.
        scale: Image px for each px of the picture where no size is given; less where the image would be too large.

    Raises:
        ValueError: A size or scale that is not positive.
    """
    if scale <= 0 or (size is not None and min(size) <= 0):
        raise ValueError("a picture needs a width and a height above zero")
    _application()
    scene = make_scene(picture)
    needed = _size(scene)
    if size is None:
        scale = min(scale, _MOST_SIDE / max(needed), math.sqrt(_MOST_PIXELS / (needed[0] * needed[1])))
        size = (math.ceil(needed[0] * scale), math.ceil(needed[1] * scale))
    else:
        scale = min(size[0] / needed[0], size[1] / needed[1])
    image = QImage(QSize(*size), QImage.Format.Format_ARGB32)
    image.fill(theme.canvas)
    painter = QPainter(image)
    painter.scale(scale, scale)
    _paint(painter, scene, state, Ink(theme), size[0] / scale, size[1] / scale)
    painter.end()
    return image


def write_png(picture: Picture, state: State, theme: Theme, path: str | os.PathLike[str], *, scale: float = _SCALE) -> None:
    """Writes a picture as PNG, whole or not at all.

    Raises:
        OSError: The place cannot be written to; the text says why.
    """
    image = render(picture, state, theme, scale=scale)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    _save(buffer.data(), path)


def write_svg(picture: Picture, state: State, theme: Theme, path: str | os.PathLike[str]) -> None:
    """Writes a picture as SVG, whole or not at all. Text is drawn as outlines, so that it looks the same everywhere.

    Raises:
        OSError: The place cannot be written to; the text says why.
    """
    _application()
    scene = make_scene(picture)
    width, height = _size(scene)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(QSize(math.ceil(width), math.ceil(height)))
    generator.setViewBox(QRectF(0, 0, math.ceil(width), math.ceil(height)))
    generator.setResolution(96)  # as CSS has it, so that a px is a px
    generator.setTitle(str(picture.recording.meta.get("filename", "")) or "GradViz")
    generator.setDescription(_header(scene, state))
    painter = QPainter(generator)
    painter.fillRect(QRectF(0, 0, math.ceil(width), math.ceil(height)), theme.canvas)
    _paint(painter, scene, state, Ink(theme, outlines=True), width, height)
    painter.end()
    _save(buffer.data(), path)


def write(picture: Picture, event: int, path: str | os.PathLike[str], theme_name: str = "dark") -> None:
    """Writes a picture at an event; the path's ending says in which format.

    Args:
        picture: What to draw.
        event: The event's number; -1 for before the first.
        path: Ends in ``.png`` or ``.svg``.
        theme_name: "dark" or "light".

    Raises:
        ValueError: An unknown ending or theme, or an event that the recording does not have; the text says so.
        OSError: The place cannot be written to; the text says why.
    """
    ending = Path(path).suffix.lower()
    if ending not in (".png", ".svg"):
        raise ValueError(tr("a picture's name ends in .png or .svg, unlike {0}").format(Path(path).name))
    if theme_name not in _THEMES:
        raise ValueError(tr("there is no theme {0}; there are dark and light").format(theme_name))
    count = len(picture.recording)
    if not -1 <= event < count:
        raise ValueError(tr("there is no event {0}; the recording has {1}").format(event, count))
    state, theme = picture.recording.state(event), load_theme(theme_name)
    if ending == ".png":
        write_png(picture, state, theme, path)
    else:
        write_svg(picture, state, theme, path)


def write_picture(recording: Recording, event: int, path: str | os.PathLike[str], *, theme: str = "dark") -> None:
    """Lays a recording out and writes it at an event, as `write` does; raises what it raises."""
    write(make_picture(recording), event, path, theme)


def _header(scene: Scene, state: State) -> str:
    place = tr("event {0} of {1}").format(state.event + 1, len(scene.picture.recording))
    return f"{legend.header_text(scene)} · {place}"


def _size(scene: Scene) -> tuple[float, float]:
    _, _, width, height = scene.picture.bounds
    width = max(width, _LEAST_SIZE[0])
    return width, max(height + legend.HEADER_ROOM + legend.legend_room(scene, width), _LEAST_SIZE[1])


def _paint(painter: QPainter, scene: Scene, state: State, ink: Ink, width: float, height: float) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if not scene.nodes:
        legend.paint_empty(painter, ink, width, height, has_recording=True)
        return
    bottom = legend.legend_room(scene, width)
    viewport = Viewport.fitted(scene.picture.bounds, width, height, top=legend.HEADER_ROOM, bottom=bottom)
    PicturePainter(scene, ink, cached=False).paint(painter, Looks(scene, state), Frame(viewport, width, height))
    legend.paint_header(painter, _header(scene, state), ink)
    legend.paint_legend(painter, scene, ink, width, height)


def _save(data: QByteArray, path: str | os.PathLike[str]) -> None:
    file = QSaveFile(os.fspath(path))
    if not file.open(QIODevice.OpenModeFlag.WriteOnly) or file.write(data) != data.size() or not file.commit():
        raise OSError(f"{Path(path).name}: {file.errorString()}")


@lru_cache(maxsize=1)
def _application() -> QGuiApplication:
    """Qt's application, made without a screen where there is none yet: fonts need one."""
    known = QGuiApplication.instance()
    if isinstance(known, QGuiApplication):
        return known
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    return QGuiApplication(["gradviz"])
