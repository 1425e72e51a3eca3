"""Graph, session, Network: the one place that runs graphs, and the class that users hold."""
