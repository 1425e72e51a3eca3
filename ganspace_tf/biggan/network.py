"""BigGAN-deep that runs: the graph of a record in a session of its own."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional, Sequence

import numpy as np

from ganspace_tf.biggan.endpoints import IMAGE, RGB
from ganspace_tf.biggan.graph import GraphBuilder
from ganspace_tf.biggan.record import BigGANRecord
from ganspace_tf.biggan.statistics import interpolated, mix
from nvlabs.running.session import GraphSession

CHANNELS_LAST = "NHWC"


class BigGANNetwork:
    """Graph, session and statistics tables of one record.

    threads: size of TensorFlow's thread pools, None for all cores; layout: of the feature maps inside, None
    to choose by device.
    """

    def __init__(
        self, record: BigGANRecord, threads: Optional[int] = None, layout: Optional[str] = None
    ) -> None:
        self.structure = record.structure
        self.session = GraphSession(threads=threads, layout=layout)
        with self.session.building():
            builder = GraphBuilder(record, self.session.variable, self.session.layout)
            builder.build()
        self._inputs = builder.inputs
        self._condition_weights = builder.condition_weights
        self._places = builder.endpoints
        names = [name for name, _ in self.structure.norms()]
        self._means: List[np.ndarray] = [record.arrays[name + ".means"] for name in names]
        self._variances: List[np.ndarray] = [record.arrays[name + ".variances"] for name in names]
        self.session.start()

    def fetch(
        self,
        name: str,
        z: np.ndarray,
        classes: np.ndarray,
        psi: float = 1.0,
        rule: str = "linear",
        feed: Optional[Mapping[str, np.ndarray]] = None,
    ) -> np.ndarray:
        """The output of one endpoint, (N, C, H, W) or (N, D) float32; nothing that it does not need is
        computed.

        z: (N, 1 | L, latent); classes: (N, 1 | L, classes) weights; one row serves all layers.
        psi, rule: the statistics, see `statistics.mix`. feed: endpoint → activations in the same form, used
        in place of what the network would compute there.
        """
        values = self._values(z, classes, psi, rule)
        for place, value in (feed or {}).items():
            values[self._places[place].inside] = self._inside(place, value)
        return self.session.run(self._places[name].tensor, values)

    def fetch_inside(
        self,
        names: Sequence[str],
        z: np.ndarray,
        classes: np.ndarray,
        psi: float = 1.0,
        rule: str = "linear",
        feed: Optional[Mapping[str, np.ndarray]] = None,
    ) -> Dict[str, np.ndarray]:
        """The outputs of several endpoints, all from one run, feature maps as the graph keeps them; `feed`
        takes them in the same form. The image is (N, 3, H, W) in any case.
        """
        values = self._values(z, classes, psi, rule)
        values.update((self._places[place].inside, value) for place, value in (feed or {}).items())
        return dict(zip(names, self.session.run([self._places[name].inside for name in names], values)))

    def _values(self, z: np.ndarray, classes: np.ndarray, psi: float, rule: str) -> Dict[Any, np.ndarray]:
        """What a run is fed."""
        chosen = mix(psi, self.structure.n_stats, rule)
        variances = interpolated(self._variances, chosen)
        return {
            self._inputs.z: z,
            self._inputs.classes: classes,
            self._inputs.means: interpolated(self._means, chosen),
            self._inputs.scales: np.float32(1) / np.sqrt(variances + np.float32(self.structure.eps)),
        }

    def condition_weights(self) -> List[np.ndarray]:
        """What the condition (latent, then class embedding) of each of the L places is multiplied with:
        [condition, C], spectral norms divided in."""
        return list(self.session.get(self._condition_weights))

    def close(self) -> None:
        """Free the session."""
        self.session.close()

    def _inside(self, name: str, value: np.ndarray) -> np.ndarray:
        """Activations in the layout of the graph."""
        if name == RGB:
            value = value[:, :3]
        if name == IMAGE or value.ndim != 4 or self.session.layout != CHANNELS_LAST:
            return value
        return np.ascontiguousarray(value.transpose(0, 2, 3, 1))
