"""What every figure shares: which network, which scorer, how many samples, and the three files it writes."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import OrderedDict
from pathlib import Path
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

import numpy as np

from ganspace_tf.cli import terminal
from ganspace_tf.cli.arguments import add_cluster
from ganspace_tf.cli.parser import Parser
from ganspace_tf.cli.quiet import be_quiet, start_tensorflow
from ganspace_tf.cli.work import draw, spread
from ganspace_tf.decomposition import Components, decompose
from ganspace_tf.edits import Edit, parse_edits
from ganspace_tf.errors import FileError, GanspaceError, UnknownName, UsageError
from ganspace_tf.generators import catalogue, load_generator
from ganspace_tf.measure.baselines import Basis, basis_of, random_basis
from ganspace_tf.measure.claims import Claim, verdict_of
from ganspace_tf.measure.meter import Meter
from ganspace_tf.measure.statistics import GROUPS, NAME, choose_scorer
from ganspace_tf.render.files import write_bytes
from ganspace_tf.render.frames import Look
from nvlabs.errors import NvlabsError

HERE = Path(__file__).resolve().parent
BASELINE_ROWS = 4000  # latents that spreads along random directions are measured on
FRESH = 500  # added to a seed for latents that nothing was chosen on
NOT_APPLICABLE = 3  # exit code of a figure that raises NotApplicable


class NotApplicable(UsageError):  # noqa: N818
    """A figure that says nothing about a network of this kind; the message says why."""


class Shown(NamedTuple):
    """A picture to draw: file name, kind of picture (the recipe's verb), picture, components it uses, and the
    study whose network draws it, where that is another one.
    """

    file: str
    verb: str
    picture: Any
    comp: Any
    study: Optional["Study"] = None


class Outcome(NamedTuple):
    """What a figure makes of a study. values: every number, for metrics.json; verdicts: of its claims."""

    shown: List[Shown]
    values: Dict[str, Any]
    verdicts: List[Dict[str, Any]]


def facts(kind: str, name: str) -> Dict[str, Any]:
    """The JSON file experiments/<kind>/<name>.json."""
    with open(str(HERE / kind / (name + ".json")), encoding="utf-8") as stream:
        return json.load(stream, object_pairs_hook=OrderedDict)


class Study:
    """A network, its scorer and its sample sizes.

    figure: module name of the figure. network: as the user would name it; paper: whether the published
    parameters belong to it. size: a row of settings/common.json. Attributes: gen, scorer, groups (names of
    geometry and appearance factors), world ("statistics" where nothing better is known), settings (of the
    figure), options (of the command line).
    """

    def __init__(
        self, figure: str, network: str, paper: bool, size: str, scorer: str = "auto", options: Any = None
    ):
        common = facts("settings", "common")
        self.figure, self.network, self.paper, self.size_name = figure, network, paper, size
        self.options = options or argparse.Namespace(scorer=scorer)
        self.size, self._asked = common[size], common["decomposition"]
        self.seeds = range(self.size["seeds"])
        self.settings = facts("settings", figure)
        self.gen = load_generator(network)
        self.scorer, self.world = choose_scorer(network, scorer)
        self.groups: Dict[str, Any] = GROUPS if self.world == NAME else common["groups"]
        self._meter: Optional[Meter] = None

    @property
    def caption(self) -> str:
        """On which network, and what that means."""
        if self.paper:
            return "{}, the published parameters".format(self.gen.name)
        return "{}: not the network of the paper; edits found by the same method".format(self.gen.name)

    @property
    def meter(self) -> Meter:
        """The scorer on this network, without truncation."""
        if self._meter is None:
            self._meter = Meter(self.gen, self.scorer, self.gen.w(n=self.size["unit"], seed=90))
        return self._meter

    def look(self, psi: Optional[float] = 0.7, name: Optional[str] = None) -> Look:
        """How pictures of a figure look, of a published class where there is one; networks that cannot be
        truncated are not.
        """
        classes = [self.class_of(name)] if self.class_of(name) != "" else None
        return Look(psi=psi if self.gen.truncates else None, classes=classes)

    def class_of(self, name: Optional[str]) -> Any:
        """Index of a published class, found as the original finds it; "", the network's own choice, where
        the network does not know it or none is named.
        """
        try:
            return self.gen.class_names.index(name, nearest=True) if name and self.gen.class_names else ""
        except UnknownName:
            return ""

    def components(self, published: Optional[Dict[str, Any]] = None, **changes: Any) -> Any:
        """Components of w, or of the layer that stands in for it: as published where the network is the
        paper's, of the demo's size otherwise.
        """
        asked = dict(self._asked, n=self.size["n"])
        if self.paper and published is not None:
            asked = dict({"compat": "ganspace"}, **published)
        if self.gen.linear_endpoints:
            asked["space"] = self.gen.linear_endpoints[0]
        asked = dict(asked, **changes)
        asked["components"] = min(asked["components"], self.gen.dlatent_size)
        return decompose(self.gen, cluster=self.gen.cluster, **asked)

    def sample(self, seed: int, fresh: bool = False) -> np.ndarray:
        """Latents (N, L, D) of one repetition."""
        return self.gen.w(n=self.size["latents"], seed=1000 + seed + FRESH * fresh)

    def latents(self) -> np.ndarray:
        """Latents (N, D) that spreads are measured on; where there is no mapping one sigma is 1 along every
        direction, as for components.
        """
        rows = self.gen.map_rows(self.gen.z(n=BASELINE_ROWS, seed=77))
        return rows if self.gen.has_mapping else rows / rows.std()

    def random(self, count: int, seed: int) -> Basis:
        """Random directions of one repetition."""
        return random_basis(count, self.latents(), 200 + seed)

    def random_z(self, count: int) -> Components:
        """An orthonormal random basis of z, where one sigma is 1 along every direction."""
        width = self.gen.latent_size
        normal = np.random.RandomState(2).standard_normal((width, count))
        return joined(self.gen, np.linalg.qr(normal)[0].T, np.ones(count), np.zeros(width), "z")

    def judge(self, name: str, values: List[float]) -> Dict[str, Any]:
        """The verdict on a claim of the figure's settings, one value a seed."""
        return Claim(name, **self.settings["claims"][name]).judge(values)

    def crop(self, row: Dict[str, Any]) -> Tuple[int, int, int, int]:
        """The published crop (top, right, bottom, left) where the network has the published resolution."""
        known, asked = catalogue.find(row["network"]), row.get("crop", {})
        fits = self.paper and known is not None and known.resolution == self.gen.image_shape[-1]
        top, right, bottom, left = (asked.get(side, 0) * fits for side in ("top", "right", "bottom", "left"))
        return top, right, bottom, left

    def edit(self, notation: str) -> Edit:
        """A published edit; the tables count the layers of the paper's network whatever this one has."""
        (edit,), end = parse_edits(notation), self.gen.n_layers - 1
        last = None if edit.last_layer is None else min(edit.last_layer, end)
        return Edit(edit.component, min(edit.first_layer, end), last, edit.sigma, edit.name)


def pick(asked: Optional[str], published: str, demo: str) -> Tuple[str, bool]:
    """The network to use and whether published parameters belong to it; none do to those of this project.

    Raises FileError, in one line, if nothing was asked for and neither network is on this machine.
    """
    if asked is not None:
        row, file = catalogue.find(asked), os.path.basename(asked)
        known = catalogue.find(published)
        named = known is not None and (row is known or file == known.filename)
        return asked, named and not known.shipped
    for name in (published, demo):
        row = catalogue.find(name)
        if row is not None and catalogue.local_copy(row) is not None:
            return name, not row.shipped
    raise FileError(
        "neither {0} (`ganspace fetch {0}`) nor {1} is on this machine; --model FILE takes another "
        "network".format(published, demo)
    )


def parser(figure: str, description: Optional[str], cases: List[str], program: str = "") -> Parser:
    """The options of every figure. program: what the command names after the package, if not the figure."""
    parser = Parser(prog="python -m {}.{}".format(__package__, program or figure), description=description)
    parser.add_argument("--model", metavar="NETWORK", help="file or name (default: the paper's or demo)")
    parser.add_argument(
        "--out", default=os.path.join("out", figure), metavar="DIR", help="folder to write to"
    )
    parser.add_argument("--quick", action="store_true", help="few samples: to see that it runs")
    parser.add_argument(
        "--scorer", default="auto", help="beetles, kin, statistics or package.module:callable"
    )
    parser.add_argument("--paper", action="store_true", help="published parameters, whatever the network")
    add_cluster(parser)
    if figure in ("fig2_supervised", "fig14_biggan_supervised"):
        parser.add_argument(
            "--boundary", metavar="FILE", help="supervised direction (.npy), for published cases"
        )
    if figure in ("fig9_transfer", "fig19_apart"):
        parser.add_argument("--kin", metavar="NETWORK", help="the other network")
    if cases:
        parser.add_argument("--case", default=cases[0], choices=cases, metavar="NAME", help=" · ".join(cases))
    parser.speaker = figure
    return parser


def case_names(table: Any) -> List[str]:
    """The published cases of a table of edits, the main one first."""
    return list(table["cases"])


def run(study: Study, make: Callable[[Study], Outcome], out: str) -> Dict[str, Any]:
    """Make a figure, write its pictures (recipes inside and beside them) and metrics.json; returns those."""
    outcome = make(study)
    os.makedirs(out, exist_ok=True)
    drawn = [
        draw(own.gen, own.network, one.verb, one.picture, one.comp, os.path.join(out, one.file))
        for one, own in ((one, one.study or study) for one in outcome.shown)
    ]
    metrics = OrderedDict(
        figure=study.figure,
        title=study.settings["title"],
        network=study.network,
        fingerprint=study.gen.fingerprint,
        published_parameters=study.paper,
        caption=study.caption,
        scorer=getattr(study.scorer, "__name__", type(study.scorer).__name__),
        sizes=study.size,
        pictures=[os.path.basename(one["out"]) for one in drawn],
        values=outcome.values,
        claims=outcome.verdicts,
    )
    text = json.dumps(metrics, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    write_bytes(os.path.join(out, "metrics.json"), text.encode("utf-8"))
    return metrics


def command(
    figure: str,
    make: Callable[..., Outcome],
    published: Callable[[Optional[str]], str],
    cases: List[str],
    argv: Optional[List[str]] = None,
    about: Optional[str] = None,
    program: str = "",
) -> int:
    """`python -m experiments.<figure>`: returns 0 done, 1 could not, 2 wrong use, 3 if the figure says
    nothing about such networks; errors are one line.

    make: study, and the case where there are cases. published: the paper's network of a case. Where that is
    not here, the demo network of the figure's settings is used, or the common one. about: what the help says
    first, if not the docstring of the module of `make`.
    """
    be_quiet()
    args = parser(figure, about or sys.modules[make.__module__].__doc__, cases, program).parse_args(argv)
    case = getattr(args, "case", None)
    try:
        start_tensorflow()
        demo = facts("settings", figure).get("demo", facts("settings", "common")["demo"])
        network, paper = pick(args.model, published(case), demo)
        size = "quick" if args.quick else "full"
        study = Study(figure, network, paper or args.paper, size, args.scorer, args)
        with spread(study.gen, args):
            metrics = run(study, (lambda s: make(s, case)) if cases else make, args.out)
    except (GanspaceError, NvlabsError, OSError) as error:
        terminal.err(error, figure)
        if isinstance(error, NotApplicable):
            return NOT_APPLICABLE
        return 2 if isinstance(error, (UsageError, UnknownName)) else 1
    made = [os.path.join(args.out, name) for name in metrics["pictures"] + ["metrics.json"]]
    lines = [verdict_line(claim) for claim in metrics["claims"]] + ["  ".join(made)]
    terminal.out(["{title}: {caption}".format(**metrics)] + ["  " + line for line in lines])
    return 0


def verdict_line(claim: Dict[str, Any]) -> str:
    """A verdict in one line."""
    sign = ">" if claim["at_least"] else "<"
    return "{}: {:.3g} [{:.3g}, {:.3g}] {} {:g}: {} ({})".format(
        claim["name"],
        claim["mean"],
        claim["low"],
        claim["high"],
        sign,
        claim["bound"],
        verdict_of(claim),
        claim["measured"],
    )


def table(names: Any, rows: Any) -> Dict[str, float]:
    """Numbers by name, for metrics.json."""
    return OrderedDict((str(name), float(value)) for name, value in zip(names, rows))


def part(comp: Any, rows: Any) -> Basis:
    """Some directions of components, for measuring."""
    return basis_of(comp, rows)


def joined(comp: Any, directions: Any, stdev: Any, mean: Any = None, latent: str = "w") -> Components:
    """Directions (K, D), unit rows, with a sigma each, as `Components` of the model of `comp`; with its mean
    where none is given.
    """
    return Components(
        directions=np.asarray(directions, np.float32),
        mean=np.asarray(comp.mean if mean is None else mean, np.float32),
        stdev=np.asarray(stdev, np.float32),
        variance_ratio=np.zeros(len(directions), np.float32),
        settings={"source": "figure", "latent": latent, "components": len(directions)},
        fingerprint=comp.fingerprint,
    )


def number(value: Any) -> Any:
    """A number for JSON; None where it is infinite or there is none. Texts stay."""
    return value if isinstance(value, str) else float(value) if np.isfinite(value) else None
