"""Layered layout of a networkx graph, in networkx's own calling convention."""

from gradviz.layout.aliases import ALIAS_SIZE, Alias, alias_shared_nodes
from gradviz.layout.groups import group_boxes
from gradviz.layout.layered import Layout, compute_layout, edge_routes, layered_layout
from gradviz.layout.metrics import count_crossings, count_straight_crossings, displacement, overlapping_nodes
from gradviz.layout.problem import Spacing

__all__ = [
    "ALIAS_SIZE",
    "Alias",
    "Layout",
    "Spacing",
    "alias_shared_nodes",
    "compute_layout",
    "count_crossings",
    "count_straight_crossings",
    "displacement",
    "edge_routes",
    "group_boxes",
    "layered_layout",
    "overlapping_nodes",
]
