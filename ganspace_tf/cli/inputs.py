"""What a command line names, opened for a network: components, directions, latents, classes.

    opened = Inputs(gen)
    comp = opened.components("factor.pt")
    opened.say()                               # what was assumed, on stderr: once nothing can be refused

What a file of another program does not say and was assumed is said; so is a class that nobody chose.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Iterable, List, Optional

from ganspace_tf.cli.terminal import note
from ganspace_tf.errors import UsageError

if TYPE_CHECKING:
    from ganspace_tf.biggan.class_words import Class
    from ganspace_tf.decomposition import Components
    from ganspace_tf.directions.read import AnyDirection
    from ganspace_tf.generators.base import Generator
    from ganspace_tf.photos import Latents
    from ganspace_tf.render.frames import Look


class Inputs:
    """Opens things for one generator, and keeps what there is to say of them until `say`."""

    def __init__(self, gen: Generator, folder: Optional[str] = None, trust: bool = False) -> None:
        """folder: of named directions, besides where they are looked for anyway. trust: take latents of files
        of ours that belong to another network.
        """
        self.gen = gen
        self._trust = trust
        self._folder = folder
        self._notes: List[str] = []

    def say(self) -> None:
        """Remarks on stderr, a line each. A refusal comes before, and alone."""
        for text in self._notes:
            note(text)
        self._notes = []

    # ------------------------------------------------------------------ files

    def components(self, path: str) -> Components:
        """Components from a file, fitted to the network."""
        from ganspace_tf.decomposition import fitted, load_components

        comp = fitted(load_components(path), self.gen)
        self._assumed(path, comp.settings)
        return comp

    def direction(self, path: str, any_basis: bool) -> AnyDirection:
        """A direction from a file, or by its name, fitted to the network."""
        from ganspace_tf.directions import load_direction
        from ganspace_tf.directions.collection import find, is_name

        if is_name(path):
            path = find(path, self.gen, self._folder).path
        named = load_direction(path, self.gen, any_basis)
        self._assumed(path, named.made)
        return named

    def latents(self, place: str, as_w: bool) -> Latents:
        """Latents of FILE[:ROWS]."""
        from ganspace_tf.foreign.places import split_place
        from ganspace_tf.photos import read_latents

        file, inside = split_place(place)
        latents = read_latents(file, self.gen, inside, as_w, trust=self._trust)
        self._notes.append("{}: {}".format(file, latents.told))
        return latents

    def packed_latents(self, place: str, as_w: bool) -> Dict[str, Any]:
        """FILE[:ROWS] as pictures keep it in their recipes."""
        from ganspace_tf.render.starts import pack_latents

        packed = pack_latents(self.latents(place, as_w))
        if "file" in packed:
            self._notes.append("{}: too many rows for a recipe; replay needs the file".format(packed["file"]))
        return packed

    def starts(self, args: Any) -> Dict[str, Any]:
        """What `arguments.add_starts` asks for, as fields of a picture: seeds, or rows of a file."""
        if args.latents is None:
            return {"seeds": args.seeds}
        return {"seeds": [], "latents": self.packed_latents(args.latents, args.as_w)}

    def measured_on(self, args: Any) -> Optional[Any]:
        """The latents (N, L, D) that `arguments.add_scorer` names in a file; None where it names none."""
        return self.latents(args.latents, args.as_w).rows if isinstance(args.latents, str) else None

    def _assumed(self, path: str, record: Dict[str, Any]) -> None:
        if isinstance(record.get("assumed"), str):  # a file of ours may have anything there
            self._notes.append("{}: {}".format(path, record["assumed"]))

    # ------------------------------------------------------------------ classes

    def look(self, args: Any) -> Look:
        """The options of `arguments.add_look` as a record, with the class that is drawn where none was
        chosen. Several psi belong to the picture, not to this.
        """
        from ganspace_tf.biggan.class_words import call_name
        from ganspace_tf.render.frames import Look

        several = args.psi if isinstance(args.psi, (list, tuple)) else [args.psi]
        chosen = self.classes(args.classes, args.compat)
        return Look(
            psi=several[0] if len(set(several)) == 1 else None,
            cutoff=args.cutoff,
            noise=args.noise,
            classes=chosen,
            compat=args.compat,
            batch=args.batch,
            called=None if chosen is None else [call_name(one, self.gen.class_names) for one in chosen],
            translate=_throughout(args.translate),
            rotate=_throughout(args.rotate),
        )

    def classes(self, text: Optional[str], compat: Optional[str] = None) -> Optional[List[Class]]:
        """The classes that --class names, in the form of recipes; None for a network without any. Where none
        was chosen, the one that is drawn instead.
        """
        from ganspace_tf.biggan.class_words import NONE, call_name, read_classes

        gen = self.gen
        if text is not None:
            if not gen.n_classes:
                raise UsageError("--class {}: {} is unconditional, it has no classes".format(text, gen.name))
            return read_classes(text, gen.n_classes, gen.class_names, compat == "ganspace")
        if not gen.n_classes:
            return None
        if gen.default_class is None:
            self._notes.append("no --class was given: none, as the official scripts draw (weights of zero)")
            return [NONE]
        called = call_name(gen.default_class, gen.class_names)
        self._notes.append("no --class was given: class {} ({})".format(gen.default_class, called))
        return [gen.default_class]

    def one_class(self, text: Optional[str], compat: Optional[str] = None) -> Optional[Class]:
        """The same where all samples are of one class."""
        found = self.classes(text, compat)
        if found is not None and len(found) > 1:
            raise UsageError("--class {}: one class is needed here, or one mixture".format(text))
        return None if found is None else found[0]


def unit_of(records: Iterable[Dict[str, Any]]) -> str:
    """What strengths are multiples of, by the records of components and directions (settings, made): sigmas,
    unless a file of another program has none.
    """
    from ganspace_tf.render.picture import LENGTH, SIGMA

    return SIGMA if all(record.get("in_sigmas", True) for record in records) else LENGTH


def samples(args: Any) -> int:
    """How many latents `arguments.add_scorer` asks for: --samples, or a whole number after --latents."""
    return args.latents if isinstance(args.latents, int) else args.samples


def _throughout(value: Any) -> Any:
    """A setting of the whole picture; None if it is a range, (first, last): it changes on the way."""
    if isinstance(value, tuple):
        return value[0] if value[0] == value[1] else None
    return value
