"""The notebooks: they import and show, they define nothing, they hold no outputs, and they run from top to
bottom.
"""

from __future__ import annotations

import ast
import base64
import importlib.util
import io
import json
from pathlib import Path

import pytest
from PIL import Image

from experiments.notebooks import View, open_network, show
from ganspace_tf import decompose
from tests.tiny import write_tiny

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
OURS = ("quickstart", "truncation_psi", "figures")


def cells(path):
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    """A network of a few kilobytes with enough width for twenty components."""
    path = tmp_path_factory.mktemp("network") / "net.pkl"
    return str(write_tiny(path, "stylegan2-skip", latent_size=24, dlatent_size=24, mapping_fmaps=24))


def test_the_notebooks_of_the_figures_are_there():
    assert set(OURS) <= {path.stem for path in NOTEBOOKS}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_defines_nothing_and_keeps_no_output(path):
    for cell in cells(path):
        if cell["cell_type"] != "code":
            continue
        assert cell["outputs"] == [] and cell["execution_count"] is None
        tree = ast.parse("".join(cell["source"]))
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
        assert not [node for node in ast.walk(tree) if isinstance(node, kinds)]


def ran(name, network, folder, monkeypatch):
    """A notebook after it ran in a kernel of its own, on a network of a few kilobytes."""
    nbformat = pytest.importorskip("nbformat")
    client = pytest.importorskip("nbclient")
    pytest.importorskip("matplotlib")
    pytest.importorskip("ipykernel")
    for key, value in (
        ("GANSPACE_NETWORK", network),
        ("GANSPACE_CACHE", str(folder / "cache")),
        ("PYTHONPATH", str(ROOT)),
        ("MPLBACKEND", "module://matplotlib_inline.backend_inline"),
    ):
        monkeypatch.setenv(key, value)
    notebook = nbformat.read(str(ROOT / "notebooks" / (name + ".ipynb")), as_version=4)
    client.NotebookClient(notebook, timeout=170, resources={"metadata": {"path": str(folder)}}).execute()
    return notebook


@pytest.mark.parametrize("name", OURS)
def test_a_notebook_runs_from_top_to_bottom(name, network, tmp_path, monkeypatch):
    """As somebody would run it."""
    notebook = ran(name, network, tmp_path, monkeypatch)
    shown = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    pictures = [output for output in shown if "image/png" in output.get("data", {})]
    assert len(pictures) >= 3 and not [output for output in shown if output.output_type == "error"]
    assert "WARNING" not in "".join(output.get("text", "") for output in shown)
    if name == "truncation_psi" and importlib.util.find_spec("ipywidgets"):
        models = notebook.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"].values()
        sliders = [model["state"] for model in models if model["model_name"] == "FloatSliderModel"]
        assert {one["description"]: (one["min"], one["max"]) for one in sliders} == {
            "psi": (0.0, 1.2),
            "sigma": (-4.0, 4.0),
        }
        (below,) = [model["state"]["outputs"] for model in models if model["model_name"] == "OutputModel"]
        assert ["image/png" in output["data"] for output in below] == [True]  # and no error in its place


def test_the_widget_runs_in_a_kernel_of_its_own(network, tmp_path, monkeypatch):
    """What is moved while a cell runs is drawn once it awaits: the exact picture of the controls."""
    pytest.importorskip("ipywidgets")
    notebook = ran("explorer", network, tmp_path, monkeypatch)
    shown = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert not [output for output in shown if output.output_type == "error"]
    models = notebook.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"].values()
    sliders = {model["state"]["description"]: model["state"]["value"] for model in models
               if model["model_name"] == "FloatSliderModel"}  # fmt: skip
    assert sliders["v0"] == 1.5 and "psi" in sliders
    # The status says "exact" from the first picture on, which may come between two cells, unrecorded.
    (image,) = [model for model in models if model["model_name"] == "ImageModel"]
    inside = {tuple(buffer["path"]): buffer["data"] for buffer in image["buffers"]}
    pictures = [output["data"]["image/png"] for output in shown if "image/png" in output.get("data", {})]
    assert decoded(inside["value",]) == decoded(pictures[1]) != decoded(pictures[0])
    printed = "".join(output.get("text", "") for output in shown)
    assert "E(v0) = +1.5; E(v1) = -1" in printed and "ganspace edit" in printed


def decoded(text):
    """The pixels of a PNG in base64."""
    picture = Image.open(io.BytesIO(base64.b64decode(text)))
    return picture.size, picture.convert("RGB").tobytes()


def test_a_view_is_a_picture_for_two_sliders(network, monkeypatch):
    monkeypatch.setenv("GANSPACE_NETWORK", network)
    gen, name = open_network("stylegan2")
    assert name == network
    view = View(gen, decompose(gen, n=500, components=3, cache=False), "E(v0, 0-1)", seeds=[1, 2], width=32)
    assert view.picture(psi=0.5, sigma=1.0).size == (32 * 2 + 1, 32)
    same, other = view.frames(0.7, 0.0), view.frames(0.7, 3.0)
    assert (same != other).any() and (view.frames(0.0, 0.0)[0] == view.frames(0.0, 0.0)[1]).all()
    assert show(same[0]).size == (16, 16)
