"""Scripts written for the official repositories, on this package: importing it registers `dnnlib`,
`dnnlib.tflib`, `pretrained_networks` and `training.misc`.

    import nvlabs.dnnlib_compat
    import dnnlib, dnnlib.tflib as tflib, pretrained_networks

    tflib.init_tf()
    _G, _D, Gs = pretrained_networks.load_networks("net.pkl")        # or training.misc.load_pkl("net.pkl")
    images = Gs.run(z, None, truncation_psi=0.7, output_transform=dict(func=tflib.convert_images_to_uint8))

`python -m nvlabs script.py args…` does so for a script that knows nothing of it. What generates images is
here; what trains networks says that it is not. As in the originals, networks live in the thread's default
graph and session.

Both calls read the file as data. A script that calls `pickle.load` itself gets the same network, but Python's
pickle runs whatever else the file says: this is said once, as a warning, when a network comes out of it.
"""

from __future__ import annotations

import sys

from nvlabs.running.first_start import start_tensorflow

start_tensorflow()  # the modules below import it

from nvlabs.dnnlib_compat import dnnlib, own_training, pretrained_networks, tflib, util  # noqa: E402
from nvlabs.dnnlib_compat import network as tflib_network  # noqa: E402

MODULES = {
    "dnnlib": dnnlib,
    "dnnlib.util": util,
    "dnnlib.tflib": tflib,
    "dnnlib.tflib.tfutil": tflib,
    "dnnlib.tflib.network": tflib_network,
    "dnnlib.tflib.autosummary": tflib.autosummary,
    "dnnlib.tflib.optimizer": tflib.optimizer,
    "dnnlib.tflib.custom_ops": tflib.custom_ops,
    "dnnlib.tflib.ops": tflib.ops,
    "dnnlib.tflib.ops.upfirdn_2d": tflib.ops.upfirdn_2d,
    "dnnlib.tflib.ops.fused_bias_act": tflib.ops.fused_bias_act,
    "dnnlib.submission": dnnlib.submission,
    "dnnlib.submission.submit": dnnlib.submission.submit,
    "dnnlib.submission.run_context": dnnlib.submission.run_context,
    "dnnlib.submission.internal": dnnlib.submission.internal,
    "pretrained_networks": pretrained_networks,
}


def register() -> None:
    """Make the names of MODULES, and `training.misc`, importable. Raises ImportError if another dnnlib is in
    use already.
    """
    for name, module in MODULES.items():
        other = sys.modules.get(name, module)
        if other is not module:
            raise ImportError(
                "{} is already imported from {}; import nvlabs.dnnlib_compat before it".format(
                    name, getattr(other, "__file__", "elsewhere")
                )
            )
    sys.modules.update(MODULES)
    own_training.register()


register()
