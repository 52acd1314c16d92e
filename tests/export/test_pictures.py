"""Pictures in files: the right format, the right event, all or nothing, and clear words where it cannot be."""

from __future__ import annotations

import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from gradviz.export import render, write, write_picture
from gradviz.graph import Picture, make_picture
from gradviz.recording import Kind, RecordingBuilder
from gradviz.view.theme import load_theme
from tests.canvas import programs
from tests.panels.made import find, seed_recording

SEED = seed_recording()
MIDDLE = find(SEED, Kind.CONTRIBUTION, 2)


@pytest.fixture(scope="module")
def picture() -> Picture:
    return make_picture(SEED)


def pixels(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)[:, : image.width(), :3].astype(int)


def has(image: QImage, colour: QColor) -> bool:
    return bool((pixels(image) == [colour.blue(), colour.green(), colour.red()]).all(axis=-1).any())


@pytest.mark.parametrize("name", ["dark", "light"])
def test_a_png_has_ground_nodes_and_now(picture: Picture, tmp_path: Path, qapp: object, name: str) -> None:
    path, theme = tmp_path / "out.png", load_theme(name)
    write(picture, MIDDLE, path, name)
    image = QImage(str(path))
    assert image.pixelColor(0, 0) == theme.canvas
    for colour in (theme.now, theme.leaf, theme.raised):
        assert has(image, colour)


def test_an_svg_says_the_same_without_any_font(picture: Picture, tmp_path: Path, qapp: object) -> None:
    path = tmp_path / "out.svg"
    write(picture, MIDDLE, path, "light")
    root = ElementTree.fromstring(path.read_text(encoding="utf-8"))
    assert not [element for element in root.iter() if element.tag.endswith("}text")]
    assert f"event {MIDDLE + 1} of {len(SEED)}" in next(e.text or "" for e in root.iter() if e.tag.endswith("}desc"))
    renderer = QSvgRenderer(str(path))
    png = render(picture, SEED.state(MIDDLE), load_theme("light"), scale=1)
    drawn = QImage(png.size(), QImage.Format.Format_ARGB32)
    painter = QPainter(drawn)
    renderer.render(painter)
    painter.end()
    assert np.abs(pixels(drawn) - pixels(png)).mean() < 3


def test_an_svg_is_as_large_as_it_says_in_css_px(picture: Picture, tmp_path: Path, qapp: object) -> None:
    write(picture, 0, tmp_path / "out.svg")
    head = (tmp_path / "out.svg").read_text(encoding="utf-8")[:600]
    width = float(re.search(r'width="([\d.]+)mm"', head)[1])  # type: ignore[index]
    box = float(re.search(r'viewBox="0 0 (\d+)', head)[1])  # type: ignore[index]
    assert width / 25.4 * 96 == pytest.approx(box, rel=1e-3)


def test_every_event_gives_its_own_picture(picture: Picture, qapp: object) -> None:
    theme = load_theme("dark")
    images = [render(picture, SEED.state(event), theme, scale=0.5) for event in (-1, 5, MIDDLE, len(SEED) - 1)]
    assert all(a != b for a, b in pairwise(images))
    again = render(picture, SEED.state(5), theme, scale=0.5)
    assert again == images[1]


def test_sizes_are_as_asked_for(picture: Picture, qapp: object) -> None:
    theme = load_theme("dark")
    assert render(picture, SEED.state(0), theme, size=(640, 480)).size().toTuple() == (640, 480)
    single, double = (render(picture, SEED.state(0), theme, scale=scale).width() for scale in (1, 2))
    assert double == pytest.approx(2 * single, abs=2)
    for wrong in ({"size": (0, 10)}, {"scale": 0}):
        with pytest.raises(ValueError, match="above zero"):
            render(picture, SEED.state(0), theme, **wrong)  # type: ignore[arg-type]


def test_a_very_large_graph_still_fits_into_an_image(qapp: object) -> None:
    recording = programs.chain(400)
    image = render(make_picture(recording), recording.state(len(recording) - 1), load_theme("dark"))
    assert not image.isNull()
    assert max(image.width(), image.height()) <= 16_001


@pytest.mark.parametrize("ending", ["png", "svg"])
@pytest.mark.parametrize("make", [programs.large_values, programs.log_of_zero, programs.every_cut])
def test_all_kinds_of_recordings_are_written(tmp_path: Path, qapp: object, ending: str, make: object) -> None:
    path = tmp_path / f"out.{ending}"
    recording = make()  # type: ignore[operator]
    write_picture(recording, len(recording) - 1, path, theme="light")
    assert path.stat().st_size > 1000
    assert not QImage(str(path)).isNull()


def test_an_empty_recording_says_so_in_a_picture(tmp_path: Path, qapp: object) -> None:
    write_picture(RecordingBuilder({}).build(), -1, tmp_path / "out.png")
    assert len(np.unique(pixels(QImage(str(tmp_path / "out.png"))).reshape(-1, 3), axis=0)) > 2


@pytest.mark.parametrize(
    ("path", "event", "theme", "words"),
    [
        ("out.gif", 0, "dark", r"ends in \.png or \.svg, unlike out\.gif"),
        ("out", 0, "dark", r"ends in \.png or \.svg"),
        ("out.png", len(SEED), "dark", f"no event {len(SEED)}; the recording has {len(SEED)}"),
        ("out.png", -2, "dark", "no event -2"),
        ("out.svg", 0, "pink", "no theme pink"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    picture: Picture, tmp_path: Path, qapp: object, path: str, event: int, theme: str, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        write(picture, event, tmp_path / path, theme)
    assert list(tmp_path.iterdir()) == [tmp_path / "home"]


@pytest.mark.parametrize("name", ["nowhere/out.png", "taken.svg"])
def test_a_place_that_cannot_be_written_to_is_named(picture: Picture, tmp_path: Path, qapp: object, name: str) -> None:
    (tmp_path / "taken.svg").mkdir()
    with pytest.raises(OSError, match=Path(name).name):
        write(picture, 0, tmp_path / name)


def test_a_failed_write_leaves_the_old_file(
    picture: Picture, tmp_path: Path, qapp: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    from PySide6.QtCore import QSaveFile

    path = tmp_path / "out.png"
    write(picture, 0, path)
    old = path.read_bytes()
    monkeypatch.setattr(QSaveFile, "write", lambda self, data: -1)
    with pytest.raises(OSError, match=r"out\.png"):
        write(picture, 5, path)
    assert path.read_bytes() == old


def test_without_an_application_or_a_screen_one_is_made(tmp_path: Path) -> None:
    program = (
        "from gradviz.export import write_picture\n"
        "from tests.panels.made import seed_recording\n"
        f"write_picture(seed_recording(), 5, {str(tmp_path / 'out.svg')!r})\n"
    )
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path(__file__).parents[2]), "HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out.svg").stat().st_size > 1000
