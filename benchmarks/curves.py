# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""Time and memory against the size of the work, on logarithmic scales: where the time of a unit lies flat, growth is linear."""

import math

import svg

WIDTH, HEIGHT, MARGIN, GAP, TITLE = 330, 170, 62, 28, 46


class Scale:
    """Puts the values of one direction on a stretch of the picture, and has a mark at each power of ten around them."""

    def __init__(self, values, begin, end):
        logs = [math.log10(max(value, 1e-9)) for value in values]
        self.first, self.last = math.floor(min(logs)), max(math.floor(min(logs)) + 1, math.ceil(max(logs)))
        self.begin, self.end = begin, end

    def place(self, value):
        share = (math.log10(max(value, 1e-9)) - self.first) / (self.last - self.first)
        return self.begin + share * (self.end - self.begin)

    def marks(self):
        return [10.0 ** power for power in range(self.first, self.last + 1)]


def chart(x, y, title, across, series):
    """series: (name, values, dashed)"""
    down = Scale([value for _, values, _ in series for value in values], y + HEIGHT, y)
    along = Scale(across, x, x + WIDTH)
    parts = [svg.text(x, y - 8, title)]
    for mark in down.marks():
        parts.append(svg.line([(x, down.place(mark)), (x + WIDTH, down.place(mark))], svg.GRID))
        parts.append(svg.text(x - 6, down.place(mark) + 4, f"{mark:,g}", text_anchor="end"))
    for mark in along.marks():
        parts.append(svg.line([(along.place(mark), y), (along.place(mark), y + HEIGHT)], svg.GRID))
        parts.append(svg.text(along.place(mark), y + HEIGHT + 16, f"{mark:.0e}".replace("e+0", "e"), text_anchor="middle"))
    for name, values, dashed in series:
        places = [(along.place(size), down.place(value)) for size, value in zip(across, values)]
        parts.append(svg.line(places, svg.OURS, dashed))
        parts += [f'<circle cx="{left:.1f}" cy="{top:.1f}" r="2.5" fill="{svg.OURS}"/>' for left, top in places]
        if len(series) > 1:
            parts.append(svg.text(places[-1][0], places[-1][1] + (-6 if dashed else 14), name, text_anchor="end"))
    return parts


def draw(results):
    parts, y = [], 30
    for curve in results["curves"]:
        points = curve["points"]
        sizes = [point["size"] for point in points]
        column = lambda key: [point[key] for point in points]
        parts.append(svg.text(8, y + 18, curve["title"], font_weight="bold"))
        y += TITLE
        parts += chart(MARGIN, y, f"µs for each {curve['unit']}", sizes,
                       [("processor", column("cpu_us_per_unit"), False), ("clock", column("us_per_unit"), True)])
        parts += chart(MARGIN + WIDTH + GAP + MARGIN, y, "memory at its peak, MiB", sizes,
                       [("memory", [kib / 1024 for kib in column("max_rss_kib")], False)])
        y += HEIGHT + GAP
    width = 2 * (MARGIN + WIDTH + GAP)
    return svg.document(width, y + 10, "Time and memory as the work grows", results, parts)
