"""From a recording to the networkx graph that is laid out and drawn."""
