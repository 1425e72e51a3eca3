"""The figures: each is made, measured and replayed, with the published parameters and without.

Most run on the generator of tests/coded_generator.py. What the claims say there is in
tests/test_experiments_claims.py.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from experiments import all as everything
from experiments import (
    common,
    fig1_sequences,
    fig2_supervised,
    fig3_separation,
    fig4_patterns,
    fig5_truncation,
    fig6_components,
    fig7_zoo,
    fig8_layers,
    graphs,
)
from experiments.report import report
from ganspace_tf.cli import main as ganspace
from ganspace_tf.errors import FileError
from ganspace_tf.generators import catalogue, load_generator
from ganspace_tf.measure import page
from ganspace_tf.measure.claims import Claim
from ganspace_tf.notation import read_edits
from tests.coded_generator import CodedGenerator, D
from tests.tiny import write_tiny

PLANTED = ["--quick", "--scorer", "tests.coded_generator:decode"]
EDITS, SETTINGS = (sorted((common.HERE / folder).glob("*.json")) for folder in ("edits", "settings"))


@pytest.fixture(scope="module")
def planted():
    """Every network is the planted one; its file is not asked for."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(common, "load_generator", lambda name: CodedGenerator())
        patch.setattr(common, "start_tensorflow", lambda: None)
        yield patch


@pytest.fixture(scope="module")
def made(planted, tmp_path_factory):
    """The folder of a run of everything, and its exit code."""
    folder = tmp_path_factory.mktemp("report")
    arguments = PLANTED + ["--model", "coded", "--kin", "coded", "--out", str(folder)]
    return folder, everything.main(arguments)


@pytest.mark.parametrize("figure", everything.FIGURES)
def test_every_figure_writes_pictures_recipes_and_metrics(made, figure):
    folder, code = made
    assert code == 0
    metrics = json.loads((folder / figure / "metrics.json").read_text(encoding="utf-8"))
    assert (
        metrics["claims"] and metrics["values"] and metrics["caption"].startswith("coded0: not the network")
    )
    for name in metrics["pictures"]:
        recipe = json.loads((folder / figure / name).with_suffix(".json").read_text())
        assert recipe["pixels"] and recipe["model"]["fingerprint"] == metrics["fingerprint"]
    for claim in metrics["claims"]:
        assert len(claim["seeds"]) >= 3 and claim["low"] <= claim["mean"] <= claim["high"]


def test_the_report_stands_alone_and_says_the_verdict_on_every_claim(made):
    text = (made[0] / "report.html").read_text(encoding="utf-8")
    assert not re.search(r'(?:src|href)="(?!data:|#)', text) and "<script" not in text
    settings = [json.loads(path.read_text(encoding="utf-8")) for path in SETTINGS]
    claims = [name for row in settings for name in row.get("claims", {}) if name != "drawings"]
    verdicts = re.findall(r'class="(?:yes|no|open)">(?:✓ holds|✗ fails|[?] undecided)<', text)
    assert len(verdicts) == 2 * len(claims) > 20  # in the summary, and with the figure
    assert "drawings were not measured" in text  # nothing is known of what the planted network draws
    counts = [text.count(word) // 2 for word in (">✓ holds<", ">✗ fails<", ">? undecided<")]
    line = "{0} of {3} claims hold, {1} fail, {2} are undecided".format(*counts, len(claims))
    assert sum(counts) == len(claims) and line in text
    for figure in everything.FIGURES:
        assert '<h2 id="{}">'.format(figure) in text and 'href="#{}"'.format(figure) in text
    assert "--quick" in text and text.count('<figure class="chart">') >= 12


def test_a_figure_that_could_not_be_made_is_said_in_the_report():
    text = report({"fig1_sequences": "there is no network"}).decode("utf-8")
    assert "not made: there is no network" in text and "No claim was measured" in text


BESIDE_ONE = {"holds": [1.5, 1.6, 1.7], "fails": [0.5, 0.6, 0.4], "undecided": [0.9, 1.6, 1.7]}


@pytest.mark.parametrize(("verdict", "mark"), [("holds", "yes"), ("fails", "no"), ("undecided", "open")])
def test_a_verdict_is_the_same_in_the_line_the_report_and_the_bar(tmp_path, verdict, mark):
    """Also for a metrics.json of before there were three: it says `holds` and no `verdict`."""
    claim = Claim("more", "ours do more", "ours over random", 1.0).judge(BESIDE_ONE[verdict])
    assert "> 1: {} (ours over random)".format(verdict) in common.verdict_line(claim)
    pages = []
    for left_out in ((), ("verdict",)):
        written = {key: value for key, value in claim.items() if key not in left_out}
        metrics = dict.fromkeys(("network", "fingerprint", "caption", "scorer", "title"), "a")
        metrics.update(sizes={}, pictures=[], values={}, claims=[written])
        (tmp_path / "metrics.json").write_text(json.dumps(metrics), encoding="utf-8")
        pages.append(report({"fig1_sequences": str(tmp_path)}).decode("utf-8"))
    assert pages[0] == pages[1]
    assert re.findall(r'<td class="(\w+)">\S ' + verdict, pages[0]) == [mark, mark]
    assert pages[0].count('<circle class="{}"'.format(mark)) == 2
    assert page.verdicts([claim]).endswith('<td class="{}">{}</td></tr>\n</table>'.format(mark, verdict))


def test_charts_take_tables_and_rows_and_leave_out_what_was_not_measured():
    values = {"a": {"0": 1.0, "1": 3.0}, "rows": {"n": [{"psi": 0.5, "y": 2.0}, {"psi": 1.0, "y": 4.0}]}}
    lines = {"title": "L", "x": "k", "lines": {"one": "a", "two": "none"}}
    rows = {"title": "R", "x": "psi", "rows": "rows", "y": "y"}
    assert graphs.lines_of(lines, values) == {"one": [("0", 1.0), ("1", 3.0)]}
    assert graphs.lines_of(rows, values) == {"n": [("0.5", 2.0), ("1", 4.0)]}
    assert graphs.charts([lines, rows], values).count("<svg") == 2
    assert graphs.charts([lines, rows], {}) == ""
    flat = graphs.chart("flat", "k", {"one": [("0", 0.0)]})  # no height to divide by, no line to draw
    assert "nan" not in flat and "<circle" in flat


def test_labels_along_a_chart_do_not_touch():
    def shown(labels):
        svg = graphs.chart("c", "x", {"one": [(label, 1.0) for label in labels]})
        return re.findall(r'<text x="([\d.]+)"[^>]*text-anchor="middle">([^<]+)</text>', svg)[
            :-1
        ]  # not the axis'

    assert len(shown("abc")) == 3 and len(shown(map(str, range(20)))) == 10
    factors = ["angle", "size", "saturation", "stripes", "ground_hue", "ground_brightness", "gloss"] * 2
    labels = shown(["{}{}".format(name, k) for k, name in enumerate(factors)])
    assert len(labels) >= 3
    for (left, one), (right, other) in zip(labels, labels[1:]):
        assert float(right) - float(left) >= 6 * (len(one) + len(other)) / 2  # a letter is 6 px at most


class Deep(CodedGenerator):
    """As many layers as the papers' networks."""

    n_layers = 18


@pytest.fixture
def published(monkeypatch, planted):
    """Networks of 18 layers, and 80 components at once instead of a decomposition of a million samples."""

    def components(self, published=None, **changes):
        basis = self.random(80, 1)
        model = type(
            "Model", (), {"mean": self.gen.offset, "digest": "", "fingerprint": self.gen.fingerprint}
        )
        return common.joined(model, basis.directions, basis.stdev)

    monkeypatch.setattr(common, "load_generator", lambda name: Deep())
    monkeypatch.setattr(common.Study, "components", components)


PAPER = [
    *((fig1_sequences, case) for case in ("paper", "teaser-ffhq", "teaser-car", "edit:ffhq wrinkles")),
    *((fig2_supervised, case) for case in ("ffhq-pose", "ffhq-red", "cars-rotate2d")),
    *((fig3_separation, case) for case in fig3_separation.CASES),
    (fig4_patterns, None),
    (fig5_truncation, None),
    *((fig6_components, case) for case in fig6_components.CASES),
    *((fig7_zoo, case) for case in fig7_zoo.TABLE["networks"]),
    (fig7_zoo, "stylegan2-car-config-f Autumn"),
    (fig8_layers, None),
]


@pytest.mark.parametrize(("module", "case"), PAPER, ids=lambda value: str(getattr(value, "__name__", value)))
def test_every_published_case_is_drawn_with_the_published_parameters(published, tmp_path, module, case):
    boundary = str(tmp_path / "boundary.npy")
    np.save(boundary, np.random.RandomState(0).randn(1 if case == "ffhq-pose" else 16, D))
    words = [*PLANTED, "--model", "coded", "--paper", "--out", str(tmp_path)]
    words += ["--case", case] if case else []
    words += ["--boundary", boundary] if module is fig2_supervised else []
    assert module.main(words) == 0
    metrics = json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["published_parameters"] and metrics["caption"] == "coded0, the published parameters"
    recipe = (tmp_path / metrics["pictures"][0]).with_suffix(".json").read_text()
    assert seeds_in(json.loads(recipe)["settings"]) & seeds_in(module.TABLE)


def seeds_in(value):
    """Every number that a JSON value calls a seed, or that stands first in a row of a figure."""
    if isinstance(value, list):
        return {seed for item in value for seed in seeds_in(item)} | {
            item for item in value[:1] if isinstance(item, int)
        }
    if not isinstance(value, dict):
        return set()
    named = [item for key, item in value.items() if key in ("seed", "seeds", "others")]
    listed = [number for item in named for number in (item if isinstance(item, list) else [item])]
    numbers = {number for number in listed if isinstance(number, int)}
    return numbers.union(*(seeds_in(item) for item in value.values()))


def test_published_layers_stop_where_the_network_does(planted):
    study = common.Study("fig7_zoo", "coded", True, "quick", "tests.coded_generator:decode")
    assert study.edit("E(v3, 2-17) = +2").last_layer == study.gen.n_layers - 1


def test_a_published_boundary_has_to_be_given(published, tmp_path, capsys):
    words = [*PLANTED, "--model", "coded", "--paper", "--out", str(tmp_path), "--case", "ffhq-pose"]
    assert fig2_supervised.main(words) == 2
    assert "needs --boundary FILE.npy: interfacegan stylegan_ffhq_pose_w" in capsys.readouterr().err


def test_a_figure_on_a_network_file_is_replayed_to_the_byte(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(common, "load_generator", load_generator)  # the planted one may still be in its place
    path = str(write_tiny(tmp_path / "net.pkl", "stylegan2-skip", latent_size=24, dlatent_size=24))
    assert fig1_sequences.main(["--model", path, "--quick", "--out", str(tmp_path / "fig1")]) == 0
    assert "not the network of the paper" in capsys.readouterr().out
    again = ["replay", str(tmp_path / "fig1" / "sequence.png"), "--out", str(tmp_path / "again.png")]
    assert ganspace(again) == 0
    assert "the same pixels" in capsys.readouterr().out
    assert (tmp_path / "again.png").read_bytes() == (tmp_path / "fig1" / "sequence.png").read_bytes()


# ------------------------------------------------------------------ which network


def test_without_any_network_one_line_says_what_is_missing(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("GANSPACE_MODELS", str(tmp_path))
    monkeypatch.setattr(
        catalogue, "CATALOGUE", {k: v for k, v in catalogue.CATALOGUE.items() if not v.shipped}
    )
    assert fig1_sequences.main(["--out", str(tmp_path / "out")]) == 1
    line = capsys.readouterr().err.strip()
    assert (
        "\n" not in line and "stylegan2-car-config-f" in line and "demo:stylegan2" in line and "fetch" in line
    )
    assert not (tmp_path / "out").exists()
    with pytest.raises(FileError, match="neither"):
        common.pick(None, "stylegan2-cat-config-f", "demo:none")


def test_the_published_file_is_recognised_by_name_and_place(tmp_path, monkeypatch):
    monkeypatch.setenv("GANSPACE_MODELS", str(tmp_path))
    (tmp_path / "stylegan2-cat-config-f.pkl").write_bytes(b"")
    cat = "stylegan2-cat-config-f"
    assert common.pick(None, cat, "demo:none") == (cat, True)
    assert common.pick(str(tmp_path / (cat + ".pkl")), cat, "demo:none") == (
        str(tmp_path / (cat + ".pkl")),
        True,
    )
    assert common.pick("other.pkl", cat, "demo:none") == ("other.pkl", False)


# ------------------------------------------------------------------ facts


def notations(value):
    """Every text in a JSON value that is an edit."""
    if isinstance(value, dict):
        return [text for item in value.values() for text in notations(item)]
    if isinstance(value, list):
        return [text for item in value for text in notations(item)]
    return [value] if isinstance(value, str) and re.match(r"^E\(v\d", value) else []


@pytest.mark.parametrize("path", EDITS, ids=lambda path: path.stem)
def test_published_edits_are_in_the_papers_notation_and_name_known_networks(path):
    table = json.loads(path.read_text(encoding="utf-8"))
    for text in notations(table):
        assert len(read_edits(text)) == 1
    networks = re.findall(
        r'"(stylegan2?-[a-z]+-(?:config-f|\d+)|biggan-deep-\d+|beetles)"', path.read_text(encoding="utf-8")
    )
    assert networks and all(catalogue.find(name) is not None for name in networks)


def test_every_published_entry_has_its_command(capsys):
    assert everything.main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    zoo = common.facts("edits", "zoo")["networks"]
    for network, rows in zoo.items():
        for row in rows:
            assert any("fig7_zoo" in line and "{} {}".format(network, row["name"]) in line for line in lines)
    teaser = common.facts("edits", "sequences")
    for network, rows in teaser["edits"].items():
        for name in rows:
            assert any("fig1_sequences" in line and name in line for line in lines), (network, name)
    for name in ("separation", "supervised", "components"):
        for case in common.facts("edits", name)["cases"]:
            assert any("--case " + case in line for line in lines)
    assert sum(len(rows) for rows in zoo.values()) == 80 and sum(map(len, teaser["edits"].values())) == 46


def test_figures_are_short():
    for path in common.HERE.glob("fig*.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 100, path.name


def test_what_is_drawn_where_nothing_is_said_is_the_main_case():
    first = [module.CASES[0] for module in (fig2_supervised, fig3_separation, fig6_components)]
    assert first == ["ffhq-pose", "stylegan2-cat", "ffhq-pca-w"]
    assert fig1_sequences.cases()[0] == "paper" and fig7_zoo.cases()[0] == "stylegan2-car-config-f"


def test_every_figure_has_settings_whose_claims_are_complete():
    for figure in everything.FIGURES:
        settings = common.facts("settings", figure)
        assert settings["title"] and settings["shows"] and settings["claims"]
        for claim in settings["claims"].values():
            assert set(claim) == {"says", "measured", "bound", "at_least"}
    assert Path(common.HERE / "settings" / "common.json") in SETTINGS


class Workers:
    """A cluster that is told of and not started."""

    address = "tcp://127.0.0.1:4711"

    def __init__(self, where):
        self.opened.append(where)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.closed.append(self.address)


@pytest.mark.parametrize(
    "where, told", [("local:2", Workers.address), ("tcp://host:8786", "tcp://host:8786")]
)
def test_workers_are_started_once_for_all_figures(where, told, tmp_path, monkeypatch):
    asked, opened, closed = [], [], []
    monkeypatch.setattr(Workers, "opened", opened, raising=False)
    monkeypatch.setattr(Workers, "closed", closed, raising=False)
    monkeypatch.setattr("ganspace_tf.cluster.Cluster", Workers)

    def run(figure, argv):
        asked.append(argv[argv.index("--cluster") + 1])
        assert not closed
        return common.NOT_APPLICABLE

    monkeypatch.setattr(everything, "run", run)
    words = ["--only", "fig6_components", "--only", "fig8_layers", "--cluster", where, "--quick"]
    assert everything.main([*words, "--out", str(tmp_path)]) == 0
    assert asked == [told, told]
    assert opened == ([where] if where.startswith("local") else []) and len(closed) == len(opened)


@pytest.mark.parametrize("where", ["local:x", "foo"])
def test_a_cluster_that_is_none_is_refused_in_one_line(where, tmp_path, capsys):
    words = ["--only", "fig6_components", "--cluster", where, "--out", str(tmp_path / "out")]
    assert everything.main(words) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "cluster={}: allowed are local:N".format(where) in said
    assert not (tmp_path / "out").exists()


def test_a_figure_that_is_none_is_refused_in_one_line(capsys):
    with pytest.raises(SystemExit) as leaving:
        everything.main(["--only", "fig0"])
    said = capsys.readouterr().err
    assert leaving.value.code == 2 and said.count("\n") == 1 and "'fig6_components'" in said
