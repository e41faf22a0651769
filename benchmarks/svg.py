# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""The parts of a picture that all plots have."""

from xml.sax.saxutils import escape

OURS, OTHERS, GRID = "#0b6e99", "#9aa5ad", "#e3e7ea"


def text(x, y, words, **attributes):
    more = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f'<text x="{x:.1f}" y="{y:.1f}"{more}>{escape(words)}</text>'


def line(points, color, dashed=False):
    places = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{places}" fill="none" stroke="{color}"' + (' stroke-dasharray="4 3"' if dashed else "") + "/>"


def document(width, height, heading, results, parts):
    heading = f"{heading} ({results['machine']['processor']}, {results['date']})"
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
        text(8, 20, heading, font_size=14), *parts, "</svg>", "",
    ])
