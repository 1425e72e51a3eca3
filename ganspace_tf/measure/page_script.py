"""The little that pages do by themselves, without a server: sliders over frames that are there, copy buttons,
tables that sort. A page without it (no JavaScript) shows the same, standing still.

    data-slide="7"     on a table of frames with 7 columns: a slider above it shows one column large
    pre.copy           each line gets a button that copies it
    table.sortable     a click on a heading sorts the rows by their data-value
"""

from __future__ import annotations

STYLE = """
.slider { margin: 1.2rem 0 } .slider .large { display: flex; gap: 6px; flex-wrap: wrap }
.slider .large img { width: min(14rem, 30%); border-radius: 6px; image-rendering: pixelated; display: block }
.slider label { display: flex; gap: .8rem; align-items: center; margin-top: .7rem; max-width: 43rem }
.slider input { flex: 1; accent-color: var(--plus) }
.slider output { min-width: 4.5rem; font-variant-numeric: tabular-nums; color: var(--soft) }
pre.copy { position: relative } pre.copy code { padding-right: 4.5rem; white-space: pre-wrap; width: auto }
pre.copy span { display: block; position: relative } pre.copy span + span { margin-top: .5rem }
pre.copy button, th button { font: inherit; color: inherit; background: none; border: 0; cursor: pointer }
pre.copy button { position: absolute; right: 0; top: 0; color: var(--soft); border: 1px solid var(--line);
  border-radius: 4px; padding: 0 .6rem; font-size: .8rem; line-height: 1.5 }
th button { font-weight: 600; padding: 0 } th[aria-sort] button::after { content: " ↑"; color: var(--plus) }
th[aria-sort=descending] button::after { content: " ↓" }
button:focus-visible, input:focus-visible { outline: 2px solid var(--plus); outline-offset: 2px }
"""

SCRIPT = """
(function () {
  "use strict";
  function all(selector, inside) {
    return Array.prototype.slice.call((inside || document).querySelectorAll(selector));
  }
  function make(tag, parent, words) {
    var made = document.createElement(tag);
    if (words) made.textContent = words;
    parent.appendChild(made);
    return made;
  }
  all("[data-slide]").forEach(function (table) {
    var columns = Number(table.getAttribute("data-slide")), frames = all("img", table);
    var heads = all("span.head", table).map(function (head) { return head.textContent; });
    var box = document.createElement("div");
    box.className = "slider";
    var large = make("div", box), row = make("label", box);
    large.className = "large";
    var shown = [];
    for (var r = 0; r < frames.length / columns; r += 1) shown.push(make("img", large));
    var range = make("input", row), said = make("output", row);
    range.type = "range";
    range.min = 0;
    range.max = columns - 1;
    range.value = Math.floor((columns - 1) / 2);
    range.setAttribute("aria-label", table.getAttribute("aria-label") || "strength");
    function show() {
      var column = Number(range.value);
      shown.forEach(function (image, r) {
        image.src = frames[r * columns + column].src;
        image.alt = frames[r * columns + column].alt;
      });
      said.textContent = heads[column] || "";
      range.setAttribute("aria-valuetext", said.textContent);
    }
    range.addEventListener("input", show);
    show();
    table.parentNode.insertBefore(box, table);
  });
  all("pre.copy span").forEach(function (line) {
    var button = make("button", line, "copy"), code = line.querySelector("code");
    button.type = "button";
    function done() {
      button.textContent = "copied";
      window.setTimeout(function () { button.textContent = "copy"; }, 1500);
    }
    button.addEventListener("click", function () {
      var range = document.createRange();
      range.selectNodeContents(code);
      var selection = window.getSelection();
      selection.removeAllRanges();
      selection.addRange(range);
      if (document.execCommand("copy")) done();
      else if (navigator.clipboard) navigator.clipboard.writeText(code.textContent).then(done);
    });
  });
  all("table.sortable").forEach(function (table) {
    var heads = all("thead th", table), body = table.querySelector("tbody");
    heads.forEach(function (head, column) {
      if (!head.hasAttribute("data-sort")) return;
      var button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.textContent = "";
      head.appendChild(button);
      button.addEventListener("click", function () {
        var down = head.getAttribute("aria-sort") !== "descending";
        heads.forEach(function (other) { other.removeAttribute("aria-sort"); });
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        var rows = all("tr", body).map(function (row, place) {
          return { row: row, value: Number(row.children[column].getAttribute("data-value")), place: place };
        });
        rows.sort(function (a, b) {
          return (down ? b.value - a.value : a.value - b.value) || a.place - b.place;
        });
        rows.forEach(function (one) { body.appendChild(one.row); });
      });
    });
  });
})();
"""
