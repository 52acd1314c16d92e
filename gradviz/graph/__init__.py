"""From a recording to the networkx graph that is laid out and drawn."""

from gradviz.graph.build import Link, build_graph
from gradviz.graph.picture import Picture, make_picture, picture_from, picture_of

__all__ = ["Link", "Picture", "build_graph", "make_picture", "picture_from", "picture_of"]
