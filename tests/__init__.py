"""A package: a folder without this file loses to any package `tests` on the path, and IPython has one."""
