"""What the documents say is so: their commands run, their links lead somewhere, the help is the program's."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import List

import numpy as np
import pytest
from PIL import Image

import ganspace_tf
from experiments import all as everything
from experiments.common import facts
from ganspace_tf import cli
from ganspace_tf.cli.table import VERBS
from ganspace_tf.demo.networks import network_path
from ganspace_tf.measure.claims import counted, verdict_of
from nvlabs.reading.unpickle import read_records
from tests import port_writer, tiny
from tests.torch_writer import write_zip

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "docs/*.md", "*/README.md", "tests/*/README.md")
    for path in ROOT.glob(pattern)
)


def blocks(name: str, language: str) -> List[str]:
    """The fenced blocks of a document that are in this language."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return re.findall(r"^```{}\n(.*?)^```".format(language), text, re.MULTILINE | re.DOTALL)


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a small net.pkl whose w is wide enough for 80 components."""
    tiny.write_tiny(tmp_path / "net.pkl", "stylegan2-skip", latent_size=96, dlatent_size=96, mapping_fmaps=96)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_commands_of_the_readme_run(workplace: Path, capsys: pytest.CaptureFixture) -> None:
    lines = [line for block in blocks("README.md", "sh") for line in block.splitlines() if line.strip()]
    assert len(lines) >= 5
    for line in lines:
        words = shlex.split(line.replace("-n 1000000", "-n 3000"))
        assert words[0] == "ganspace"
        code = cli.main(words[1:])
        assert code == 0, "{}\n{}".format(line, capsys.readouterr().err)
        if "--out" in words:
            assert (workplace / words[words.index("--out") + 1]).stat().st_size > 0


def test_the_python_example_of_the_readme_runs(workplace: Path) -> None:
    (example,) = blocks("README.md", "python")
    names: dict = {}
    exec(compile(example.replace("1_000_000", "3_000"), "README.md", "exec"), names)
    assert names["images"].shape == (3, 3, 16, 16)
    assert (workplace / "strip.png").stat().st_size > 0
    assert len(example.strip().splitlines()) <= 10


def test_the_commands_of_the_page_on_handles_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GANSPACE_DIRECTIONS", raising=False)
    lines = [line for block in blocks("docs/handles.md", "sh") for line in block.splitlines() if line.strip()]
    assert len(lines) >= 10
    for line in lines:
        line = line.replace("-n 100000", "-n 3000").replace(
            "--top 5", "--top 1 --show 3 --samples 4 --unit 32"
        )
        line = line.replace("--top 3", "--top 1 --samples 4 --unit 32")
        words = shlex.split(line.replace(".mp4", ".gif"))  # ffmpeg is an extra
        code = cli.main(words[1:])
        assert words[0] == "ganspace" and code == 0, "{}\n{}".format(line, capsys.readouterr().err)
        if "--out" in words:
            assert (tmp_path / words[words.index("--out") + 1]).stat().st_size > 0
    (example,) = blocks("docs/handles.md", "python")
    names: dict = {}
    exec(compile(example, "docs/handles.md", "exec"), names)
    assert (tmp_path / "three.png").stat().st_size > 0 and names["best"].factor == "hue"


def test_the_commands_of_the_page_on_files_from_elsewhere_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    record = read_records(network_path("demo:stylegan2")).Gs
    state = port_writer.port_state(record)
    checkpoint = port_writer.encoder_checkpoint(state, record.variables["dlatent_avg"], layers=10)
    write_zip(tmp_path / "psp_beetles.pt", checkpoint)
    random = np.random.RandomState(0)
    for name in ("stripes", "hue"):
        direction = random.randn(1, 512)
        np.save(name + "_boundary.npy", direction / np.linalg.norm(direction))
    np.savez("projected_w.npz", w=np.tile(record.variables["dlatent_avg"], (1, 10, 1)))
    lines = [line for block in blocks("docs/foreign.md", "sh") for line in block.splitlines() if line.strip()]
    assert len(lines) == 3
    for line in lines:
        words = shlex.split(line)
        code = cli.main(words[1:])
        assert words[0] == "ganspace" and code == 0, "{}\n{}".format(line, capsys.readouterr().err)
        if "--out" in words:
            assert (tmp_path / words[words.index("--out") + 1]).stat().st_size > 0


@pytest.mark.skipif(
    sys.version_info[:2] != (3, 11), reason="argparse words help differently in other versions"
)
def test_the_help_in_the_documents_is_the_programs_own() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "gen_cli_docs"), "--check"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
    )
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_and_paths_lead_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    links = [link.split("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]
    missing = [link for link in links if link and not (document.parent / link).exists()]
    named = re.findall(
        r"`((?:nvlabs|ganspace_tf|experiments|benchmarks|training|tests|docs|scripts)/[\w./]*)`", text
    )
    missing += [path for path in named if not (ROOT / path).exists()]
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_that_are_mentioned_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    used = set(re.findall(r"^(?:\$ )?ganspace ([a-z][a-z-]*)\b", text, re.MULTILINE)) | set(
        re.findall(r"`ganspace ([a-z][a-z-]*)\b", text)
    )
    assert used - set(VERBS) == set()


def test_the_results_have_every_claim_with_the_verdict_that_follows_from_its_interval() -> None:
    text = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
    rows = [line.split(" | ") for line in text.splitlines() if re.match(r"\| fig\d", line)]
    listed = ["{} | {}".format(*row[:2]) for row in rows]
    claims = []
    for figure in everything.FIGURES:
        for claim in facts("settings", figure)["claims"].values():
            row = rows[listed.index("| {} | {says}: {measured}".format(figure.split("_")[0], **claim))]
            low, high = re.fullmatch(r"\S+ \[(\S+), (\S+)\]", row[2]).groups()  # type: ignore[union-attr]
            claims.append(dict(claim, low=float(low), high=float(high)))
            assert row[3] == "{} {:g}".format("above" if claim["at_least"] else "below", claim["bound"])
            assert row[4].strip(" *|") == verdict_of(claims[-1]), row
    assert len(claims) == len(rows) and "**{}.**".format(counted(claims)) in text


def test_the_changelog_opens_with_this_version() -> None:
    versions = re.findall(
        r"^## \[?([\w.]+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert next(version for version in versions if version != "Unreleased") == ganspace_tf.__version__


def test_the_commands_of_the_page_on_photos_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    goldens = ROOT / "tests" / "goldens" / "photos"
    portrait = Image.open(str(goldens / "astronaut.jpg"))
    both = Image.new("RGB", (1024, 512))
    both.paste(portrait, (0, 0))
    both.paste(portrait, (512, 0))
    for name, image in (("me.jpg", portrait), ("painting.png", portrait), ("group.jpg", both)):
        image.save(name)
    Image.open(str(goldens / "coffee.jpg")).save("car.jpg")
    Image.new("L", (64, 64), 255).save("shell.png")
    (points,) = blocks("docs/photos.md", "json")
    Path("points.json").write_text(points)
    lines = [line for block in blocks("docs/photos.md", "sh") for line in block.splitlines() if line.strip()]
    assert len(lines) >= 7
    few = ["--steps", "4", "--candidates", "32"]  # what is found is the business of other tests
    for line in lines:
        words = shlex.split(line.replace("-n 20000", "-n 600"))
        words += few if words[1] == "project" else []
        code = cli.main(words[1:])
        assert words[0] == "ganspace" and code == 0, "{}\n{}".format(line, capsys.readouterr().err)
    made = sorted(path.name for path in Path("faces").glob("*.png"))
    assert made == ["car.png", "group.png", "group_2.png", "me.png", "painting.png"]
