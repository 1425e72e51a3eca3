"""Say what a file is, without starting TensorFlow: a network, components, a direction, latents, or a picture
with its recipe.

  ganspace info net.pkl            family, sizes, layers, classes, parameters
  ganspace info net.pkl --json
  ganspace info c.npz              how components were found
  ganspace info wings.json         what a direction is of, and where it is usable
  ganspace info age.npy            directions and latents of other programs, and what is assumed of them
  ganspace info strip.png          what a picture was made of

Nothing in a file is ever run.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Tuple

from ganspace_tf.cli import arguments, terminal, work
from ganspace_tf.cli.info_foreign import foreign_facts
from ganspace_tf.errors import FileError
from ganspace_tf.json_files import read_json
from nvlabs.errors import NetworkFileError
from nvlabs.plain_text import LONGEST_MESSAGE, one_line

if TYPE_CHECKING:
    from ganspace_tf.directions import NamedDirection

LONG = ("vector", "mean", "preview")  # of a direction: too much to be shown

NAMED = 20  # classes that are listed by name; more would fill the screen
LONGEST_NAME = 200  # characters of the name of a variable or a setting


def add_arguments(parser: Any) -> None:
    """Declare what `ganspace info` understands."""
    parser.add_argument(
        "file", metavar="FILE", help="network (file, folder or name), components, direction, or picture"
    )
    parser.add_argument(
        "--variables", action="store_true", help="list every variable with shape, mean and spread"
    )
    parser.add_argument("--source", action="store_true", help="show the code in the file; it is never run")
    arguments.add_json(parser)


def run(args: Any) -> None:
    """Inspect and print."""
    facts, rows = _facts(args.file, args.source)
    if args.json:
        work.tell(facts, True)
        return
    rows = [(one_line(name, LONGEST_NAME), one_line(value, LONGEST_MESSAGE)) for name, value in rows]
    width = max(len(name) for name, _ in rows)
    terminal.out(["{:{}}  {}".format(name, width, value) for name, value in rows])
    if args.variables and "variables" in facts:
        terminal.out(["", *_variables(facts["variables"])])
    if args.source and isinstance(facts.get("source"), dict):  # of foreign directions it is a name
        for name, text in facts["source"].items():
            terminal.out(["", "--- " + name])
            terminal.out(text)


def _facts(file: str, source: bool) -> Tuple[Dict[str, Any], List[Tuple[str, str]]]:
    """What there is to know, for programs and as rows for people."""
    ending = os.path.splitext(file)[1].lower()
    if ending in work.PICTURES + work.FILMS + (".json",):
        from ganspace_tf.render.files import read_recipe

        if ending == ".json" and _holds_direction(file):
            return _direction(file)
        recipe = read_recipe(file)
        return recipe, _recipe_rows(recipe)
    if ending == ".npz" and _holds_components(file):
        from ganspace_tf.decomposition import known, load_components
        from ganspace_tf.decomposition.error_bound import in_words

        comp = load_components(file)
        facts = work.component_facts(comp, file)
        return facts, _component_rows(facts, in_words(comp), known.in_words(comp))
    from ganspace_tf.generators.load import locate

    path = locate(file)
    try:
        facts = _inspect(path, source)
        return facts, _rows(facts)
    except NetworkFileError as error:
        refused = error.with_traceback(None)  # which would keep all that was read
        refused.__context__ = None
    found = foreign_facts(path) if os.path.isfile(path) else None
    if found is None:
        raise refused
    if not isinstance(refused, FileError):  # of a kind that holds no network anyway
        return found
    return dict(found[0], no_network=refused.reason), found[1] + [("no network", refused.reason)]


def _holds_components(file: str) -> bool:
    """Whether an npz has the array that every components file has, ours or GANSpace's."""
    from nvlabs.reading.zips import names_in

    return "lat_comp.npy" in names_in(file)  # locate and inspect say what is wrong with another file


def _holds_direction(file: str) -> bool:
    """Whether a JSON file has what every direction has and no recipe."""
    from ganspace_tf.directions.read import is_direction

    try:
        record = read_json(file)
    except FileError:
        return False  # read_recipe says what is wrong with it
    return is_direction(record)


def _direction(file: str) -> Tuple[Dict[str, Any], List[Tuple[str, str]]]:
    from ganspace_tf.directions import NamedDirection, load_direction

    named = load_direction(file)
    facts = {name: value for name, value in named.values().items() if name not in LONG}
    rows = [
        ("direction", named.name),
        *(_latents(named) if isinstance(named, NamedDirection) else [("channels", named.place())]),
        ("usable", "from {:+g} to {:+g} sigma".format(*named.sigma_range)),
        ("made", _short(named.made)),
        ("fingerprint", named.fingerprint),
    ]
    return facts, [(name, value) for name, value in rows if value]


def _latents(named: NamedDirection) -> List[Tuple[str, str]]:
    first, last = named.layers
    return [
        ("of", "{}, {} numbers, sigma {:.3g}".format(named.latent, len(named.mean), named.stdev)),
        ("layers", "{}-{}".format(first, "" if last is None else last) if first or last else "all"),
    ]


def _component_rows(facts: Dict[str, Any], error: Optional[str], known: List[str]) -> List[Tuple[str, str]]:
    settings = dict(facts["settings"], error_bound=error, precision=None)
    shown = "  ".join("v{} {:.3g}".format(k, sigma) for k, sigma in enumerate(facts["stdev"][:8]))
    rows = [
        ("components", facts["components"]),
        ("variance", "{:.1f} % held".format(100 * sum(facts["variance_ratio"]))),
        ("sigma", shown + (" …" if len(facts["stdev"]) > 8 else "")),
    ]
    rows += list(zip(("known", "groups"), known))
    rows += [(k, _short(v)) for k, v in settings.items() if v not in (None, {}) and k != "components"]
    rows += [("fingerprint", facts["fingerprint"]), ("digest", facts["digest"])]
    return [(name, str(value)) for name, value in rows if value != ""]


def _recipe_rows(recipe: Dict[str, Any]) -> List[Tuple[str, str]]:
    """A recipe with its long texts left out."""
    components = recipe.get("components") or {}
    rows = [("made by", "ganspace " + recipe["verb"])]
    if recipe["model"]:  # an aligned photo is of none
        rows += [("network", "{name} ({family})".format_map(_Given(recipe["model"])))]
    rows += [(name, _short(value)) for name, value in recipe["settings"].items() if _stated(value)]
    rows += [("components", components.get("digest")), ("fingerprint", recipe["model"].get("fingerprint"))]
    rows += [("versions", _short(recipe.get("versions")))]
    return [(name, str(value)) for name, value in rows if value]


def _stated(value: Any) -> bool:
    return value not in (None, "", [], {})


class _Given(Dict[str, Any]):
    """A dict that says so where it lacks a key."""

    def __missing__(self, key: str) -> str:
        return "unknown " + key


def _short(value: Any) -> str:
    """In one line, without what is not given; lists of lists with semicolons between."""
    if isinstance(value, dict):
        return ", ".join("{} {}".format(name, _short(item)) for name, item in value.items() if _stated(item))
    if isinstance(value, list):
        between = "; " if any(isinstance(item, list) for item in value) else ", "
        return between.join(_short(item) for item in value if _stated(item))
    return "{:g}".format(value) if isinstance(value, float) else str(value)


def _inspect(path: str, source: bool) -> Dict[str, Any]:
    if os.path.isdir(path):
        from ganspace_tf.biggan.inspection import inspect

        return inspect(path)
    import nvlabs
    from ganspace_tf.ports.networks import is_checkpoint, read_network
    from nvlabs.describing.inspection import describe

    if is_checkpoint(path):
        return describe(read_network(path), path, source)
    return nvlabs.inspect(path, source=source)


def _rows(facts: Dict[str, Any]) -> List[Tuple[str, str]]:
    """The facts as (what, value) for people; what a family does not state is left out."""
    given = {name: value for name, value in facts.items() if value is not None}
    rows = [
        ("file", given.get("file") or given.get("path")),
        ("size", _megabytes(given.get("bytes"))),
        ("family", _joined(given, "family", "architecture", "file_format", "edition")),
        ("image", _image(given)),
        ("latent", _latent(given)),
        ("layers", _count(given.get("layers", given.get("n_layers")), given.get("noise_maps"))),
        ("style channels", _styles(given.get("style_layers"))),
        ("feature maps", _feature_maps(given.get("feature_maps"))),
        ("classes", _classes(given)),
        ("truncation", _truncation(given)),
        ("parameters", "{:,}".format(given["parameters"]) if "parameters" in given else None),
        ("networks", ", ".join(given["networks"]) if "networks" in given else None),
        ("float16", _half(given.get("half_precision"))),
        ("training set", _short(given.get("training_set_kwargs", ""))),
        ("augmentation", _short(given.get("augment_pipe", ""))),
        ("notes", "; ".join(given.get("notes", ()))),
        ("sha256", given.get("sha256")),
        ("fingerprint", given.get("fingerprint")),
    ]
    return [(name, str(value)) for name, value in rows if value]


def _half(layers: Any) -> Any:
    text = "{} to {} in the original; all layers run in float32 here"
    return layers and text.format(layers[0], layers[-1])


def _joined(facts: Dict[str, Any], *names: str) -> str:
    return ", ".join(str(facts[name]) for name in names if facts.get(name))


def _megabytes(size: Any) -> Any:
    return None if size is None else "{:,.1f} MB".format(size / 1e6)


def _image(facts: Dict[str, Any]) -> str:
    shape = facts.get("image_shape") or [facts.get("channels", 3)] + 2 * [facts["resolution"]]
    return "{2} × {1} pixels, {0} channel{3}".format(*shape, "" if shape[0] == 1 else "s")


def _latent(facts: Dict[str, Any]) -> str:
    text = "z {}".format(facts.get("latent_size"))
    if "dlatent_size" in facts:
        text += ", w {} after {} mapping layers".format(facts["dlatent_size"], facts["mapping_layers"])
    return text


def _count(layers: Any, noise_maps: Any) -> str:
    count = layers if isinstance(layers, int) else len(layers or ())
    noise = ", {} noise inputs".format(len(noise_maps)) if noise_maps else ""
    return "0-{} (edits name these){}".format(count - 1, noise)


def _styles(layers: Any) -> str:
    if not layers:
        return ""
    every = sum(layer["channels"] for layer in layers)
    rgb = sum(layer["channels"] for layer in layers if layer["rgb"])
    text = "{:,} in style layers 0-{} (edits S(layer, channel) name these), {:,} of ToRGB"
    return text.format(every, len(layers) - 1, rgb)


def _feature_maps(maps: Any) -> Any:
    return maps and "  ".join("{}: {}".format(side, count) for side, count in maps.items())


def _classes(facts: Dict[str, Any]) -> str:
    count = facts.get("labels", facts.get("n_classes", 0))
    if not count:
        return "none (unconditional)"
    names = facts.get("class_names") or ()
    return "0-{}".format(count - 1) + (": " + ", ".join(names) if 0 < len(names) <= NAMED else "")


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
    names = [one_line(item["name"], LONGEST_NAME) for item in variables]
    width = max(len(name) for name in names)
    return [
        "{:{}}  {:18} mean {:+.4f}  std {:.4f}".format(
            name, width, "×".join(map(str, item["shape"])) or "scalar", item["mean"], item["std"]
        )
        for name, item in zip(names, variables)
    ]
