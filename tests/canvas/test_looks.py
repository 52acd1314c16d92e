"""What nodes and links look like at an event, without a pixel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz.canvas.looks import LIT_WIDTHS, LinkLook, Looks, NodeLook
from gradviz.canvas.scene import make_scene
from gradviz.graph import make_picture
from gradviz.recording import Cut, Kind, Recording
from gradviz.view.cursor import Selection
from tests.canvas import programs
from tests.panels.made import Maker, find, full, seed_recording

SEED = seed_recording()
SCENE = make_scene(make_picture(SEED))
ALL = {
    make.__name__: make()
    for make in (seed_recording, programs.log_of_zero, programs.retained_and_shared, programs.every_cut, programs.large_values)
}


class Shown:
    """Looks of a recording at an event, asked for by name."""

    def __init__(self, recording: Recording, event: int, selection: Selection | None = None) -> None:
        self.scene = make_scene(make_picture(recording))
        self.looks = Looks(self.scene, recording.state(event), [selection] if selection else [])
        self.graph = self.scene.picture.graph

    def id(self, label: str, kind: str = "") -> str:
        return next(n for n, d in self.graph.nodes(data=True) if d["label"] == label and kind in ("", d["kind"]))

    def node(self, label: str, kind: str = "") -> NodeLook:
        return self.looks.node(self.scene.rows[self.id(label, kind)])

    def links(self, source: str, target: str) -> list[LinkLook]:
        ends = (self.scene.rows[self.id(source)], self.scene.rows[self.id(target)])
        return [self.looks.link(row) for row in range(len(self.scene.links)) if tuple(self.scene.ends[row]) == ends]


def slot(recording: Recording, event: int, label: str) -> tuple[str, str]:
    look = Shown(recording, event).node(label).slot
    return look.role, look.text


def nth(kind: Kind, n: int = 0, recording: Recording = SEED) -> int:
    return find(recording, kind, n)


# Being born


def test_before_the_first_event_all_is_a_faint_outline() -> None:
    looks = Looks(SCENE, SEED.state(-1))
    assert not looks.born.any()
    assert not any(looks.node(row).born for row in range(len(SCENE.nodes)))
    assert not any(looks.link(row).born for row in range(len(SCENE.links)))


def test_a_node_is_born_with_its_event_and_a_link_with_what_it_leads_to() -> None:
    shown = Shown(SEED, nth(Kind.OP))
    assert shown.node("x").born
    assert shown.node("y").born
    assert not shown.node("z").born
    assert [link.born for link in shown.links("x", "AddBackward0")] == [True]
    assert [link.born for link in shown.links("y", "pow")] == [False]


# The gradient slot


def test_a_passing_gradient_is_summed_before_the_eyes_and_not_kept() -> None:
    first, second = nth(Kind.CONTRIBUTION, 2), nth(Kind.CONTRIBUTION, 3)
    assert slot(SEED, first - 1, "y") == ("grad", "None")
    assert slot(SEED, first, "y") == ("passing", "0.75")
    assert slot(SEED, second, "y") == ("passing", "0.75 + 0.75 = 1.5")
    assert slot(SEED, nth(Kind.PASS_END), "y") == ("grad", "not kept")
    assert slot(SEED, nth(Kind.PASS_BEGIN, 1), "y") == ("grad", "None")


def test_a_leaf_s_grad_arrives_is_written_and_grows_over_passes() -> None:
    assert slot(SEED, nth(Kind.CONTRIBUTION, 4), "x") == ("arriving", "1.5")
    assert slot(SEED, nth(Kind.ACCUMULATE), "x") == ("grad", "1.5")
    assert slot(SEED, nth(Kind.PASS_BEGIN, 1), "x") == ("grad", "1.5")
    assert slot(SEED, nth(Kind.ACCUMULATE, 1), "x") == ("grad", "1.5 + 1 = 2.5")
    assert slot(SEED, len(SEED) - 1, "x") == ("grad", "1.5 + 1 = 2.5")


def test_a_sum_of_an_earlier_pass_is_one_number() -> None:
    m = Maker("x = ...\n")
    x = m.create(full(1), 1, "x", requires=True)
    op, s = m.op(1, "sum", [("self", x, "grad", Cut.NONE)], full(1), node="SumBackward0", name="s")
    for _ in range(3):
        p = m.begin(1, "s.backward()", s)
        m.contribute(1, p, -1, -1, op, s, full(1), 0)
        m.contribute(1, p, op, 0, -1, x, full(2), 0)
        m.accumulate(1, p, x)
        m.end(1, p)
    recording = m.builder.build()
    ends = [nth(Kind.ACCUMULATE, i, recording) for i in range(3)]
    assert [slot(recording, end, "x")[1] for end in ends] == ["2", "2 + 2 = 4", "4 + 2 = 6"]
    assert slot(recording, nth(Kind.PASS_BEGIN, 2, recording), "x") == ("grad", "4")


def test_a_slot_is_amber_only_at_the_event_that_wrote_it() -> None:
    event = nth(Kind.CONTRIBUTION, 3)
    assert Shown(SEED, event).node("y").slot.now
    assert not Shown(SEED, event + 1).node("y").slot.now
    assert not Shown(SEED, nth(Kind.VISIT, 2)).node("y").slot.now


def test_a_retained_gradient_has_a_pin_and_stays() -> None:
    recording = programs.retained_and_shared()
    shown = Shown(recording, len(recording) - 1)
    assert shown.node("y").retained
    assert (shown.node("y").slot.role, shown.node("y").slot.text) == ("grad", "1")
    assert not shown.node("z").retained
    assert shown.node("z").slot.text == "not kept"
    assert not Shown(recording, 1).node("y").retained


def test_a_grad_set_to_none_is_none_again() -> None:
    m = Maker("x = ...\n")
    x = m.create(full(1), 1, "x", requires=True)
    m.event(Kind.GRAD_SET, 1, tensor=x, value=m.builder.value(full(3)))
    m.event(Kind.GRAD_SET, 1, tensor=x, value=-1)
    recording = m.builder.build()
    assert slot(recording, 1, "x") == ("grad", "3")
    assert slot(recording, 2, "x") == ("grad", "None")


# Waiting, visited, freed


def test_a_function_waits_until_its_last_contribution() -> None:
    assert Shown(SEED, nth(Kind.CONTRIBUTION, 2)).node("AddBackward0").pending == "waits for 1 more"
    assert Shown(SEED, nth(Kind.CONTRIBUTION, 3)).node("AddBackward0").pending == "ready"
    assert Shown(SEED, nth(Kind.VISIT, 2)).node("AddBackward0").pending == ""


def test_a_leaf_waits_too() -> None:
    recording = programs.retained_and_shared()
    to_x = nth(Kind.CONTRIBUTION, 1, recording)
    assert Shown(recording, to_x).node("x").pending == "waits for 1 more"
    assert Shown(recording, nth(Kind.CONTRIBUTION, 3, recording)).node("x").pending == ""


def test_a_visited_function_looks_done_until_the_pass_is_over() -> None:
    assert not Shown(SEED, nth(Kind.VISIT, 1) - 1).node("MulBackward0").visited
    assert Shown(SEED, nth(Kind.VISIT, 1)).looks.visited.sum() == 2
    assert not Shown(SEED, nth(Kind.PASS_END)).looks.visited.any()


def test_a_function_that_let_go_of_what_it_saved_is_hollow_from_then_on() -> None:
    event = nth(Kind.FREE)
    assert not Shown(SEED, event - 1).node("MeanBackward0").freed
    assert Shown(SEED, event).node("MeanBackward0").freed
    assert Shown(SEED, len(SEED) - 1).node("MeanBackward0").freed
    assert not Shown(SEED, len(SEED) - 1).node("SumBackward0").freed


def test_saved_tensors_are_badges_by_name() -> None:
    names = {look.badges for look in map(Shown(SEED, 5).looks.node, range(len(SCENE.nodes))) if look.kind == "op"}
    assert ("y",) in names


# Edges


def test_edges_light_from_consumer_to_producer_as_gradients_cross_them() -> None:
    first, second = nth(Kind.CONTRIBUTION, 2), nth(Kind.CONTRIBUTION, 3)
    mul = "MulBackward0"

    def lit(event: int) -> list[bool]:
        return [link.gradient is not None for link in Shown(SEED, event).links("y", mul)]

    assert lit(first - 1) == [False, False]
    assert sorted(lit(first)) == [False, True]
    assert lit(second) == [True, True]
    # From the card of y it goes on only when its function is visited.
    assert Shown(SEED, second).links("AddBackward0", "y")[0].gradient is None
    assert Shown(SEED, nth(Kind.VISIT, 2)).links("AddBackward0", "y")[0].gradient is not None


def test_a_lit_edge_is_wider_for_a_larger_gradient() -> None:
    recording = programs.chain(6)
    looks = Looks(make_scene(make_picture(recording)), recording.state(nth(Kind.PASS_END, 0, recording) - 1))
    lit = [looks.link(row) for row in np.flatnonzero(looks.link_values >= 0).tolist()]
    lit.sort(key=lambda link: link.gradient or 0.0)
    widths = [link.width for link in lit]
    assert widths == sorted(widths)
    assert (widths[0], widths[-1]) == pytest.approx(LIT_WIDTHS)


def test_edges_go_dark_when_the_program_runs_on() -> None:
    end, forward = nth(Kind.PASS_END), nth(Kind.PASS_END) + 2
    assert SEED.event(forward).kind is Kind.OP
    assert (Looks(SCENE, SEED.state(end)).link_values >= 0).any()
    assert not (Looks(SCENE, SEED.state(forward)).link_values >= 0).any()


def test_one_scale_serves_all_events() -> None:
    before, after = nth(Kind.CONTRIBUTION, 2), nth(Kind.VISIT, 2)
    a, b = (Looks(SCENE, SEED.state(event)) for event in (before, after))
    row = next(int(r) for r in np.flatnonzero(a.link_values >= 0) if a.link_values[r] == b.link_values[r])
    assert a.link(row).gradient == b.link(row).gradient


# Cuts and what autograd does not see


def test_a_detach_is_a_cut_with_its_line() -> None:
    shown = Shown(SEED, 8)
    (row,) = shown.scene.ports_of(shown.scene.rows[shown.id("k")]).tolist()
    link = shown.looks.link(row)
    assert (link.cut, link.reason) == (Cut.DETACH, "detach · line 8")
    assert link.gradient is None


def test_an_edge_into_no_grad_is_cut_and_what_is_there_is_muted_and_tagged() -> None:
    shown = Shown(SEED, 8)
    (link,) = shown.links("y", "pow")
    assert (link.cut, link.reason, link.muted) == (Cut.NO_GRAD, "no_grad · line 7", True)
    assert (shown.node("w").muted, shown.node("w").tag) == (True, "no_grad")
    assert (shown.node("pow").muted, shown.node("pow").tag) == (True, "no_grad")
    assert not shown.node("y").muted


def test_every_reason_has_its_own_words() -> None:
    recording = programs.every_cut()
    scene = make_scene(make_picture(recording))
    looks = Looks(scene, recording.state(len(recording) - 1))
    found = {look.cut: look.reason for look in map(looks.link, range(len(scene.links))) if look.cut}
    assert set(found) == {Cut.DATA, Cut.LEAF, Cut.CONSTANT, Cut.NOT_DIFFERENTIABLE, Cut.DTYPE}
    assert found[Cut.DATA] == ".data · line 2"
    assert len(set(found.values())) == len(found)


# Now, and what is looked at


def test_now_is_what_the_event_is_about_and_nothing_else() -> None:
    looks = Looks(SCENE, SEED.state(nth(Kind.CONTRIBUTION, 2)))
    now = {SCENE.nodes[row] for row in np.flatnonzero(looks.now)}
    assert now == {"t1", "o1"}
    assert looks.links_now.sum() == 1


def test_this_step_s_product_stands_over_the_function() -> None:
    assert Shown(SEED, nth(Kind.CONTRIBUTION, 2)).node("y").caption == ""
    captions = [look.caption for look in map(Shown(SEED, nth(Kind.CONTRIBUTION, 2)).looks.node, range(len(SCENE.nodes)))]
    assert sorted(captions)[-1] == "0.25 · y = 0.75"
    captions = [look.caption for look in map(Shown(SEED, nth(Kind.CONTRIBUTION, 1)).looks.node, range(len(SCENE.nodes)))]
    assert sorted(captions)[-1] == "→ 0.25"  # grad / self.numel() is no plain product
    captions = [look.caption for look in map(Shown(SEED, nth(Kind.CONTRIBUTION, 4)).looks.node, range(len(SCENE.nodes)))]
    assert sorted(captions)[-1] == "→ 1.5"  # "1.5 = 1.5" would say nothing
    captions = [look.caption for look in map(Shown(SEED, nth(Kind.VISIT, 1)).looks.node, range(len(SCENE.nodes)))]
    assert sorted(captions)[-1] == "grad = 0.25"


def test_a_gradient_of_a_shared_leaf_is_now_beside_the_function_it_comes_from() -> None:
    recording = programs.chain(8, weighted=True)
    arrivals = [
        e for e in range(len(recording)) if recording.event(e).kind is Kind.CONTRIBUTION and recording.event(e).slot == 1
    ]
    shown = Shown(recording, arrivals[1])
    op = recording.event(arrivals[1]).peer
    alias = f"t0@o{op}"
    look = shown.looks.node(shown.scene.rows[alias])
    assert (look.kind, look.now, look.caption) == ("alias", True, "arriving 1 + 1 = 2")
    later = shown.looks.node(shown.scene.rows[f"t0@o{op - 1}"])
    assert (later.now, later.caption) == (False, "")
    (stage,) = shown.looks.stages()
    assert {shown.scene.nodes[row] for row in stage} == {alias, f"o{op}"}


def test_what_is_now_can_be_watched_at_one_of_several_places() -> None:
    recording = programs.chain(8, weighted=True)
    shown = Shown(recording, nth(Kind.ACCUMULATE, 0, recording))
    names = [{shown.scene.nodes[row] for row in stage} for stage in shown.looks.stages()]
    assert names[-1] == {"t0"}
    assert len(names) > 2
    assert all(name.startswith("t0@") for stage in names[:-1] for name in stage)
    assert Shown(SEED, nth(Kind.OUTPUT)).looks.stages() == []
    (made,) = Shown(SEED, 1).looks.stages()
    assert {SCENE.nodes[row] for row in made} == {"o0", "t1"}


def test_selection_marks_a_tensor_and_its_aliases_alone() -> None:
    looks = Looks(SCENE, SEED.state(3), [Selection("tensor", 0)])
    chosen = {SCENE.nodes[row] for row in np.flatnonzero(looks.selected)}
    assert chosen == {node for node in SCENE.nodes if node.split("@")[0] == "t0"}


# Values


def test_small_values_are_written_out_and_large_ones_are_heat_maps() -> None:
    assert Shown(SEED, 5).node("y").rows == (("3", "3"), ("3", "3"))
    recording = programs.large_values()
    shown = Shown(recording, len(recording) - 1)
    assert shown.node("varied").rows == ()
    assert shown.node("varied").thumbnail >= 0
    assert shown.node("alike").rows == (("7 (all)",),)
    assert shown.node("empty").born


def test_bad_values_are_marked_where_they_are() -> None:
    recording = programs.large_values()
    shown = Shown(recording, len(recording) - 1)
    assert shown.node("broken").bad
    assert not shown.node("varied").bad
    infinite = programs.log_of_zero()
    shown = Shown(infinite, len(infinite) - 1)
    assert (shown.node("x").bad, shown.node("x").slot.bad, shown.node("x").slot.text) == (False, True, "inf")
    assert shown.node("r").bad
    assert shown.links("x", "LogBackward0")[0].bad
    assert not shown.links("r", "SumBackward0")[0].bad


# Taking over


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(ALL)), st.data())
def test_looks_taken_over_from_other_events_are_as_if_made_anew(name: str, data: st.DataObject) -> None:
    recording = ALL[name]
    scene = make_scene(make_picture(recording))
    events = data.draw(st.lists(st.integers(-1, len(recording) - 1), min_size=2, max_size=5))
    chosen = data.draw(st.sampled_from([(), (Selection("tensor", 0),), (Selection("op", 0), Selection("tensor", 0))]))
    looks = None
    for event in events:
        looks = Looks(scene, recording.state(event), chosen, looks)
        for row in range(len(scene.nodes)):
            looks.node(row)
    assert looks is not None
    fresh = Looks(scene, recording.state(events[-1]), chosen)
    for row in range(len(scene.nodes)):
        assert looks.node(row) == fresh.node(row)
    for row in range(len(scene.links)):
        assert looks.link(row) == fresh.link(row)


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_event_of_every_recording_has_looks(name: str) -> None:
    recording = ALL[name]
    scene = make_scene(make_picture(recording))
    for event in range(-1, len(recording)):
        looks = Looks(scene, recording.state(event))
        assert [looks.node(row).born for row in range(len(scene.nodes))] == looks.born.tolist()


@pytest.mark.parametrize("name", sorted(ALL))
def test_a_sketch_is_the_look_without_numbers_and_notes(name: str) -> None:
    recording = ALL[name]
    scene = make_scene(make_picture(recording))
    for event in range(-1, len(recording)):
        looks = Looks(scene, recording.state(event), [Selection("tensor", 0)])
        for row in range(len(scene.nodes)):
            full_look, sketch = looks.node(row), looks.sketch(row)
            bare = replace(
                full_look, slot=sketch.slot, rows=(), thumbnail=-1, badges=(), pending="", caption="", retained=False
            )
            assert bare == sketch
            assert full_look.slot.bad == sketch.slot.bad
