"""Whole scripts as the field writes them, our own but with the same calls, run by `python -m nvlabs`:
figures, conditional networks, photo encoders of several files, what they expect of TensorFlow and of older
libraries."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import nvlabs
from tests.official import assert_same_pixels

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def run_script(tmp_path):
    """run_script({"a.py": text, ...}, words): runs the first file in a folder with all of them, and gives its
    standard output and its own lines of standard error."""

    def run(files, *words):
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text)
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "nvlabs", next(iter(files)), *map(str, words)],
            cwd=str(tmp_path),
            env=dict(os.environ, PYTHONPATH=str(ROOT)),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            universal_newlines=True,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout, [line for line in done.stderr.splitlines() if line.startswith("nvlabs:")]

    return run


def pixels(images):
    return nvlabs.convert_images_to_uint8(images, nchw_to_nhwc=True)


FIGURES = """
import os, pickle
import numpy as np
import PIL.Image
import dnnlib
import dnnlib.tflib as tflib
import config

def latents_of(Gs, seeds):
    return np.stack(np.random.RandomState(seed).randn(Gs.input_shape[1]) for seed in seeds)

def contact_sheet(rows, columns, side, images, name):
    sheet = PIL.Image.new('RGB', (columns * side, rows * side), 'white')
    for number, image in enumerate(images):
        sheet.paste(PIL.Image.fromarray(image, 'RGB'), (number % columns * side, number // columns * side))
    sheet.save(os.path.join(config.folder, name))

tflib.init_tf()
os.makedirs(config.folder, exist_ok=True)
with dnnlib.util.open_url(config.address, cache_dir=config.cache) as stream:
    Gs = pickle.load(stream)[2]
draw = dict(output_transform=dict(func=tflib.convert_images_to_uint8, nchw_to_nhwc=True), minibatch_size=8)
side = Gs.output_shape[2]

coarse = Gs.components.mapping.run(latents_of(Gs, [1, 2, 3]), None)
fine = Gs.components.mapping.run(latents_of(Gs, [4, 5]), None)
mixed = np.repeat(fine, 3, axis=0)
mixed[:, :2] = np.tile(coarse, (2, 1, 1))[:, :2]
images = Gs.components.synthesis.run(mixed, randomize_noise=False, **draw)
contact_sheet(2, 3, side, images, 'mixing.png')

same = np.repeat(latents_of(Gs, [1]), 5, axis=0)
spread = Gs.run(same, None, truncation_psi=1, **draw).astype(float).std(axis=0).mean(axis=2)
PIL.Image.fromarray(np.uint8(np.clip(4 * spread, 0, 255)), 'L').save(os.path.join(config.folder, 'noise.png'))

average = Gs.get_var('dlatent_avg')
images = [
    Gs.components.synthesis.run(average + psi * (w[None] - average), randomize_noise=False, **draw)[0]
    for w in fine for psi in (1, 0.5, 0)
]
contact_sheet(2, 3, side, images, 'truncation.png')
"""


def test_a_script_of_figures(run_script, tmp_path, tiny_pickle):
    """A network of the first StyleGAN by address, np.stack of generators, a module of settings beside it."""
    path = tiny_pickle("stylegan")
    config = "folder = 'results'\ncache = 'cache'\naddress = %r\n" % path.as_uri()
    run_script({"figures.py": FIGURES, "config.py": config})
    Gs = nvlabs.load(path).Gs
    z = np.stack([np.random.RandomState(seed).randn(16) for seed in (1, 2, 3, 4, 5)])
    w = Gs.components.mapping.run(z, None)
    mixed = np.repeat(w[3:], 3, axis=0)
    mixed[:, :2] = np.concatenate([w[:3], w[:3]])[:, :2]
    images = pixels(Gs.components.synthesis.run(mixed, randomize_noise=False))
    folder = tmp_path / "results"
    assert_same_pixels(cells_of(folder / "mixing.png"), images)
    with Image.open(str(folder / "noise.png")) as figure:
        assert np.asarray(figure).max() > 0  # noise was drawn anew for every image
    truncated = cells_of(folder / "truncation.png")
    assert np.array_equal(truncated[2], truncated[5]) and not np.array_equal(truncated[0], truncated[3])


def cells_of(path):
    """The cells (N, 16, 16, 3) of a sheet of two rows and three columns."""
    with Image.open(str(path)) as sheet:
        return np.asarray(sheet).reshape(2, 16, 3, 16, 3).swapaxes(1, 2).reshape(6, 16, 16, 3)


CONDITIONAL = """
import argparse, os, pickle
import numpy as np
import PIL.Image
import dnnlib
import dnnlib.tflib as tflib

parser = argparse.ArgumentParser()
parser.add_argument('network')
parser.add_argument('--seeds', type=lambda text: [int(seed) for seed in text.split(',')], default=[])
parser.add_argument('--psi', type=float)
parser.add_argument('--label', type=int)
parser.add_argument('--latents')
args = parser.parse_args()

tflib.init_tf()
with dnnlib.util.open_url(args.network) as stream:
    G, D, Gs = pickle.load(stream)
settings = {'randomize_noise': False}
settings['output_transform'] = dict(func=tflib.convert_images_to_uint8, nchw_to_nhwc=True)
os.makedirs('out', exist_ok=True)
if args.latents:
    w = np.load(args.latents)['dlatents']
    assert list(w.shape[1:]) == Gs.components.synthesis.input_shape[1:]
    for number, image in enumerate(Gs.components.synthesis.run(w, **settings)):
        PIL.Image.fromarray(image, 'RGB').save(f'out/latent{number}.png')
if args.psi is not None:
    settings['truncation_psi'] = args.psi
maps = [variable for name, variable in Gs.components.synthesis.vars.items() if name.startswith('noise')]
one_hot = np.zeros((1, *Gs.input_shapes[1][1:]))
if args.label is not None:
    one_hot[0, args.label] = 1
for seed in args.seeds:
    random = np.random.RandomState(seed)
    z = random.randn(1, *Gs.input_shape[1:])
    tflib.set_vars({variable: random.randn(*variable.shape.as_list()) for variable in maps})
    PIL.Image.fromarray(Gs.run(z, one_hot, **settings)[0], 'RGB').save(f'out/{seed}.png')
"""


def test_a_script_for_networks_with_classes(run_script, tmp_path, tiny_pickle):
    path, files = tiny_pickle("stylegan2-ada-cond"), {"generate.py": CONDITIONAL}
    run_script(files, path, "--seeds", "3,4", "--label", "2", "--psi", "0.7")
    Gs = nvlabs.load(path).Gs
    random = np.random.RandomState(4)
    z = random.randn(1, 16)
    noise = [random.randn(1, 1, *size) for size in Gs.spec.synthesis.noise_sizes]
    expected = pixels(Gs.run(z, np.eye(3)[2:], truncation_psi=0.7, noise=noise))[0]
    with Image.open(str(tmp_path / "out" / "4.png")) as image:
        assert_same_pixels(image, expected)
    w = Gs.components.mapping.run(z, np.eye(3)[:1])
    np.savez(str(tmp_path / "w.npz"), dlatents=w)
    run_script(files, path, "--latents", "w.npz")
    with Image.open(str(tmp_path / "out" / "latent0.png")) as image:
        assert_same_pixels(image, pixels(Gs.components.synthesis.run(w, randomize_noise=False))[0])


ENCODE = """
import pickle, sys
import numpy as np
import PIL.Image
import dnnlib.tflib as tflib
from encoder.painter import Painter
from encoder.search import Search

network, photo = sys.argv[1:]
tflib.init_tf()
with open(network, 'rb') as stream:
    painter = Painter(pickle.load(stream)[2], count=1)
search = Search(painter.floats, painter.latent)
search.aim_at(np.asarray(PIL.Image.open(photo)))
distances = [search.step() for _ in range(40)]
print(distances[0], distances[-1])
np.save('latent.npy', painter.value())
PIL.Image.fromarray(painter.pixels()[0], 'RGB').save('found.png')
"""

PAINTER = """
from functools import partial
import numpy as np
import tensorflow as tf
import dnnlib.tflib as tflib

def latent_input(name, shape):
    start = tf.initializers.random_normal()
    return tf.get_variable('photo_latent', shape=shape, dtype='float32', initializer=start)

def no_labels(name, count):
    return tf.zeros((count, 0))

class Painter:
    def __init__(self, Gs, count):
        shape = (count, *Gs.components.synthesis.input_shape[1:])
        start = np.zeros(shape)
        inputs = [partial(latent_input, shape=shape), partial(no_labels, count=count)]
        Gs.components.synthesis.run(
            start, randomize_noise=False, minibatch_size=count, custom_inputs=inputs, structure='fixed')
        self.session = tf.get_default_session()
        self.latent = [v for v in tf.global_variables() if 'photo_latent' in v.name][0]
        self.session.run(tf.assign(self.latent, start))
        picture = tf.get_default_graph().get_tensor_by_name('G_synthesis_1/_Run/concat:0')
        self.floats = tflib.convert_images_to_uint8(picture, nchw_to_nhwc=True, uint8_cast=False)
        self.rounded = tf.saturate_cast(self.floats, tf.uint8)

    def value(self):
        return self.session.run(self.latent)

    def pixels(self):
        return self.session.run(self.rounded)
"""

SEARCH = """
import numpy as np
import tensorflow as tf

class Search:
    def __init__(self, images, latent):
        self.session = tf.get_default_session()
        self.target = tf.placeholder(tf.float32, images.shape)
        with tf.device('/gpu:0'):
            self.distance = tf.losses.mean_squared_error(self.target, images)
        optimizer = tf.train.AdamOptimizer(learning_rate=0.1)
        self.move = optimizer.minimize(self.distance, var_list=[latent])
        self.session.run(tf.variables_initializer(optimizer.variables()))

    def aim_at(self, pixels):
        self.feed = {self.target: pixels[np.newaxis].astype(np.float)}

    def step(self):
        return self.session.run([self.distance, self.move], self.feed)[0]
"""


def test_a_photo_encoder_of_several_files(run_script, tmp_path, tiny_pickle):
    path = tiny_pickle("stylegan")
    Gs = nvlabs.load(path).Gs
    w = Gs.components.mapping.run(np.random.RandomState(0).randn(1, 16), None)
    photo = pixels(Gs.components.synthesis.run(w, randomize_noise=False))[0]
    Image.fromarray(photo).save(str(tmp_path / "photo.png"))
    files = {"encode.py": ENCODE, "encoder/painter.py": PAINTER, "encoder/search.py": SEARCH}
    shown, said = run_script(files, path, "photo.png")
    first, last = (float(number) for number in shown.split()[-2:])
    assert last < 0.5 * first
    found = np.load(str(tmp_path / "latent.npy"))
    with Image.open(str(tmp_path / "found.png")) as image:
        assert_same_pixels(image, pixels(Gs.components.synthesis.run(found, randomize_noise=False))[0])
    assert len(said) == (0 if hasattr(np, "float") else 1)


EXPECTATIONS = """
import tensorflow as tf
import dnnlib.tflib as tflib

before = tf.placeholder(tf.float32, [])
doubled = before * 2
with tf.Session() as sess:
    print('own session', sess.run(doubled, {before: 4}))
with tf.device('/gpu:0'):
    placed = tf.constant(3.0) + 1
quiet = tf.ConfigProto(log_device_placement=False)
for make in (tf.Session, lambda: tf.Session(config=quiet), tf.InteractiveSession):
    sess = make()
    print('placed', sess.run(placed))
    sess.close()
tf.reset_default_graph()
assert not tf.get_default_graph().get_operations()
late = tf.Variable(5.0)
tflib.init_tf()
assert late.graph is tf.get_default_graph()
tflib.init_uninitialized_vars()
print('variable', tflib.run(late))
"""


def test_what_scripts_expect_of_tensorflow(run_script):
    """A default graph before any session, sessions of their own, operations placed on a GPU."""
    shown, _ = run_script({"script.py": EXPECTATIONS})
    assert shown.split("\n")[:-1] == ["own session 8.0"] + ["placed 4.0"] * 3 + ["variable 5.0"]


OLD_NAMES = """
import sys
import numpy
import numpy as np
import PIL.Image
import scipy.misc
from PIL import Image
from numpy import int as whole
from scipy import misc
from scipy.misc import imresize
import helper
import helper.deeper as deeper
import training.misc

assert np.float is float and whole is int and isinstance(True, np.bool) or np.dtype(np.bool) == bool
assert np.zeros(2, np.float).dtype == np.float64 and np.zeros(2, dtype=np.int).dtype.kind == 'i'
picture = PIL.Image.new('RGB', (8, 4)).resize((4, 2), PIL.Image.ANTIALIAS)
assert Image.ANTIALIAS == Image.LANCZOS and helper.FILTER == Image.LANCZOS and picture.size == (4, 2)
black = np.zeros((4, 6, 3), np.uint8)
assert scipy.misc.imresize(black, 50).shape == (2, 3, 3) == imresize(black, 0.5).shape
misc.imsave('x.png', np.eye(4))
assert scipy.misc.imread('x.png').shape == (4, 4)
assert np.stack(np.full(2, i) for i in range(3)).shape == (3, 2)
assert training.misc.VALUE == 3 and training.misc.load_pkl.__module__.startswith('nvlabs.')
assert np.linalg.norm([3, 4]) == 5 and numpy.random is np.random
np.set_by_script = 1
installed = sys.modules['numpy']
assert installed.set_by_script == 1 and isinstance(np, type(sys)) and np.ndarray is installed.ndarray
print('float' in vars(installed), hasattr(sys.modules['PIL.Image'], 'ANTIALIAS'), deeper.VALUE)
"""


def test_what_newer_releases_took_away_is_there_for_scripts_alone_and_said_once(run_script):
    files = {
        "old.py": OLD_NAMES,
        "helper/__init__.py": "import PIL.Image\nfrom .deeper import VALUE\nFILTER = PIL.Image.ANTIALIAS\n",
        "helper/deeper.py": "import numpy as np\nVALUE = np.float(2)\n",
        "training/__init__.py": "",
        "training/misc.py": "import numpy as np\nVALUE = np.float(3)\n",
    }
    shown, said = run_script(files)
    assert shown.split() == [str("float" in vars(np)), str(hasattr(Image, "ANTIALIAS")), "2.0"]
    (line,) = said
    expected = {"np.float": not hasattr(np, "float"), "np.int": not hasattr(np, "int")}
    expected["Image.ANTIALIAS"] = not hasattr(Image, "ANTIALIAS")
    expected["scipy.misc.imresize"] = True  # gone since SciPy 1.3, older than either stack
    assert {name: name in line for name in expected} == expected
    assert line.count("scipy.misc.imresize") == 1


def test_a_script_that_needs_none_of_it_hears_nothing(run_script):
    assert run_script({"plain.py": "import numpy as np\nprint(np.zeros(2).sum())\n"}) == ("0.0\n", [])


def test_the_annotations_of_a_script_are_its_own(run_script):
    shown, _ = run_script({"a.py": "def f(x: int): pass\nprint(f.__annotations__['x'] is int)\n"})
    assert shown == "True\n"
