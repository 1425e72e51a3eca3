"""Fit the scorer of a drawn world and state its held-out error by factor.

    nice python -m training.fit_scorer --world beetles --pictures 60000

Two perceptrons (scikit-learn), the second looking through the pose that the first one found. Half of the
pictures are blurred and given noise, so that pictures of a generator, which are never as crisp, are measured
as well.
"""

from __future__ import annotations

import argparse
import os
import warnings
from pathlib import Path

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPRegressor

from ganspace_tf.demo import scene, scorer, worlds

HELD_OUT = 2**31  # seeds from here on are for evaluation: neither training nor fitting uses them
DATA = Path(scene.__file__).parent / "data"


def drawn(n, seed, world):
    """Pictures and factors of n beetles."""
    factors = worlds.sample_factors(n, seed)
    return scene.draw(factors, world), factors


def weathered(pictures, seed):
    """Half of the pictures blurred by up to a pixel and given noise of up to 4 % of the range."""
    random = np.random.RandomState(seed)
    result = pictures.copy()
    for k in np.flatnonzero(random.random_sample(len(pictures)) < 0.5):
        picture, share = pictures[k].astype(np.float32), random.random_sample() / 3
        for axis in (0, 1):
            around = np.roll(picture, 1, axis) + np.roll(picture, -1, axis)
            picture = (1 - share) * picture + share / 2 * around
        picture += random.standard_normal(picture.shape) * (random.random_sample() * 10)
        result[k] = np.clip(picture + 0.5, 0, 255)
    return result


def looked_at(pictures, pose=None):
    """Inputs of the first perceptron, or given poses those of the second, a few pictures at a time to spare
    memory.
    """
    blocks = []
    for start in range(0, len(pictures), scorer.BLOCK):
        rows = slice(start, start + scorer.BLOCK)
        planes = scorer.to_planes(pictures[rows])
        blocks.append(scorer.pose_inputs(planes) if pose is None else scorer.form_inputs(planes, pose[rows]))
    return np.concatenate(blocks)


def fit(inputs, targets, names, hidden, epochs):
    """A fitted perceptron as a dict of arrays; targets (N, T) in units of `worlds.FACTORS`."""
    factors = [worlds.FACTORS[worlds.column(name)] for name in names]
    middle = np.array([(f.low + f.high) / 2 for f in factors], dtype=np.float32)
    half = np.array([(f.high - f.low) / 2 for f in factors], dtype=np.float32)
    mean, spread = inputs.mean(axis=0), inputs.std(axis=0) + 1e-3
    network = MLPRegressor(
        hidden_layer_sizes=hidden, alpha=1e-4, batch_size=128, max_iter=1, warm_start=True, random_state=0
    )
    inputs = (inputs - mean) * (1 / spread)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        for epoch in range(epochs):
            network.learning_rate_init = 0.5e-3 * (
                1 + np.cos(np.pi * epoch / epochs)
            )  # read anew by each fit
            network.fit(inputs, (targets - middle) / half)
    found = {"mean": mean, "scale": 1 / spread, "out_mean": middle, "out_scale": half}
    for k, (weight, bias) in enumerate(zip(network.coefs_, network.intercepts_)):
        found["weight%d" % k], found["bias%d" % k] = weight, bias
    return found


def fit_world(world, n, epochs):
    """All arrays of a world's scorer, weights in half precision."""
    pictures, factors = drawn(n, 1, world)
    pictures = weathered(pictures, 2)
    columns = [[worlds.column(name) for name in names] for names in (scorer.POSE, scorer.FORM)]
    inputs = looked_at(pictures)
    pose = fit(inputs, factors[:, columns[0]], scorer.POSE, (224, 64), epochs)
    weights = {"pose/" + key: value for key, value in pose.items()}
    found = scorer.Perceptron(weights, "pose/")(inputs)[0]
    form = fit(looked_at(pictures, found), factors[:, columns[1]], scorer.FORM, (192, 64), epochs)
    weights.update({"form/" + key: value for key, value in form.items()})
    return {
        key: value.astype(np.float16 if "/weight" in key else np.float32) for key, value in weights.items()
    }


def held_out_errors(score, world, n=10_000):
    """R^2 and root mean square error by factor on drawings that fitting never saw."""
    pictures, factors = drawn(n, HELD_OUT, world)
    found = score(pictures)
    rows = {}
    for k, name in enumerate(worlds.FACTOR_NAMES):
        error = found[name] - factors[:, k]
        rows[name] = (1 - error.var() / factors[:, k].var(), float(np.sqrt((error**2).mean())))
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--world", choices=sorted(worlds.WORLDS), default="beetles")
    parser.add_argument("--pictures", type=int, default=60_000)
    parser.add_argument("--epochs", type=int, default=30)
    args = parser.parse_args()
    path = DATA / ("scorer-%s.npz" % args.world)
    path.parent.mkdir(exist_ok=True)
    beside = path.with_name("part-" + path.name)
    np.savez_compressed(beside, **fit_world(args.world, args.pictures, args.epochs))
    os.replace(beside, path)
    for name, (explained, error) in held_out_errors(scorer.BeetleScorer(path), args.world).items():
        print("| %s | %.3f | %.3g %s |" % (name, explained, error, worlds.FACTORS[worlds.column(name)].unit))


if __name__ == "__main__":
    main()
