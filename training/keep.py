"""Keep the networks of a run in one small file, so that another run can begin with them on another machine.

    python -m training.keep --state /path/to/state/biggan --out training/kept/biggan.npz
    python -m training.train_biggan --from training/kept/biggan.npz --state /path/to/state/next ...

The averaged generator and the discriminator in half precision, and what the run took; optimisers begin anew.
"""

from __future__ import annotations

import argparse

from training import kept, loop
from training.train_biggan import open_run


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--state", required=True, help="folder of a run of BigGAN-deep")
    parser.add_argument("--out", required=True, help="npz to write")
    args = parser.parse_args()
    run = open_run(args.state)
    kept.save(args.out, run, loop.cost(args.state, open_run))
    print("%s: the networks after %d pictures" % (args.out, run.images))


if __name__ == "__main__":
    loop.command(main)
