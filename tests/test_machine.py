"""The kernel of the linear algebra: named, judged, measured where it is a fallback, and what mends it."""

from __future__ import annotations

import json
import subprocess

import pytest

from ganspace_tf.cli import doctor
from ganspace_tf.cli import main as cli
from ganspace_tf.machine import blas, processor, products
from ganspace_tf.machine.blas import Library

AVX512 = frozenset(["avx", "avx2", "fma", "avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"])
HASWELL = frozenset(["avx", "avx2", "fma"])
SANDYBRIDGE = frozenset(["avx"])
OLD = [Library("NumPy", "OpenBLAS", "0.3.7", "Barcelona"), Library("SciPy", "OpenBLAS", "0.3.17", "Zen")]
GOOD = [
    Library("NumPy", "OpenBLAS", "0.3.31", "SkylakeX"),
    Library("SciPy", "OpenBLAS", "0.3.30", "SkylakeX"),
]


class Probe:
    """A measurement that has the numbers already: value of the variable → kernel and GFLOP/s of NumPy's."""

    def __init__(self, **known):
        self.known = dict({"unset": ("Barcelona", 45)}, **known)
        self.asked = []

    def __call__(self, value):
        self.asked.append(value)
        found = self.known.get(value or "unset")
        if found is None:
            return None
        kernel, gflops = found
        return {
            "NumPy": {"kernel": kernel, "float32": gflops, "float64": gflops / 2},
            "SciPy": {"kernel": "Zen", "float32": 99.0, "float64": 49.0},
        }


FAST = {"Haswell": ("Haswell", 99.0), "Zen": ("Zen", 100.0), "SkylakeX": ("SkylakeX", 98.0)}


def test_a_kernel_that_fits_is_not_measured():
    probe = Probe()
    for libraries, flags in ((GOOD, AVX512), (GOOD, HASWELL), ([], AVX512), (OLD, frozenset())):
        assert blas.examine(libraries, flags, None, probe) == (tuple(libraries), (), (), "")
    assert probe.asked == []


@pytest.mark.parametrize(
    "kernel, flags, lost",
    [
        ("Barcelona", AVX512, "AVX2"),
        ("Prescott", HASWELL, "AVX2"),
        ("Sandybridge", HASWELL, "AVX2"),
        ("Nehalem", SANDYBRIDGE, "AVX"),
        ("Sandybridge", SANDYBRIDGE, ""),
        ("Nehalem", frozenset(), ""),
        ("Haswell", AVX512, ""),  # not the widest registers, but no fallback: often as fast
        ("Zen9", AVX512, ""),  # a name to come
        ("", AVX512, ""),  # a library that does not say
    ],
)
def test_a_fallback_leaves_out_what_the_processor_has(kernel, flags, lost):
    assert blas.left_out(kernel, flags) == lost


@pytest.mark.parametrize(
    "flags, kernels",
    [
        (AVX512, ["Haswell", "Zen", "SkylakeX"]),
        (AVX512 - {"avx512vl"}, ["Haswell", "Zen"]),
        (HASWELL, ["Haswell", "Zen"]),
        (HASWELL - {"fma"}, ["Sandybridge"]),
        (SANDYBRIDGE, ["Sandybridge"]),
        (frozenset(["sse2"]), []),
        (frozenset(), []),
    ],
)
def test_nothing_is_tried_that_the_processor_cannot_run(flags, kernels):
    assert blas.worth_trying(flags) == kernels
    probe = Probe(**FAST)
    fallen = Library("NumPy", "OpenBLAS", "0.3.7", "Nehalem")
    blas.examine([fallen], flags, None, probe)
    assert set(probe.asked) <= {None, *kernels}


def test_of_equally_fast_kernels_the_first_is_advised():
    assert blas.examine(OLD, AVX512, None, Probe(**FAST)).advice == "export OPENBLAS_CORETYPE=Haswell"
    much = dict(FAST, SkylakeX=("SkylakeX", 190.0))
    assert blas.examine(OLD, AVX512, None, Probe(**much)).advice == "export OPENBLAS_CORETYPE=SkylakeX"


def test_a_setting_that_does_harm_is_to_be_taken_back():
    forced = [Library("NumPy", "OpenBLAS", "0.3.31", "Prescott")]
    probe = Probe(unset=("SkylakeX", 97.0), Prescott=("Prescott", 40.0), **FAST)
    report = blas.examine(forced, AVX512, "Prescott", probe)
    assert report.advice == "unset OPENBLAS_CORETYPE"
    assert probe.asked[:2] == ["Prescott", None]
    empty = blas.examine(forced, AVX512, "", Probe(unset=("Barcelona", 45.0), **FAST))
    assert empty.advice == "export OPENBLAS_CORETYPE=Haswell"  # as bad without


def test_a_kernel_that_fell_back_again_or_did_not_run_or_is_slower_is_not_advised():
    again = Probe(Haswell=("Barcelona", 46.0), Zen=("Zen", 90.0))
    report = blas.examine(OLD, AVX512, None, again)
    assert report.advice == "export OPENBLAS_CORETYPE=Zen"
    assert [value for value, _ in report.speeds] == [None, "Haswell", "Zen"]  # SkylakeX ended its process
    assert blas.examine(OLD, AVX512, None, Probe()).advice == ""
    assert blas.examine(OLD, AVX512, None, Probe(Haswell=("Haswell", 20.0))).advice == ""


def test_libraries_are_those_of_numpy_and_scipy():
    info = [
        {"user_api": "openmp", "internal_api": "openmp", "filepath": "/site-packages/numpy.libs/libgomp.so"},
        {"user_api": "blas", "internal_api": "openblas", "filepath": "/x/scipy.libs/libopenblasp.so",
         "version": "0.3.17", "architecture": "Zen"},
        {"user_api": "blas", "internal_api": "openblas", "filepath": "C:\\x\\numpy\\.libs\\libopenblas.dll",
         "version": "0.3.7", "architecture": "Barcelona"},
        {"user_api": "blas", "internal_api": "mkl", "filepath": "/env/lib/libmkl_rt.so", "version": "2021.4"},
    ]  # fmt: skip
    assert blas.libraries(info) == [*OLD, Library("libmkl_rt.so", "mkl", "2021.4", "")]
    assert {"NumPy", "SciPy"} >= {library.owner for library in blas.libraries()} != set()


def test_instructions_are_read_from_linux_and_empty_elsewhere(tmp_path):
    file = tmp_path / "cpuinfo"
    file.write_text(
        "processor\t: 0\nmodel name\t: Some\nflags\t\t: fpu avx avx2 fma\nbugs\t: \n\nflags\t: none\n"
    )
    assert processor.instructions(file) == {"fpu", "avx", "avx2", "fma"}
    file.write_text("processor\t: 0\nBogoMIPS\t: 50.00\n")
    assert processor.instructions(file) == processor.instructions(tmp_path / "no") == frozenset()


def test_each_value_is_measured_in_a_process_of_its_own(monkeypatch):
    monkeypatch.setenv(blas.VARIABLE, "Prescott")
    by_default, here = products.speeds_under(None), products.speeds_under("Prescott")
    assert set(by_default) == set(here) == {library.owner for library in blas.libraries()}
    for speeds in (by_default, here):
        assert all(set(each) == {"kernel", "float32", "float64"} for each in speeds.values())
        assert all(each["float32"] > 0 and each["float64"] > 0 for each in speeds.values())
    if processor.instructions() and all(library.name == "OpenBLAS" for library in blas.libraries()):
        assert all(blas.LEVELS.get(each["kernel"]) == blas.SSE for each in here.values())


def test_a_process_that_ends_early_is_no_measurement(monkeypatch):
    def ends(*args, **options):
        raise subprocess.CalledProcessError(-4, "python")  # an instruction that the processor does not have

    monkeypatch.setattr(subprocess, "run", ends)
    assert products.speeds_under("SkylakeX") is None


@pytest.fixture()
def checked(monkeypatch, capsys):
    """`checked(libraries, probe, *words)`: exit code and what `ganspace doctor` prints on such a machine."""

    def run(libraries, probe, *words):
        monkeypatch.setattr(blas, "libraries", lambda: libraries)
        monkeypatch.setattr(processor, "instructions", lambda: AVX512)
        monkeypatch.setattr(products, "speeds_under", probe)
        monkeypatch.setattr(doctor, "start_tensorflow", lambda: None)
        for name in ("_python", "_devices", "_typeface", "_cache", "_films"):
            monkeypatch.setattr(doctor, name, lambda: doctor.Finding("other", True, "fine"))
        monkeypatch.setattr(doctor, "PACKAGES", ())
        monkeypatch.delenv(blas.VARIABLE, raising=False)
        code = cli(["doctor", *words])
        return code, capsys.readouterr().out

    return run


def test_doctor_names_the_kernel_in_one_line(checked):
    code, out = checked(GOOD, Probe())
    line = "linear algebra ok  kernel SkylakeX (NumPy's OpenBLAS 0.3.31); "
    assert code == 0 and out.splitlines().count(line + "kernel SkylakeX (SciPy's OpenBLAS 0.3.30)") == 1


def test_doctor_says_what_a_fallback_costs_and_the_line_that_mends_it(checked):
    code, out = checked(OLD, Probe(**FAST))
    assert code == 0  # slower is not broken
    at = out.splitlines().index(
        "linear algebra NO  kernel Barcelona (NumPy's OpenBLAS 0.3.7), a fallback without this processor's "
        "AVX2; kernel Zen (SciPy's OpenBLAS 0.3.17)"
    )
    assert [line.strip() for line in out.splitlines()[at + 1 : at + 3]] == [
        "GFLOP/s of float32 / float64 products, NumPy, one core: now 45 / 22, Haswell 99 / 50, Zen 100 / 50, "
        "SkylakeX 98 / 49",
        "export OPENBLAS_CORETYPE=Haswell",
    ]


def test_doctor_tells_programs_the_same(checked):
    code, out = checked(OLD, Probe(**FAST), "--json")
    told = json.loads(out)["linear algebra"]
    assert code == 0 and told["ok"] is False and told["fallbacks"] == ["NumPy"]
    assert told["advice"] == "export OPENBLAS_CORETYPE=Haswell"
    assert told["speeds"][0] == {"setting": None, "libraries": Probe()(None)}
    assert [each["setting"] for each in told["speeds"]] == [None, "Haswell", "Zen", "SkylakeX"]
    assert set(json.loads(checked(GOOD, Probe(), "--json")[1])["linear algebra"]) == {"ok", "found"}


def test_doctor_says_so_where_nothing_helps(checked):
    _, out = checked(OLD, Probe())
    assert "no other kernel of this library is faster here" in out


def test_a_cache_is_well_where_something_can_be_written(tmp_path, monkeypatch):
    monkeypatch.setenv("GANSPACE_CACHE", str(tmp_path / "cache"))
    assert doctor._cache().ok
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("GANSPACE_CACHE", str(tmp_path / "file" / "cache"))
    found = doctor._cache()
    assert not found.ok and str(tmp_path / "file") in found.found
