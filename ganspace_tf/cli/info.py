"""Say what a network file is: family, sizes, layers, labels, parameters. TensorFlow is not started.

ganspace info net.pkl
ganspace info net.pkl --json
"""

from __future__ import annotations

import os
from typing import Any, Dict, List, Tuple

from ganspace_tf.cli import arguments, work


def add_arguments(parser: Any) -> None:
    """Declare what `ganspace info` understands."""
    parser.add_argument("network", metavar="NETWORK", help="file or folder of a network, or its name")
    parser.add_argument(
        "--variables", action="store_true", help="list every variable with shape, mean and spread"
    )
    parser.add_argument("--source", action="store_true", help="show the code in the file; it is never run")
    arguments.add_json(parser)


def run(args: Any) -> None:
    """Inspect and print."""
    from ganspace_tf.generators.load import locate

    facts = _inspect(locate(args.network), args.source)
    if args.json:
        work.tell(facts, True)
        return
    rows = _rows(facts)
    width = max(len(name) for name, _ in rows)
    lines = ["{:{}}  {}".format(name, width, value) for name, value in rows]
    if args.variables:
        lines += [""] + _variables(facts["variables"])
    if args.source:
        lines += ["", *("--- {}\n{}".format(name, text) for name, text in facts["source"].items())]
    print("\n".join(lines))


def _inspect(path: str, source: bool) -> Dict[str, Any]:
    if os.path.isdir(path):
        from ganspace_tf.biggan.inspection import inspect

        return inspect(path)
    import nvlabs

    return nvlabs.inspect(path, source=source)


def _rows(facts: Dict[str, Any]) -> List[Tuple[str, str]]:
    """The facts as (what, value) for people; what a family does not state is left out."""
    given = {name: value for name, value in facts.items() if value is not None}
    rows = [
        ("file", given.get("file") or given.get("path")),
        ("size", _megabytes(given.get("bytes"))),
        ("family", _joined(given, "family", "architecture", "file_format")),
        ("image", _image(given)),
        ("latent", _latent(given)),
        ("layers", _count(given.get("layers", given.get("n_layers")), given.get("noise_maps"))),
        ("feature maps", _feature_maps(given.get("feature_maps"))),
        ("classes", _classes(given)),
        ("truncation", _truncation(given)),
        ("parameters", "{:,}".format(given["parameters"]) if "parameters" in given else None),
        ("networks", ", ".join(given["networks"]) if "networks" in given else None),
        ("sha256", given.get("sha256")),
        ("fingerprint", given.get("fingerprint")),
    ]
    return [(name, str(value)) for name, value in rows if value]


def _joined(facts: Dict[str, Any], *names: str) -> str:
    return ", ".join(str(facts[name]) for name in names if facts.get(name))


def _megabytes(size: Any) -> Any:
    return None if size is None else "{:,.1f} MB".format(size / 1e6)


def _image(facts: Dict[str, Any]) -> str:
    shape = facts.get("image_shape") or [facts.get("channels", 3)] + 2 * [facts["resolution"]]
    return "{1} × {2} pixels, {0} channel{3}".format(*shape, "" if shape[0] == 1 else "s")


def _latent(facts: Dict[str, Any]) -> str:
    text = "z {}".format(facts.get("latent_size"))
    if "dlatent_size" in facts:
        text += ", w {} after {} mapping layers".format(facts["dlatent_size"], facts["mapping_layers"])
    return text


def _count(layers: Any, noise_maps: Any) -> str:
    count = layers if isinstance(layers, int) else len(layers or ())
    noise = ", {} noise inputs".format(len(noise_maps)) if noise_maps else ""
    return "0-{} (edits name these){}".format(count - 1, noise)


def _feature_maps(maps: Any) -> Any:
    return maps and "  ".join("{}: {}".format(side, count) for side, count in maps.items())


def _classes(facts: Dict[str, Any]) -> str:
    count = facts.get("labels", facts.get("n_classes", 0))
    return "0-{}".format(count - 1) if count else "none (unconditional)"


def _truncation(facts: Dict[str, Any]) -> Any:
    if "truncation" in facts:
        return facts["truncation"].get("allowed")
    if "truncation_psi" not in facts:
        return None
    cutoff = facts.get("truncation_cutoff")
    return "psi {:g} by the file's default, {}".format(
        facts["truncation_psi"], "all layers" if cutoff is None else "layers below {}".format(cutoff)
    )


def _variables(variables: List[Dict[str, Any]]) -> List[str]:
    width = max(len(item["name"]) for item in variables)
    return [
        "{:{}}  {:18} mean {:+.4f}  std {:.4f}".format(
            item["name"], width, "×".join(map(str, item["shape"])) or "scalar", item["mean"], item["std"]
        )
        for item in variables
    ]
