"""What `doctor` says of the BLAS: a fallback kernel is named, measured against others, and mended."""

from __future__ import annotations

import json

import pytest

from ganspace_tf.cli import blas, doctor, main
from ganspace_tf.cli.blas import Speed, Verdict, examine, is_fallback, kernels_for, processor_flags

AVX2 = frozenset(["sse4_1", "sse4_2", "avx", "avx2", "fma"])
AVX512 = AVX2 | frozenset(["avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512cd"])


@pytest.fixture(autouse=True)
def on_a_pc(monkeypatch):
    monkeypatch.setattr(blas.platform, "machine", lambda: "x86_64")


def probe_of(**speeds):
    """A probe that knows the speed of each kernel and counts what it is asked."""
    asked = []

    def probe(kernel):
        asked.append(kernel)
        return speeds.get(kernel or "default") and Speed(kernel, kernel, *speeds[kernel or "default"])

    probe.asked = asked
    return probe


def test_a_kernel_that_suits_the_processor_is_said_in_a_line_and_nothing_is_timed():
    probe = probe_of()
    for own in ("SkylakeX", "Haswell", "Zen", "Cooperlake", "a-new-one"):
        verdict = examine(own, AVX512, probe)
        assert verdict.words == "OpenBLAS, kernel {}".format(own) and not verdict.advice
    assert probe.asked == []


def test_a_fallback_is_measured_against_what_the_processor_can_run_and_mended():
    probe = probe_of(
        default=(45, 22), SkylakeX=(90, 50), Haswell=(99, 49), Zen=(98, 49), Sandybridge=(60, 30)
    )
    verdict = examine("Barcelona", AVX512, probe)
    assert verdict.advice == "export OPENBLAS_CORETYPE=Haswell"
    assert "Barcelona: 45 GFLOP/s in float32, 22 in float64; Haswell reaches 99 and 49" in verdict.words
    assert probe.asked == ["", "SkylakeX", "Haswell", "Zen", "Sandybridge", "Nehalem"]
    assert [speed.kernel for speed in verdict.speeds] == ["", "SkylakeX", "Haswell", "Zen", "Sandybridge"]


def test_a_kernel_that_the_processor_cannot_run_is_not_tried():
    """It would end the process on its first instruction."""
    probe = probe_of(default=(45, 22), Haswell=(99, 49), SkylakeX=(150, 70))
    assert examine("Prescott", AVX2, probe).advice.endswith("=Haswell")
    assert "SkylakeX" not in probe.asked
    assert kernels_for(frozenset()) == [] and not is_fallback("Prescott", frozenset(["sse4_1"]))


def test_where_nothing_is_faster_there_is_no_advice():
    verdict = examine("Barcelona", AVX2, probe_of(default=(45, 22), Haswell=(46, 22)))
    assert not verdict.advice and "no other kernel is faster" in verdict.words
    assert not examine("Barcelona", AVX2, probe_of()).advice


def test_what_is_no_openblas_is_left_alone():
    assert "not an OpenBLAS" in examine("", AVX512, probe_of()).words


def test_flags_are_read_as_linux_says_them(tmp_path):
    (tmp_path / "cpuinfo").write_text("processor : 0\nflags\t\t: fpu avx2 fma\n", encoding="utf-8")
    assert processor_flags(str(tmp_path / "cpuinfo")) == {"fpu", "avx2", "fma"}
    assert processor_flags(str(tmp_path / "none")) == frozenset()


def test_the_kernel_of_this_process_is_measured_in_a_process_of_its_own(monkeypatch):
    monkeypatch.setattr(blas, "SIZE", 64)
    found = blas.measure()
    assert found is not None and found.float32 > 0 and found.float64 > 0
    monkeypatch.setattr(blas.sys, "executable", "/nowhere/python")
    assert blas.measure() is None


def test_the_doctor_says_it_and_does_not_fail_for_it(monkeypatch, capsys):
    told = Verdict("kernel Barcelona", "export X=Y", [Speed("", "Barcelona", 1.0, 2.0)])
    monkeypatch.setattr(doctor.blas, "examine", lambda *_: told)
    assert main(["doctor"]) == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("linear algebra"))
    assert "NO" in line and line.endswith("kernel Barcelona; mend it with: export X=Y")
    assert main(["doctor", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)["linear algebra"]
    assert facts["advice"] == "export X=Y" and facts["speeds"][0]["float64"] == 2.0 and facts["ok"] is False
