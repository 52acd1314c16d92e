"""A recording: everything a graph script did, complete and immutable."""
