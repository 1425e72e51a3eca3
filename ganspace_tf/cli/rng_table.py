"""The first random number of three generators from one seed: Table 1 of the replication study, made here.

  ganspace rng-table
  ganspace rng-table --seed 7 --json

The same seed means other numbers to PyTorch on a CPU, PyTorch on a GPU and NumPy, which is why images of
one program could not be had from another. All three streams are computed here, without PyTorch and without
a GPU.
"""

from __future__ import annotations

from typing import Any

from ganspace_tf.cli import arguments, values, work


def add_arguments(parser: Any) -> None:
    """Declare what `ganspace rng-table` understands."""
    parser.add_argument("--seed", type=values.seed, default=42, metavar="N", help="default 42, the study's")
    arguments.add_json(parser)


def run(args: Any) -> int:
    """Draw, print, and say whether the published numbers came out: exit code 1 where they did not."""
    from ganspace_tf.streams.replication import table_one

    rows = table_one(args.seed)
    equal = all(row.published in ("", row.printed) for row in rows)
    lines = ["{:12}  {:>11}  {:>11}".format("seed %d" % args.seed, "here", "published").rstrip()]
    lines += ["{0.generator:12}  {0.printed:>11}  {0.published:>11}".format(row).rstrip() for row in rows]
    facts = {"seed": args.seed, "equal": equal, "rows": [dict(row._asdict()) for row in rows]}
    work.tell(facts, args.json, lines)
    return 0 if equal else 1
