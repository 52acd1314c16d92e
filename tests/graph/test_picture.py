"""Laid-out graphs: what a worker sends is what the window draws, and an edit moves only what it must."""

from __future__ import annotations

import json

import numpy as np
import pytest

from gradviz.graph import make_picture, picture_from, picture_of
from gradviz.layout import overlapping_nodes
from gradviz.recording import RecordingBuilder, to_bytes
from gradviz.runner import record

SCRIPT = """import torch

x = torch.ones(2, 2, requires_grad=True)
y = x + 2
with torch.no_grad():
    w = y ** 3
k = (x * 2).detach()
out = (y * y).mean() + (w + k).sum()
out.backward()
"""


@pytest.mark.parametrize("orientation", ["LR", "TB"])
def test_a_picture_survives_the_way_from_the_worker(orientation: str) -> None:
    recording = record(SCRIPT)
    there = make_picture(recording, orientation=orientation)  # type: ignore[arg-type]
    sent = json.loads(json.dumps(picture_of(to_bytes(recording), {"orientation": orientation})))
    here = picture_from(sent, recording)
    assert dict(here.graph.nodes(data=True)) == dict(there.graph.nodes(data=True))
    assert dict(here.graph.edges) == dict(there.graph.edges)
    assert here.graph.graph == there.graph.graph
    assert (here.positions, here.boxes, here.orientation) == (there.positions, there.boxes, orientation)
    for edge, route in there.routes.items():
        np.testing.assert_allclose(here.routes[edge], route, atol=0.051)


def test_everything_lies_within_the_bounds_and_apart() -> None:
    picture = make_picture(record(SCRIPT))
    x, y, width, height = picture.bounds
    for node, (cx, cy) in picture.positions.items():
        w, h = picture.graph.nodes[node]["size"]
        assert x < cx - w / 2
        assert y < cy - h / 2
        assert cx + w / 2 < x + width
        assert cy + h / 2 < y + height
    assert not overlapping_nodes(picture.graph, picture.positions)
    for box in picture.boxes.values():
        assert x <= box[0] <= box[0] + box[2] <= x + width


def test_an_edit_leaves_the_others_where_they_were() -> None:
    before = make_picture(record(SCRIPT))
    after = make_picture(
        record(SCRIPT.replace("** 3", "** 4").replace("import torch\n", "import torch\n# more\n")), previous=before.places
    )
    assert after.places == before.places
    grown = make_picture(record(SCRIPT + "extra = out * 2\n"), previous=before.places)
    assert before.places.items() <= grown.places.items()


def test_nothing_makes_an_empty_picture() -> None:
    picture = make_picture(RecordingBuilder({}).build())
    assert picture.bounds == (0.0, 0.0, 0.0, 0.0)
    assert not picture.positions
