"""Pages: whatever a name, a caption or a measurement says, it is text there, and nothing in it is obeyed."""

from __future__ import annotations

import ast
import base64
import hashlib
import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Callable, Dict, List

import numpy as np
import pytest

from experiments import graphs
from experiments.report import report
from ganspace_tf.measure import charts, page, page_script
from ganspace_tf.measure.beside import Beside, Shown
from ganspace_tf.measure.effects import Reached
from ganspace_tf.measure.methods_page import methods_page

ROOT = Path(__file__).resolve().parent.parent
HOSTILE = (
    "</style></title></p>'\" onload=x <script>x</script><img src=x>&lt;\x1b[2J\u202eb\u2066c\x00d\ud800e"
)
SHOWN = "</style></title></p>'\" onload=x <script>x</script><img src=x>&lt;?[2J?b?c?d?e"
CELLS = np.zeros((1, 2, 4, 4, 3), np.uint8)


class Seen(HTMLParser):
    """Elements, attributes and texts of a page, as a browser takes them."""

    def __init__(self, content: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: List[str] = []
        self.attributes: Dict[str, List[Any]] = {}
        self.texts: List[str] = []
        self.feed(content)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, []).append(value)

    def handle_data(self, data):
        self.texts.append(data)


PARTS: Dict[str, Callable[[str], str]] = {
    "title": lambda words: page.page(words, []).decode("utf-8"),
    "heading": page.heading,
    "text": page.text,
    "image": lambda words: page.image(b"", words, words),
    "frame": lambda words: page.frame(CELLS[0, 0], words),
    "commands": lambda words: page.commands([words]),
    "table": lambda words: page.table([words], [[words]]),
    "values": lambda words: page.values({words: [words, {words: words}]}),
    "verdicts": lambda words: page.verdicts([claim(words)]),
    "bars": lambda words: charts.bars([charts.Bar(words, 1, 0, words)] * 9),
    "columns": lambda words: charts.columns([words], [1.0]),
    "frames": lambda words: charts.frames(CELLS, [words, words], [(words, words)], alt=words),
    "methods": lambda words: methods_page(
        words,
        [(words, words)],
        [[words, words]],
        Beside(CELLS[0], [(words, [Shown(words, words, Reached(1.0, 0.5, 2.0), CELLS[0][[0, 1, 0, 1]])])]),
    ).decode("utf-8"),
    "chart": lambda words: graphs.chart(words, words, {words: [(words, 1.0)], "b": [("1", 2.0)]}),
}


def claim(words: str) -> Dict[str, Any]:
    numbers = {"mean": 1.0, "low": 0.5, "high": 1.5, "bound": 0.0, "at_least": True}
    return dict(numbers, name=words, says=words, measured=words)


@pytest.mark.parametrize("part", PARTS)
def test_other_peoples_words_are_text(part):
    plain, hostile = Seen(PARTS[part]("word")), Seen(PARTS[part](HOSTILE))
    assert hostile.tags == plain.tags and set(hostile.attributes) == set(plain.attributes)
    inside = hostile.texts + [value for values in hostile.attributes.values() for value in values]
    assert any(SHOWN in text for text in inside)
    assert not any(char in PARTS[part](HOSTILE) for char in "\x1b\x00\u202e\u2066\ud800")


def test_a_report_of_hostile_measurements_is_a_report(tmp_path):
    def made(words: str) -> Seen:
        metrics = dict.fromkeys(("network", "fingerprint", "caption", "scorer", "title"), words)
        metrics.update(sizes={}, pictures=[], values={words: words}, claims=[claim(words)])
        (tmp_path / "metrics.json").write_text(json.dumps(metrics), encoding="utf-8")
        return Seen(report({"fig1_sequences": str(tmp_path)}).decode("utf-8"))

    plain, hostile = made("word"), made(HOSTILE)
    assert hostile.tags == plain.tags and set(hostile.attributes) == set(plain.attributes)
    assert any(SHOWN in text for text in hostile.texts)


def test_a_page_says_to_the_browser_that_nothing_runs_and_nothing_is_fetched():
    seen = Seen(page.page("title", [page.frame(CELLS[0, 0])]).decode("utf-8"))
    assert page.POLICY in seen.attributes["content"] and "script" not in page.POLICY.replace(
        "default-src", ""
    )
    assert "default-src 'none'" in page.POLICY and "img-src data:" in page.POLICY


def test_of_scripts_the_browser_runs_ours_alone():
    html = page.page("title", [page.commands(["ganspace info net.pkl"])], script=page_script.SCRIPT).decode()
    digest = base64.b64encode(hashlib.sha256(page_script.SCRIPT.encode("utf-8")).digest()).decode()
    assert "script-src 'sha256-{}'".format(digest) in html and html.count("<script>") == 1
    assert "</" not in page_script.SCRIPT and "innerHTML" not in page_script.SCRIPT


def test_html_is_escaped_in_one_place():
    """`page.escaped` also marks what is hidden; Python's own `html.escape` does not."""
    wrong = [
        "{}:{}".format(path.relative_to(ROOT), node.lineno)
        for folder in ("ganspace_tf", "experiments", "nvlabs")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if path != ROOT / "ganspace_tf" / "measure" / "page.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "escape" and ast.dump(node.value).count("'html'")
    ]
    assert wrong == []
