# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""The processor time of a call, for each client and each way of calling."""

import svg

WIDTH, LABEL, BAR, GAP, TITLE = 760, 130, 16, 4, 34


def bar(row, y, scale):
    length = max(1.0, row["cpu_us_per_call"] * scale)
    color = svg.OURS if row["client"] == "intheloop" else svg.OTHERS
    text_y = y + BAR - 4
    return [
        svg.text(LABEL - 8, text_y, row["client"], text_anchor="end"),
        f'<rect x="{LABEL}" y="{y}" width="{length:.1f}" height="{BAR}" fill="{color}"/>',
        svg.text(LABEL + length + 6, text_y, f'{row["cpu_us_per_call"]:,.1f} µs, {row["calls_per_second"]:,.0f} calls/s'),
    ]


def panel(run, y):
    """The bars of one way of calling, and where the next panel begins."""
    rows = sorted(run["clients"], key=lambda row: row["cpu_us_per_call"])
    scale = (WIDTH - LABEL - 190) / rows[-1]["cpu_us_per_call"]
    parts = [svg.text(8, y + 20, f"{run['mode']}, {run['concurrency']} at a time", font_weight="bold")]
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
    return svg.document(WIDTH, y + 10, "Processor time of a call; less is better", results, parts)
