"""The explorer: a pure session (state → picture), the worker that draws, and the page that shows."""
