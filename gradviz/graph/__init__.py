"""From a recording to the networkx graph that is laid out and drawn."""

from gradviz.graph.build import Link, build_graph

__all__ = ["Link", "build_graph"]
