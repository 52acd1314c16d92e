"""Layered layout of a networkx graph, in networkx's own calling convention."""
