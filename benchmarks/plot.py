#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""Draws the processor time of a call, for each client and each way of calling, from what `./run bench speed --json FILE` wrote.

usage: plot.py speed.json speed.svg
"""

import json
import pathlib
import sys
from xml.sax.saxutils import escape

WIDTH, LABEL, BAR, GAP, TITLE = 760, 130, 16, 4, 34
OURS, OTHERS = "#0b6e99", "#9aa5ad"


def bar(row, y, scale):
    length = max(1.0, row["cpu_us_per_call"] * scale)
    color = OURS if row["client"] == "intheloop" else OTHERS
    text_y = y + BAR - 4
    return [
        f'<text x="{LABEL - 8}" y="{text_y}" text-anchor="end">{escape(row["client"])}</text>',
        f'<rect x="{LABEL}" y="{y}" width="{length:.1f}" height="{BAR}" fill="{color}"/>',
        f'<text x="{LABEL + length + 6:.1f}" y="{text_y}">{row["cpu_us_per_call"]:,.1f} µs, {row["calls_per_second"]:,.0f} calls/s</text>',
    ]


def panel(run, y):
    """The bars of one way of calling, and where the next panel begins."""
    rows = sorted(run["clients"], key=lambda row: row["cpu_us_per_call"])
    scale = (WIDTH - LABEL - 190) / rows[-1]["cpu_us_per_call"]
    parts = [f'<text x="8" y="{y + 20}" font-weight="bold">{run["mode"]}, {run["concurrency"]} at a time</text>']
    y += TITLE
    for row in rows:
        parts += bar(row, y, scale)
        y += BAR + GAP
    return parts, y + GAP


def draw(results):
    parts, y = [], 30
    for run in results["runs"]:
        more, y = panel(run, y)
        parts += more
    machine = results["machine"]
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y + 10}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{y + 10}" fill="white"/>',
        f'<text x="8" y="20" font-size="14">Processor time of a call; less is better ({escape(machine["processor"])}, {results["date"]})</text>',
        *parts, "</svg>", "",
    ])


def main():
    source, target = map(pathlib.Path, sys.argv[1:])
    target.write_text(draw(json.loads(source.read_text())))


if __name__ == "__main__":
    main()
