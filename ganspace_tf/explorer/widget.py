"""The explorer in a notebook: core controls of ipywidgets on the same session and worker.

    view = session.widget()
    view                                     # the last line of a cell shows it
    await view.drawn()                       # until the exact picture is there

Pictures are set from the kernel's own loop: another thread must not touch widgets. The kernel's loop stands
still while a cell runs, so nothing arrives until it has ended.
"""

from __future__ import annotations

import asyncio
from typing import Any, Callable, Dict, Optional

from ganspace_tf.errors import GanspaceError
from ganspace_tf.explorer.events import Event, reduce
from ganspace_tf.explorer.history import History, record, redo, undo
from ganspace_tf.explorer.messages import Frame, Message, Notice, Refused
from ganspace_tf.explorer.state import State
from ganspace_tf.explorer.worker import Worker
from ganspace_tf.render.files import png_bytes

CLIENT = "widget"
SLIDERS = 12  # at first; named ones come first
WIDTH = 384  # pixels on the screen
LAST_PSI = 1.5


class Widget:
    """The controls of a session. session.state follows them.

    sliders: how many of the session's are shown. out: where "save" writes. box: the ipywidgets container.
    link: to the page, once it was asked for.
    """

    def __init__(self, session: Any, sliders: int = SLIDERS, out: str = "picture.png", **options: Any):
        import ipywidgets

        self.session, self._out, self._kit = session, out, ipywidgets
        self._history = History(session.state)
        self._id, self._shown, self._filling = 0, -1, False
        self._loop: Optional[asyncio.AbstractEventLoop] = _loop()
        self._before: Optional[State] = None
        self._server: Any = None
        self.image = ipywidgets.Image(format="png", width=WIDTH)
        self.status = ipywidgets.Label("pictures come when no cell is running")
        self.link = ipywidgets.HTML()
        self.controls: Dict[str, Any] = {}
        self.rows = session.sliders[:sliders]
        self.box = self._built()
        self._fill()
        self.worker = Worker(session, self._deliver, **options)
        self.worker.join(CLIENT)
        self._ask()

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display(self.box)

    def close(self) -> None:
        """End the worker, and the page if there is one; the picture stays."""
        self.worker.close()
        if self._server is not None:
            self._server.close()

    async def drawn(self, seconds: float = 600.0) -> None:
        """Wait until the exact picture of the controls is shown. Raises asyncio.TimeoutError."""
        waited = 0.0
        while self._shown != self._id:
            if waited >= seconds:
                raise asyncio.TimeoutError("the picture has not come in {:g} s".format(seconds))
            await asyncio.sleep(0.02)
            waited += 0.02

    # ------------------------------------------------------------------ controls

    def _built(self) -> Any:
        kit, facts = self._kit, self.session.model
        for row in self.rows:
            slider = kit.FloatSlider(
                min=row["low"], max=row["high"], step=0.1, description=row["name"], readout_format="+.1f"
            )
            slider.tooltip = row["note"]
            self._add(row["of"], slider, self._moved(row))
        self._add("seed", kit.BoundedIntText(min=0, max=2**32 - 1, description="seed"), _setting("seed"))
        if facts["truncates"]:
            psi = kit.FloatSlider(min=0.05, max=LAST_PSI, step=0.05, description="psi")
            self._add("psi", psi, _setting("psi"))
        if facts["has_classes"]:
            names = facts["classes"] or [str(k) for k in range(facts["n_classes"])]
            choice = kit.Dropdown(options=[(name, k) for k, name in enumerate(names)], description="class")
            self._add("class", choice, _setting("class"))
        if facts["has_noise"]:
            noise = kit.Dropdown(options=["stored", "none", "numpy:0"], description="noise")
            self._add("noise", noise, _setting("noise"))
        self._add("centred", kit.Checkbox(description="centred: move to"), _setting("centred"))
        buttons = [
            self._button("undo", lambda: self._go(undo(self._history))),
            self._button("redo", lambda: self._go(redo(self._history))),
            self._button("save", self._save),
            self._button("page", self._page),
        ]
        before = kit.ToggleButton(description="before", tooltip="the same without edits")
        before.observe(self._compare, "value")
        self.controls["before"] = before
        sides = [self.controls[name] for name in self.controls if name != "before"]
        left = kit.VBox([self.image, self.status, kit.HBox([*buttons, before]), self.link])
        return kit.HBox([left, kit.VBox(sides)])

    def _add(self, name: str, control: Any, event_of: Callable[[Any], Event]) -> None:
        def changed(change: Any) -> None:
            if not self._filling:
                self._apply(event_of(change["new"]), name)

        control.observe(changed, "value")
        self.controls[name] = control

    def _moved(self, row: Dict[str, Any]) -> Callable[[float], Event]:
        def event(value: float) -> Event:
            found: Event = {"event": "set edit", "of": row["of"], "sigma": round(float(value), 6)}
            if not any(edit.of == row["of"] for edit in self.session.state.edits):
                found.update(first_layer=row["first_layer"], last_layer=row["last_layer"])
            return found

        return event

    def _button(self, name: str, act: Callable[[], None]) -> Any:
        button = self._kit.Button(description=name)
        button.on_click(lambda _: act())
        return button

    def _fill(self) -> None:
        """Let the controls say what the state is."""
        state, values = self.session.state, {edit.of: edit.sigma for edit in self.session.state.edits}
        said: Dict[str, Any] = {"seed": state.seed, "centred": state.centred, "psi": state.psi or 1.0}
        said.update({"class": state.label, "noise": state.noise})
        said.update({row["of"]: values.get(row["of"], 0.0) for row in self.rows})
        self._filling = True
        try:
            for name, control in self.controls.items():
                if name in said and said[name] is not None:
                    if name == "noise" and said[name] not in control.options:
                        control.options = [*control.options, said[name]]
                    control.value = said[name]
        finally:
            self._filling = False

    # ------------------------------------------------------------------ states

    def _apply(self, event: Event, control: str) -> None:
        self._go(record(self._history, reduce(self.session.state, event), control), fill=False)

    def _go(self, history: History, fill: bool = True) -> None:
        self._history, self.session.state = history, history.now
        if fill:
            self._fill()
        self._ask()

    def _compare(self, change: Any) -> None:
        """The same seed without edits, while the button is down."""
        self._before = self.session.initial if change["new"] else None
        self._ask()

    def _ask(self) -> None:
        state = self.session.state
        if self._before is not None:
            state = reduce(state, {"event": "clear edits"})
        self._id += 1
        self.worker.show(CLIENT, self._id, state, moving=True)

    def _save(self) -> None:
        self.status.value = "saved {}".format(self.session.save(self._out))

    def _page(self) -> None:
        """Serve the session on this machine, and say where."""
        try:
            if self._server is None:
                self._server = self.session.serve(browser=False)
        except GanspaceError as error:
            self.status.value = str(error)
            return
        self.link.value = (
            '<a href="{0}" target="_blank" rel="noopener">the page, on the machine of the kernel</a>'.format(
                self._server.url
            )
        )

    # ------------------------------------------------------------------ what comes back

    def _deliver(self, message: Message) -> None:
        """From the worker's thread: on in the kernel's loop, or at once where there is none."""
        if self._loop is not None and self._loop.is_running():
            self._loop.call_soon_threadsafe(self._take, message)
        else:
            self._take(message)

    def _take(self, message: Message) -> None:
        if isinstance(message, Frame):
            self.image.value = png_bytes(message.pixels)
            size = "{} x {}".format(message.width, message.height)
            self.status.value = ("exact, {}" if message.exact else "preview, {}").format(size)
            if message.exact:
                self._shown = message.id
            self.worker.seen(CLIENT, message.id, message.stage)
        elif isinstance(message, Refused):
            self.status.value, self._shown = message.text, message.id
        elif isinstance(message, Notice):
            self.status.value = message.text


def _setting(name: str) -> Callable[[Any], Event]:
    """The event of a control that is one field of the state."""
    return lambda value: {"event": "set " + name, name: value}


def _loop() -> Optional[asyncio.AbstractEventLoop]:
    """The loop that is running here: a kernel's, in a notebook."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
