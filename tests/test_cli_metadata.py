"""What does not exist is refused before TensorFlow starts: by every verb, on real files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ganspace_tf.decomposition.components import Components
from ganspace_tf.directions import NamedDirection
from nvlabs.describing.from_record import generator_spec
from tests.tiny import tiny_records, write_tiny

ROOT = Path(__file__).resolve().parent.parent
LAYERS, WIDTH = 6, 12  # of the tiny network of 16 pixels
LOOK = {
    "--cutoff 99": "--cutoff 99 is outside 0 … 6",
    "--class 1": "has no classes",
    "--noise loud": "noise 'loud'",
    "--rotate 5": "StyleGAN3",
}
LATENTS = {
    "--latents none.npy": "none.npy",
    "--latents wide.npy": "wide.npy",
    "--latents mine.npy:7": "mine.npy",
}
EDITS = {
    '--components c.npz --edit "E(v9)"': "v0-v2",
    '--components c.npz --edit "E(v0, 9)"': "layers 0-5",
    '--components none.npz --edit "E(v0)"': "none.npz",
    '--components other.npz --edit "E(v0)"': "belong to",
    "--direction none.json": "none.json",
    "--direction nothing-of-the-kind": "nothing-of-the-kind",
    "--direction high.json": "layers 0-5",
}
HELD = {
    (words[:-1] if words.endswith('"') else words.replace("--direction ", '--direction "')) + ' = +1"': said
    for words, said in EDITS.items()
}
SHOW = {
    "--components none.npz": "none.npz",
    "--components c.npz --show 9": "v0-v2",
    "--components other.npz": "belong to",
}
VERBS = [
    ("sample net.pkl", LOOK, LATENTS, {"--mix 4-9 --seeds-b 1": "layers 4-9", "--seeds 0-99999": "pixels"}),
    (
        "edit net.pkl",
        EDITS,
        {'--components c.npz --edit "E(v0)" ' + k: v for k, v in {**LOOK, **LATENTS}.items()},
    ),
    (
        "walk net.pkl",
        LOOK,
        HELD,
    ),
    (
        "visualize net.pkl",
        SHOW,
        {"--components c.npz " + k: v for k, v in {**LOOK, **LATENTS}.items()},
        {"--components c.npz --layers 4-9": "layers 0-5", "--components c.npz --mode activation": "endpoint"},
    ),
    (
        "pca net.pkl -n 100",
        {
            "--space G_synthesis/8x8/Conv9": "8x8/Conv1",
            "--space 8x8/Conv1 -k 9999": "-k 9999",
            "--space 8x8/Conv1 --noise loud": "noise 'loud'",
            "--space 8x8/Conv1 --latent z --class 1": "has no classes",
            "--class 1": "has no classes",
            "-k 13": "-k 13",
            "--estimator psa": "psa",
            "--psi 0.5": "untruncated w",
        },
    ),
    (
        "rank net.pkl",
        SHOW,
        {"--components c.npz --factor hues": "brightness", "--components c.npz --class 1": "classes"},
    ),
    (
        "teach net.pkl --plus 1 --minus 2",
        LOOK,
        {
            "--layers 4-9": "layers 0-5",
            "--components other.npz": "belong to",
            "--latents none.npy": "none.npy",
        },
    ),
    (
        "save",
        {
            '"E(v9)" --components c.npz --name n': "0 … 2",
            '"E(v0, 9)" --components c.npz --name n --measure net.pkl': "layers 0-5",
            '"E(v0)" --components other.npz --name n --measure net.pkl': "belongs to",
        },
    ),
    ("compare-methods net.pkl", {"--methods psa": "psa", "--latents none.npy": "none.npy"}),
    ("replay", {"far.json": "layers 0-5"}),
    (
        "sample demo:biggan",
        {"--class hippogriff": "hippogriff", "--cutoff 2": "BigGAN", "--mix 4-9 --seeds-b 1": "layers"},
    ),
    ("pca demo:biggan -n 100", {"--space layers.9": "layers.6", "--class hippogriff": "hippogriff"}),
]
ROWS = [
    (verb + " " + words, said) for verb, *tables in VERBS for table in tables for words, said in table.items()
]
RUN = """
import contextlib, io, json, shlex, sys
from ganspace_tf.cli import main
sys.modules["tensorflow"] = None  # cannot be imported
answers = []
for line in json.load(sys.stdin):
    with contextlib.redirect_stderr(io.StringIO()) as said:
        code = main(shlex.split(line))
    answers.append([code, said.getvalue()])
print(json.dumps(answers))
"""


def components(fingerprint, k=3):
    directions = np.eye(k, WIDTH, dtype=np.float32)
    settings = {"latent": "w", "space": "w", "estimator": "pca"}
    zeros, ones = np.zeros(WIDTH, np.float32), np.ones(k, np.float32)
    return Components(directions, zeros, ones, ones / k, settings, fingerprint)


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """line → (exit code, stderr) of all lines of ROWS, one after another, without a TensorFlow."""
    import nvlabs
    from ganspace_tf.recipe import recipe_text

    folder = tmp_path_factory.mktemp("metadata")
    write_tiny(folder / "net.pkl", "stylegan2-skip")
    fingerprint = nvlabs.load(str(folder / "net.pkl")).Gs.fingerprint
    components(fingerprint).save(folder / "c.npz")
    components("0" * 64).save(folder / "other.npz")
    NamedDirection("high", fingerprint, [1.0] + [0.0] * (WIDTH - 1), 1.0, [0.0] * WIDTH, layers=(9, 9)).save(
        folder / "high.json"
    )
    np.save(str(folder / "wide.npy"), np.zeros((1, 99), np.float32))
    np.save(str(folder / "mine.npy"), np.zeros((2, LAYERS, WIDTH), np.float32))
    (folder / "far.json").write_text(far_recipe(folder, fingerprint, recipe_text))
    done = subprocess.run(
        [sys.executable, "-c", RUN],
        input=json.dumps([line for line, _ in ROWS]),
        cwd=str(folder),
        env=dict(
            os.environ, PYTHONPATH=str(ROOT), GANSPACE_CACHE=str(folder / "cache"), PYTHONIOENCODING="utf8"
        ),
        stdout=subprocess.PIPE,
        universal_newlines=True,
        encoding="utf8",
    )
    assert done.returncode == 0
    return dict(zip((line for line, _ in ROWS), json.loads(done.stdout)))


def far_recipe(folder, fingerprint, recipe_text):
    """A recipe whose edit acts on a layer that the network does not have."""
    from types import SimpleNamespace

    from ganspace_tf.edits import Edit
    from ganspace_tf.recipe import make_recipe
    from ganspace_tf.render.sheets import Strips

    gen = SimpleNamespace(name="net", family="stylegan2", fingerprint=fingerprint)
    picture = Strips(seeds=[1], swept=[Edit(0, 9, 9)], sigmas=[0.0])
    comp = components(fingerprint)
    return recipe_text(make_recipe("edit", gen, str(folder / "net.pkl"), picture.to_json(), comp, [0]))


@pytest.mark.parametrize("line, said", ROWS)
def test_a_refusal_is_one_line_and_needs_no_tensorflow(line, said, answers):
    code, shown = answers[line]
    assert (code in (1, 2), shown.count("\n")) == (True, 1), shown
    assert said in shown


def test_the_tiny_network_is_what_the_table_takes_it_for():
    spec = generator_spec(tiny_records("stylegan2-skip").Gs)
    assert (spec.synthesis.num_layers, spec.synthesis.dlatent_size) == (LAYERS, WIDTH)
