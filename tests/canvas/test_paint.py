"""What is painted: the cached way against the plain one, and colours where they mean something."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPainter

from gradviz.canvas import legend
from gradviz.canvas.ink import Ink, contrast, elided, text_width
from gradviz.canvas.looks import Looks
from gradviz.canvas.marks import heat_map
from gradviz.canvas.paint_picture import Frame, PicturePainter, Travel
from gradviz.canvas.scene import Scene, make_scene
from gradviz.canvas.viewport import Viewport
from gradviz.graph import make_picture
from gradviz.recording import Kind, Recording, RecordingBuilder
from gradviz.view.theme import Theme, load_theme
from tests.canvas import programs
from tests.panels.made import find

SIZE = (1100, 640)


def painted(painter: PicturePainter, looks: Looks, frame: Frame, ratio: float = 1.0) -> np.ndarray:
    image = QImage(int(SIZE[0] * ratio), int(SIZE[1] * ratio), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(painter.ink.theme.canvas)
    inner = QPainter(image)
    painter.paint(inner, looks, frame)
    inner.end()
    shape = (image.height(), image.bytesPerLine() // 4, 4)
    return np.frombuffer(image.constBits(), np.uint8).reshape(shape)[..., :3].copy()


def has(pixels: np.ndarray, colour: QColor) -> bool:
    return bool((pixels == [colour.blue(), colour.green(), colour.red()]).all(axis=-1).any())


def fitted(scene: Scene, scale: float = 1.0) -> Frame:
    view = Viewport.fitted(scene.picture.bounds, *SIZE)
    return Frame(view.zoomed(scale, SIZE[0] / 2, SIZE[1] / 2), *SIZE)


@pytest.mark.parametrize("scale", [0.15, 0.4, 1.0], ids=["far", "middle", "near"])
def test_stepping_with_what_was_kept_paints_the_same_as_painting_anew(scene: Scene, theme: Theme, scale: float) -> None:
    recording = scene.picture.recording
    frame, kept, looks = fitted(scene, scale), PicturePainter(scene, Ink(theme)), None
    forth = list(range(9, len(recording), 2))
    for event in [*forth, *reversed(forth), 17, 2]:
        looks = Looks(scene, recording.state(event), (), looks)
        anew = PicturePainter(scene, Ink(theme))
        fresh = Looks(scene, recording.state(event))
        assert (painted(kept, looks, frame) == painted(anew, fresh, frame)).all(), event


def test_after_hurried_frames_a_zoom_ends_as_sharp_as_any(theme: Theme) -> None:
    recording = programs.chain(60)
    scene = make_scene(make_picture(recording))
    looks = Looks(scene, recording.state(len(recording) - 1))
    view = Viewport(0.25, 0, 300)
    kept = PicturePainter(scene, Ink(theme))
    painted(kept, looks, Frame(view.zoomed(1.1, 0, 300), *SIZE))
    frames = 0
    while frames == 0 or kept.unfinished:
        result = painted(kept, looks, Frame(view, *SIZE, hurried=True))
        frames += 1
        assert frames < 50
    assert (result == painted(PicturePainter(scene, Ink(theme)), looks, Frame(view, *SIZE))).all()


def test_sprites_and_strokes_look_alike(scene: Scene, theme: Theme) -> None:
    looks = Looks(scene, scene.picture.recording.state(17))
    a = painted(PicturePainter(scene, Ink(theme)), looks, fitted(scene))
    b = painted(PicturePainter(scene, Ink(theme), cached=False), looks, fitted(scene))
    # Sprites stand on whole px, strokes where they fall: the edges of things differ by a shade.
    assert np.abs(a.astype(int) - b.astype(int)).mean() < 3
    c = painted(PicturePainter(scene, Ink(theme, outlines=True), cached=False), looks, fitted(scene))
    assert np.abs(b.astype(int) - c.astype(int)).mean() < 2


@pytest.mark.parametrize("name", ["dark", "light"])
@pytest.mark.parametrize("scale", [0.15, 0.4, 1.0], ids=["far", "middle", "near"])
def test_amber_is_now_and_nothing_else(scene: Scene, name: str, scale: float) -> None:
    theme = load_theme(name)
    recording = scene.picture.recording
    silent = find(recording, Kind.OUTPUT)
    for event, expected in ((silent, False), (find(recording, Kind.CONTRIBUTION, 2), True)):
        looks = Looks(scene, recording.state(event))
        pixels = painted(PicturePainter(scene, Ink(theme)), looks, fitted(scene, scale))
        assert has(pixels, theme.now) is expected


@pytest.mark.parametrize("name", ["dark", "light"])
@pytest.mark.parametrize("scale", [0.15, 0.4, 1.0], ids=["far", "middle", "near"])
def test_the_alarm_colour_is_for_what_is_not_finite_alone(scene: Scene, name: str, scale: float) -> None:
    theme = load_theme(name)
    bad = programs.log_of_zero()
    for recording, expected in ((scene.picture.recording, False), (bad, True)):
        shown = make_scene(make_picture(recording))
        looks = Looks(shown, recording.state(len(recording) - 1))
        pixels = painted(PicturePainter(shown, Ink(theme)), looks, fitted(shown, scale))
        assert has(pixels, theme.alarm) is expected


def test_a_leaf_has_its_edge_filled(scene: Scene, theme: Theme) -> None:
    looks = Looks(scene, scene.picture.recording.state(0))
    assert has(painted(PicturePainter(scene, Ink(theme)), looks, fitted(scene)), theme.leaf)
    looks = Looks(scene, scene.picture.recording.state(-1))
    assert not has(painted(PicturePainter(scene, Ink(theme)), looks, fitted(scene)), theme.leaf)


def test_a_travelling_gradient_moves_and_lights_its_edge_behind_it(scene: Scene, theme: Theme) -> None:
    recording = scene.picture.recording
    looks = Looks(scene, recording.state(find(recording, Kind.CONTRIBUTION, 2)))
    links = tuple(np.flatnonzero(looks.links_now).tolist())
    frame = fitted(scene)
    painter = PicturePainter(scene, Ink(theme))
    pictures = []
    for share in (0.0, 0.4, 0.8):
        moving = Frame(frame.viewport, *SIZE, travel=Travel(links, share))
        pictures.append(painted(painter, looks, moving))
    assert not (pictures[0] == pictures[1]).all()
    assert not (pictures[1] == pictures[2]).all()


def test_high_resolution_screens_get_more_pixels(scene: Scene, theme: Theme) -> None:
    looks = Looks(scene, scene.picture.recording.state(17))
    frame = fitted(scene)
    fine = painted(PicturePainter(scene, Ink(theme)), looks, Frame(frame.viewport, *SIZE, ratio=2.0), ratio=2.0)
    coarse = painted(PicturePainter(scene, Ink(theme)), looks, frame)
    halved = fine.reshape(SIZE[1], 2, SIZE[0], 2, 3).mean(axis=(1, 3))
    assert np.abs(halved - coarse).mean() < 3


@pytest.mark.parametrize(
    "make", [programs.every_cut, programs.retained_and_shared, programs.large_values, programs.log_of_zero]
)
@pytest.mark.parametrize("name", ["dark", "light"])
def test_everything_that_can_occur_can_be_painted(make: object, name: str) -> None:
    recording: Recording = make()  # type: ignore[operator]
    for orientation in ("LR", "TB"):
        scene = make_scene(make_picture(recording, orientation=orientation))
        ink = Ink(load_theme(name))
        painter = PicturePainter(scene, ink)
        for scale in (0.15, 0.4, 1.0):
            images = [painted(painter, Looks(scene, recording.state(e)), fitted(scene, scale)) for e in range(len(recording))]
            assert not (images[0] == images[-1]).all()


# Text and colours


@pytest.mark.parametrize("name", ["dark", "light"])
def test_writing_and_signs_have_enough_contrast(qapp: object, name: str) -> None:
    theme = load_theme(name)
    ink = Ink(theme)
    for ground in (theme.canvas, theme.panel, theme.raised, theme.mutedfill):
        for colour in (theme.text, theme.dim):
            assert contrast(colour, ground) >= 4.5
    for colour in (theme.now, theme.alarm):
        assert contrast(colour, theme.raised) >= 4.5
    for colour in (ink.edge, theme.leaf, theme.now, theme.alarm):
        assert contrast(colour, theme.canvas) >= 3


def test_contrast_is_as_wcag_has_it() -> None:
    assert contrast(QColor("white"), QColor("black")) == pytest.approx(21)
    assert contrast(QColor("#777777"), QColor("white")) == pytest.approx(4.48, abs=0.01)


def test_texts_are_cut_to_fit(qapp: object) -> None:
    Ink(load_theme("dark"))
    text = "a_rather_long_name_for_a_tensor"
    short = elided(text, 80, 14, True, True)
    assert short.endswith("…")
    assert text_width(short, 14, True, True) <= 80
    assert elided("x", 80, 14, True, True) == "x"


def test_a_heat_map_is_grey_and_shows_what_is_not_finite_in_alarm(theme: Theme) -> None:
    values = np.array([[0.0, 1.0], [np.nan, 0.5]], np.float32)
    image = heat_map(values, theme)
    assert (image.width(), image.height()) == (2, 2)
    assert image.pixelColor(0, 1) == theme.alarm
    assert image.pixelColor(0, 0) == theme.line
    assert image.pixelColor(1, 0) == theme.text
    assert heat_map(np.full((3, 2), np.inf, np.float32), theme).pixelColor(1, 2) == theme.alarm


# Legend


def texts(recording: Recording) -> list[str]:
    return [entry.text for entry in legend.legend_entries(make_scene(make_picture(recording)))]


def test_the_legend_explains_what_occurs_and_nothing_else(scene: Scene) -> None:
    found = texts(scene.picture.recording)
    assert found == ["needs grad", "now", "gradient norm 0.5 → 5", "cut", "no_grad", "freed"]
    assert "NaN or Inf" in texts(programs.log_of_zero())
    assert "retains grad" in texts(programs.retained_and_shared())
    assert "cut" not in texts(programs.log_of_zero())


@pytest.mark.parametrize("width", [60, 200, 400, 900])
def test_the_legend_breaks_into_rows_that_fit(scene: Scene, width: int) -> None:
    entries = legend.legend_entries(scene)
    rows = legend.legend_rows(entries, width)
    assert [entry for row in rows for entry in row] == entries
    for row in rows:
        wide = 20 + sum(e.width + 8 + text_width(e.text, 11.0) for e in row) + 26 * (len(row) - 1)
        assert wide <= width or len(row) == 1


def test_the_header_says_which_way_and_how_many(scene: Scene) -> None:
    assert legend.header_text(scene) == f"left to right · {len(scene.nodes)} nodes"
    upright = make_scene(make_picture(scene.picture.recording, orientation="TB"))
    assert legend.header_text(upright).startswith("top to bottom")


def test_an_empty_recording_has_a_legend_of_its_own() -> None:
    assert texts(RecordingBuilder({}).build()) == ["now"]
