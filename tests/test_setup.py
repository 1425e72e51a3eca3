"""Which stack a machine gets, and that the files which pin it agree with one another."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Dict, List, Tuple

import pytest

from tests.numerical import WITHOUT_NUMBERS, is_numerical

ROOT = Path(__file__).resolve().parent.parent
LEGACY, MODERN = "TensorFlow 1.15.5", "TensorFlow 2.21.0"


def pins(name: str) -> List[Tuple[str, str, str]]:
    """(package, version, marker) of every line of a requirements file that pins something."""
    lines = (ROOT / name).read_text().splitlines()
    wanted = [line for line in lines if line and not line.startswith(("#", "-"))]
    found = [re.match(r"^([\w.-]+)==([\w.]+) ; (.+)$", line) for line in wanted]
    assert [line for line, match in zip(wanted, found) if match is None] == [], (
        "neither pinned nor for a Python"
    )
    return [match.groups() for match in found if match]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A machine with exactly these interpreters on its PATH: name to version, and the TensorFlow in it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in ("sh", "sed", "dirname", "cat"):
        (folder / tool).symlink_to("/bin/" + tool if os.path.exists("/bin/" + tool) else "/usr/bin/" + tool)

    def choose(pythons: Dict[str, str], arch: str = "x86_64", python: str = "") -> Tuple[int, str]:
        for name, facts in pythons.items():
            full, _, tensorflow = facts.partition(" ")
            minor = ".".join(full.split(".")[:2])
            answer = "{} {} venv {} {}".format(minor, arch, tensorflow or "-", full)
            (folder / name).write_text("#!/bin/sh\ncat >/dev/null\necho '{}'\n".format(answer))
            (folder / name).chmod(0o755)
        environment = {"PATH": str(folder), "HOME": str(tmp_path), "PYENV_ROOT": str(tmp_path / "pyenv")}
        if python:
            environment["PYTHON"] = str(folder / python)
        done = subprocess.run(
            ["/bin/sh", str(ROOT / "scripts" / "bootstrap"), "choose"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            universal_newlines=True,
        )
        assert done.stdout == ""
        return done.returncode, done.stderr.strip()

    return choose


def test_python_37_gives_the_legacy_stack_even_beside_newer_ones(machine) -> None:
    code, line = machine({"python3": "3.12.1", "python3.12": "3.12.1", "python3.7": "3.7.16"})
    assert code == 0
    assert line.startswith("stack: Python 3.7.16 + {} (".format(LEGACY)) and line.endswith(" in .venv-3.7")


def test_the_newest_python_that_tensorflow_2_supports_comes_next(machine) -> None:
    code, line = machine(
        {"python3": "3.14.0", "python3.14": "3.14.0", "python3.11": "3.11.7", "python3.12": "3.12.1"}
    )
    assert code == 0
    assert line.startswith("stack: Python 3.12.1 + {} (no Python 3.7 was found; ".format(MODERN))


def test_the_legacy_stack_has_no_wheels_for_other_machines(machine) -> None:
    code, line = machine({"python3.7": "3.7.16", "python3.11": "3.11.7"}, arch="aarch64")
    assert code == 0 and MODERN in line


def test_tensorflow_1_that_is_there_is_used_as_it_is(machine) -> None:
    """NVIDIA's container: Python 3.8 with a TensorFlow 1.15 of its own, which no index has."""
    code, line = machine({"python3": "3.8.10 1.15.5", "python3.7": "3.7.16"})
    assert code == 0
    assert line.startswith("stack: Python 3.8.10 + TensorFlow 1.15.5, already there (") and line.endswith(
        " in .venv-3.8"
    )


def test_tensorflow_2_that_is_there_is_used_where_no_37_is(machine) -> None:
    pythons = {"python3": "3.9.2 2.14.0", "python3.11": "3.11.7"}
    assert "Python 3.9.2 + TensorFlow 2.14.0, already there" in machine(pythons)[1]
    assert LEGACY in machine(dict(pythons, **{"python3.7": "3.7.16"}))[1]


def test_an_interpreter_that_is_named_is_the_one(machine) -> None:
    code, line = machine({"python3.7": "3.7.16", "mine": "3.13.0"}, python="mine")
    assert code == 0 and "Python 3.13.0 + " + MODERN in line and "was given" in line


@pytest.mark.parametrize("pythons", [{}, {"python3": "3.6.9"}, {"python3": "3.9.18", "python3.9": "3.9.18"}])
def test_without_a_fitting_python_the_fitting_ones_are_named(machine, pythons: Dict[str, str]) -> None:
    code, line = machine(pythons)
    assert code == 1 and "\n" not in line
    for version in ("3.7", "3.10", "3.11", "3.12", "3.13", "PYTHON="):
        assert version in line


def test_a_named_interpreter_that_does_not_fit_is_refused(machine) -> None:
    code, line = machine({"old": "3.6.9", "python3.7": "3.7.16"}, python="old")
    assert code == 1 and "is Python 3.6.9" in line and "fitting: Python 3.7" in line


def test_every_requirement_is_an_exact_pin_for_named_pythons() -> None:
    markers = set()
    for name in ("requirements.txt", "requirements-dev.txt"):
        seen = set()
        for package, _, marker in pins(name):
            assert (package.lower(), marker) not in seen
            seen.add((package.lower(), marker))
            markers.add(marker.split(" and ")[0])
    versions = {"3.7", "3.8", "3.10", "3.11", "3.12"}
    assert markers <= {
        'python_version {} "{}"'.format(sign, version) for sign in ("==", ">=") for version in versions
    }


def test_python_38_keeps_the_numpy_and_tensorflow_of_its_container() -> None:
    touched = {package for package, _, marker in pins("requirements.txt") if '"3.8"' in marker}
    assert touched and not touched & {"tensorflow", "numpy", "protobuf"}


def test_the_same_tensorflow_is_pinned_everywhere() -> None:
    pinned = {version for package, version, _ in pins("requirements.txt") if package == "tensorflow"}
    assert pinned == {"1.15.5", "2.21.0"}
    gpu = (ROOT / "requirements-gpu.txt").read_text()
    assert set(re.findall(r"^tensorflow\S*==(\S+)", gpu, re.MULTILINE)) == pinned
    images = re.findall(
        r"^FROM tensorflow/tensorflow:([\d.]+)-gpu", (ROOT / "Dockerfile").read_text(), re.MULTILINE
    )
    assert set(images) == pinned


def test_plain_docker_build_makes_the_legacy_image() -> None:
    stages = re.findall(r"^FROM \S+ AS (\w+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert stages == ["wheel", "ngc", "tf2", "legacy"]


def test_the_files_that_need_no_second_kernel_are_there() -> None:
    """A listed name that is no file any more would one day be that of a new, numerical one."""
    there = {path.stem[len("test_") :] for path in (ROOT / "tests").glob("test_*.py")}
    assert sorted(set(WITHOUT_NUMBERS) - there) == [] and len(WITHOUT_NUMBERS) == len(set(WITHOUT_NUMBERS))
    assert is_numerical("tests/test_network.py") and is_numerical("tests/test_that_is_new.py")
