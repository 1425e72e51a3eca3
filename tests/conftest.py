"""What every test relies on: one thread, a cache of its own, tiny networks, markers to be asked for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Callable, Iterator, List

# Before NumPy is imported: sums come out the same everywhere, and parallel workers do not fight for cores.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import pytest  # noqa: E402

from tests.numerical import is_numerical  # noqa: E402

ASKED_FOR = {
    "slow": "takes minutes; --run-slow runs it",
    "gpu": "needs a GPU; --run-gpu runs it",
    "weights": "needs official network files; --run-weights runs it",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    for marker in ASKED_FOR:
        parser.addoption("--run-" + marker, action="store_true", help="run tests marked {}".format(marker))


@pytest.hookimpl(tryfirst=True)  # before pytest chooses by marker
def pytest_collection_modifyitems(config: pytest.Config, items: List[pytest.Item]) -> None:
    for item in items:
        if is_numerical(item.fspath):
            item.add_marker(pytest.mark.numerical)
        for marker, reason in ASKED_FOR.items():
            if item.get_closest_marker(marker) and not config.getoption("--run-" + marker):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test reads or writes the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GANSPACE_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("DNNLIB_CACHE_DIR", str(tmp_path_factory.mktemp("dnnlib")))
        yield


@pytest.fixture()
def fill_disk(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """`fill_disk()`: from then on the disk is full, what is written cannot be kept."""

    def fails(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    return lambda: monkeypatch.setattr(os, "fsync", fails)


@pytest.fixture(scope="session")
def tiny_pickle(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """`tiny_pickle("stylegan2-skip")`: a network file of a few kB; tests/tiny.py lists the kinds."""
    from tests import tiny

    folder = tmp_path_factory.mktemp("tiny")

    def write(kind: str) -> Path:
        path = folder / (kind + ".pkl")
        return path if path.exists() else Path(tiny.write_tiny(path, kind))

    return write


@pytest.fixture(scope="session")
def generator(tiny_pickle: Callable[[str], Path]):
    """One small StyleGAN2 behind the generator contract; shared, so a test must not change its variables."""
    import ganspace_tf

    return ganspace_tf.load_generator(tiny_pickle("stylegan2-skip"))


@pytest.fixture(scope="module")
def browser() -> Iterator:
    """Chromium, for the tests of the explorer's page."""
    from tests.explorer_browser import chromium

    yield from chromium()


@pytest.fixture
def seen(browser) -> Iterator:
    """Opens pages of the explorer, each in a context of its own, which it closes."""
    from tests.explorer_browser import pages

    yield from pages(browser)
