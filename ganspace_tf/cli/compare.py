"""How far two results are apart. Exit code 1 where they differ by more than --tolerance.

  ganspace compare ours.png theirs.png --out difference.png
  ganspace compare out/ original/ --tolerance 1 --share 0.999
  ganspace compare monday.json tuesday.json
  ganspace compare c.npz stylegan2-ffhq_style_ipca_c80_n1000000_w.npz --tolerance 0.001

Pictures: levels (0-255) on each subpixel. Folders: pictures of the same name. Recipes: the settings that
differ, and the pictures beside them. Components, ours or GANSpace's: which is which, |cos|, sigma,
principal angles.

Pictures have up to 20 million pixels of 8 bits a channel, frames of films up to 6 million and 100 million in
all; files of many megabytes may have more. Nothing is decoded before that is known.
"""

from __future__ import annotations

from typing import Any

from ganspace_tf.cli import arguments, work


def add_arguments(parser: Any) -> None:
    """Declare what `ganspace compare` understands."""
    parser.add_argument(
        "a", metavar="A", help="picture, folder of pictures, recipe (.json), components (.npz)"
    )
    parser.add_argument("b", metavar="B", help="another of the same kind")
    parser.add_argument(
        "--tolerance",
        type=float,
        metavar="T",
        help="what counts as the same: levels of a subpixel (default 0); for components 1 - |cos|, the ratio "
        "of sigmas less 1, and the distance of the means in sigmas (default 0.0001)",
    )
    parser.add_argument(
        "--share", type=float, default=0.0, metavar="S", help="least share of equal subpixels, such as 0.999"
    )
    parser.add_argument("--out", metavar="FILE", help=".png to write: both pictures and their difference")
    arguments.add_json(parser)


def run(args: Any) -> int:
    """Compare, answer, and return 0 where both are the same within the bounds, 1 where not."""
    from ganspace_tf.compare.report import compare_paths
    from ganspace_tf.render.files import save_png

    if args.out is not None:
        work.check_out(args.out, work.PICTURES)
    report = compare_paths(args.a, args.b, args.tolerance, args.share)
    lines = report.lines + ["the same within the bounds" if report.within else "not the same"]
    if args.out is not None:
        save_png(args.out, report.difference())
        lines.append(args.out)
    work.tell(report.facts, args.json, lines)
    return 0 if report.within else 1
