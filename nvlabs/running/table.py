"""The table that `Network.print_layers` prints."""

from __future__ import annotations

from typing import List, NamedTuple, Optional, Sequence, Tuple

from nvlabs.plain_text import one_line


class LayerRow(NamedTuple):
    """One layer; `shape` is per sample, `weight` the shape of its weight if it has one."""

    name: str
    params: int
    shape: Tuple[int, ...]
    weight: Optional[Sequence[int]]


def format_layers(
    title: str, rows: Sequence[LayerRow], total: int, hide_layers_with_no_params: bool = False
) -> str:
    """Columns: name, parameters, output shape, weight shape; '-' for none; the last line is the total."""
    cells: List[List[str]] = [[one_line(title), "Params", "OutputShape", "WeightShape"], ["---"] * 4]
    for row in rows:
        if row.params or not hide_layers_with_no_params:
            shape = "(%s)" % ", ".join(["?"] + [str(size) for size in row.shape])
            weight = "-" if row.weight is None else "(%s)" % ", ".join(map(str, row.weight))
            cells.append([one_line(row.name), str(row.params) if row.params else "-", shape, weight])
    cells += [["---"] * 4, ["Total", str(total), "", ""]]
    widths = [max(len(line[column]) for line in cells) for column in range(4)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in cells
    )
