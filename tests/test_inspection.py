"""`nvlabs.inspect`: what a file is, without TensorFlow."""

from __future__ import annotations

import hashlib
import json
import pathlib
import subprocess
import sys

import pytest

import nvlabs
from tests import tiny

GOLDENS = pathlib.Path(__file__).parent / "goldens" / "nvlabs"


def test_a_file_of_the_original_code():
    path = GOLDENS / "ada_tiny_8.pkl"
    summary = nvlabs.inspect(path)
    expected = {
        "kind": "generator",
        "family": "stylegan2-ada",
        "version": 5,
        "resolution": 8,
        "channels": 3,
        "latent_size": 16,
        "dlatent_size": 12,
        "labels": 3,
        "architecture": "skip",
        "layers": 4,
        "mapping_layers": 2,
        "noise_maps": [4, 8, 8],
        "truncation_psi": 0.5,
        "truncation_cutoff": None,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "bytes": path.stat().st_size,
    }
    assert {key: summary[key] for key in expected} == expected
    assert list(summary["networks"]) == ["G", "D", "Gs"]
    functions = {"Gs": "G_main", "G_synthesis": "G_synthesis", "G_mapping": "G_mapping"}
    assert summary["networks"]["Gs"]["build_functions"] == functions
    assert summary["networks"]["Gs"]["static_kwargs"]["num_fp16_res"] == 4


# From the original code's own table of layers (its 'Total' row).
@pytest.mark.parametrize("case, total", [("sg1_tiny_8", 2200), ("sg2_tiny_8", 1939)])
def test_parameters_are_counted_as_the_originals_do(case, total):
    assert nvlabs.inspect(GOLDENS / (case + ".pkl"))["parameters"] == total


@pytest.mark.parametrize("name", sorted(tiny.FAMILIES))
@pytest.mark.parametrize("ending", [".pkl", ".npz"])
def test_every_kind_gives_plain_json(name, ending, tmp_path):
    summary = nvlabs.inspect(tiny.write_tiny(tmp_path / ("net" + ending), name))
    assert json.loads(json.dumps(summary)) == summary
    names = [row["name"] for row in summary["variables"]]
    assert "dlatent_avg" in names and "G_mapping/Dense1/bias" in names
    assert summary["parameters"] == summary["networks"]["Gs"]["parameters"]


def test_source_is_shown_when_asked_for():
    assert "source" not in nvlabs.inspect(GOLDENS / "sg1_tiny_8.pkl")
    source = nvlabs.inspect(GOLDENS / "sg1_tiny_8.pkl", source=True)["source"]
    assert source["Gs.mapping"] == tiny.SOURCE


def test_no_tensorflow_is_needed_to_inspect_refuse_or_save(tmp_path):
    (tmp_path / "bad.pkl").write_bytes(b"<html>quota</html>")
    code = """
import sys
import nvlabs
from nvlabs.reading.unpickle import read_records
from nvlabs.writing.container import save
nvlabs.inspect(sys.argv[1])
save(read_records(sys.argv[1]), sys.argv[2])
for opening in (nvlabs.inspect, nvlabs.load):
    try:
        opening(sys.argv[3])
    except nvlabs.NetworkFileError as error:
        print(error)
assert not [name for name in sys.modules if name.startswith("tensorflow")]
"""
    arguments = [str(GOLDENS / "sg1_tiny_8.pkl"), str(tmp_path / "net.npz"), str(tmp_path / "bad.pkl")]
    root = pathlib.Path(nvlabs.__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-c", code] + arguments, cwd=str(root), stdout=subprocess.PIPE, check=True
    )
    assert done.stdout.decode().count("web page") == 2
