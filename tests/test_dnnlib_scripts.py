"""Whole scripts written for the official repositories, and the networks they open by path or address."""

from __future__ import annotations

import os
import pickle
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from PIL import Image

import nvlabs
from nvlabs import dnnlib_compat
from nvlabs.dnnlib_compat.network import Network
from nvlabs.reading.unpickle import read_records
from tests.file_server import Served, names, running
from tests.official import assert_same_pixels, seeded_pixels

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module", autouse=True)
def _names_are_registered_for_this_file_alone():
    dnnlib_compat.register()
    yield
    for name in dnnlib_compat.MODULES:
        sys.modules.pop(name)


def test_easy_dict():
    import dnnlib

    d = dnnlib.EasyDict(a=1)
    d.b = 2
    del d.a
    assert d == {"b": 2} and d["b"] == d.b
    with pytest.raises(AttributeError):
        d.a


def test_a_network_by_path_and_by_address_is_loaded_once(tmp_path, tiny_pickle, monkeypatch):
    import pretrained_networks

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DNNLIB_CACHE_DIR", str(tmp_path / "dnnlib"))
    with running() as server, tf.Session(graph=tf.Graph()):
        url = server.gives(Served(tiny_pickle("stylegan2-skip").read_bytes()))
        Gs = pretrained_networks.load_networks(url)[2]
        assert pretrained_networks.load_networks(url)[2] is Gs
        by_path = pretrained_networks.load_networks(str(tiny_pickle("stylegan2-skip")))[2]
        assert np.array_equal(Gs.get_var("dlatent_avg"), by_path.get_var("dlatent_avg"))
    assert len([name for name in names(tmp_path / ".stylegan2-cache") if not name.startswith(".")]) == 1
    url = pretrained_networks.get_path_or_url("gdrive:networks/stylegan2-car-config-f.pkl")
    assert url.endswith("/stylegan2/networks/stylegan2-car-config-f.pkl")
    with pytest.raises(nvlabs.NetworkFileError):
        pretrained_networks.load_networks("gdrive:networks/unknown.pkl")


def test_another_dnnlib_is_not_replaced(monkeypatch):
    monkeypatch.setitem(sys.modules, "dnnlib", type(sys)("dnnlib"))
    with pytest.raises(ImportError, match="already imported"):
        dnnlib_compat.register()


# ------------------------------------------------------------------ whole scripts

GENERATE = """
import argparse
import numpy as np
import PIL.Image
import tensorflow as tf
import dnnlib
import dnnlib.tflib as tflib
import pretrained_networks

def generate(network, seeds, psi):
    _G, _D, Gs = pretrained_networks.load_networks(network)
    noise_vars = [var for name, var in Gs.components.synthesis.vars.items() if name.startswith("noise")]
    settings = dnnlib.EasyDict(truncation_psi=psi, randomize_noise=False)
    settings.output_transform = dict(func=tflib.convert_images_to_uint8, nchw_to_nhwc=True)
    for seed in seeds:
        rnd = np.random.RandomState(seed)
        z = rnd.randn(1, *Gs.input_shape[1:])
        tflib.set_vars({var: rnd.randn(*var.shape.as_list()) for var in noise_vars})
        images = Gs.run(z, None, **settings)
        PIL.Image.fromarray(images[0], "RGB").save(dnnlib.make_run_dir_path("seed%04d.png" % seed))
    doubled = tf.placeholder(tf.float32, []) * 2
    print("doubled", tflib.run(doubled, {doubled.op.inputs[0]: 21}))

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--network")
    parser.add_argument("--seeds", type=int, nargs="+")
    args = parser.parse_args()
    sc = dnnlib.SubmitConfig()
    sc.num_gpus = 1
    sc.submit_target = dnnlib.SubmitTarget.LOCAL
    sc.local.do_not_copy_source_files = True
    sc.run_dir_root = "results"
    sc.run_desc = "generate-images"
    dnnlib.submit_run(sc, "script.generate", network=args.network, seeds=args.seeds, psi=0.5)
"""


def run_script(folder, *words, warn="ignore"):
    alone = folder / "installed"  # nvlabs without the rest of this repository, which has a `training` too
    alone.mkdir(exist_ok=True)
    if not (alone / "nvlabs").exists():
        (alone / "nvlabs").symlink_to(ROOT / "nvlabs")
    return subprocess.run(
        [sys.executable, "-W", warn, "-m", "nvlabs", *words],
        cwd=str(folder),
        env=dict(os.environ, PYTHONPATH=str(alone)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
    )


@pytest.mark.parametrize("alone", [False, True], ids=["G, D, Gs", "Gs alone"])
def test_a_script_runs_unchanged(alone, tmp_path, tiny_pickle):
    (tmp_path / "script.py").write_text(GENERATE)
    path = str(tiny_pickle("stylegan2-skip"))
    if alone:
        Gs = nvlabs.load(path).Gs
        path = str(tmp_path / "alone.pkl")
        nvlabs.save((None, None, Gs), path)
    done = run_script(tmp_path, "script.py", "--network", path, "--seeds", "6600", "6601")
    assert done.returncode == 0, done.stderr
    assert "doubled 42.0" in done.stdout
    folder = tmp_path / "results" / "00000-generate-images"
    assert sorted(p.name for p in folder.iterdir()) == ["seed6600.png", "seed6601.png"]
    with Image.open(str(folder / "seed6601.png")) as image:
        assert_same_pixels(image, seeded_pixels(nvlabs.load(path).Gs, 6601))


# ------------------------------------------------------------------ reading as data

LOAD = """
import sys
import nvlabs
from training import misc
_G, _D, Gs = misc.load_pkl(sys.argv[1])
print(misc.load_pkl(sys.argv[2]).name, Gs.name)
try:
    misc.load_pkl(sys.argv[3])
except nvlabs.NetworkFileError as error:
    print("refused:", type(error).__name__)
misc.save_pkl((_G, _D, Gs), "again.pkl")
print(misc.load_pkl("again.pkl")[2].name)
"""
OWN = """
import pickle
def load_pkl(path):
    with open(path, "rb") as stream:
        return pickle.load(stream)
save_pkl = None
def own():
    return "the script's own"
"""


def hostile_file(folder):
    """A pickle that would make the file `marker`, if it were run."""
    path, marker = folder / "hostile.pkl", folder / "marker"
    path.write_bytes(b"\x80\x02cbuiltins\nopen\n(X%sX\x01\x00\x00\x00wtR." % packed(str(marker)))
    return path, marker


def packed(text):
    data = text.encode("utf-8")
    return struct.pack("<I", len(data)) + data


def bare_file(folder, tiny_pickle):
    """A discriminator without the tuple around it, as auxiliary networks were published."""
    path, record = folder / "bare.pkl", read_records(tiny_pickle("stylegan2-skip")).D
    with tf.Session(graph=tf.Graph()):
        path.write_bytes(pickle.dumps(Network.from_record(record), 4))
    return path


@pytest.mark.parametrize("brings", ["nothing", "a package of its own"])
def test_networks_that_go_through_misc_are_read_as_data(brings, tmp_path, tiny_pickle):
    script = LOAD
    if brings != "nothing":
        (tmp_path / "training").mkdir()
        (tmp_path / "training" / "misc.py").write_text(OWN.replace("save_pkl = None", SAVE))
        (tmp_path / "training" / "__init__.py").write_text("")
        (tmp_path / "training" / "loop.py").write_text("from training import misc\nload = misc.load_pkl\n")
        script += "from training import loop\nprint(loop.load is misc.load_pkl, misc.own())\n"
    else:
        script += "from training import dataset\ntry:\n    dataset.load_dataset()\n"
        script += "except NotImplementedError as error:\n    print(error)\n"
    (tmp_path / "script.py").write_text(script)
    hostile, marker = hostile_file(tmp_path)
    words = [str(tiny_pickle("stylegan2-skip")), str(bare_file(tmp_path, tiny_pickle)), str(hostile)]
    done = run_script(tmp_path, "script.py", *words, warn="always")
    assert done.returncode == 0 and "PickledNetwork" not in done.stderr, done.stderr
    lines = done.stdout.splitlines()
    assert lines[:3] == ["D Gs", "refused: UnsafePickle", "Gs"] and not marker.exists()
    if brings != "nothing":
        assert lines[3] == "True the script's own"
    else:
        assert lines[3].startswith("training.dataset.load_dataset is not part of nvlabs")


SAVE = """
def save_pkl(obj, path):
    with open(path, "wb") as stream:
        pickle.dump(obj, stream)
"""
UNPICKLE = """
import copy, pickle, sys
import dnnlib.tflib as tflib
import pretrained_networks
tflib.init_tf()
copy.deepcopy(pretrained_networks.load_networks(sys.argv[1])[2])
print("so far nothing", flush=True)
with open(sys.argv[1], "rb") as stream:
    one = pickle.load(stream)
with open(sys.argv[1], "rb") as stream:
    other = pickle.load(stream)
"""


def test_a_script_that_unpickles_is_told_once_what_to_call_instead(tmp_path, tiny_pickle):
    (tmp_path / "script.py").write_text(UNPICKLE)
    words = ["script.py", str(tiny_pickle("stylegan2-skip"))]
    done = run_script(tmp_path, *words, warn="always")
    told = [line for line in done.stderr.splitlines() if "PickledNetwork" in line]
    assert done.returncode == 0 and len(told) == 1, done.stderr
    assert told[0].startswith("script.py:9: ") and "pretrained_networks.load_networks(path)" in told[0]


@pytest.mark.parametrize(
    "words, code, message",
    [
        ([], 2, "usage"),
        (["missing.py"], 1, "missing.py"),
        (["broken.py"], 1, "no Python script"),
        (["--help"], 0, "usage"),
    ],
    ids=str,
)
def test_what_is_no_script_is_said_in_one_line(tmp_path, words, code, message):
    (tmp_path / "broken.py").write_text("def (")
    done = run_script(tmp_path, *words)
    assert done.returncode == code and message in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
