#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""Simulates what many processes with one token send, and what they ask of the engine between them.

A simulation on a virtual clock, which runs the library's own decisions: processes begin within a second, and share 5,000
requests a second by leases of 1.5 s. From 40 s to 60 s something happens. The figures are the same on each machine.
"""

import json
import subprocess

import svg

QUIET, EVENT, END = 20, 40, 60  # seconds
WIDTH, HEIGHT, MARGIN, GAP, TITLE = 560, 90, 52, 34, 22


def add_options(parser):
    pass


def run(arguments):
    program = arguments.build_directory / "benchmarks" / "fleet-shares"
    return {"runs": json.loads(subprocess.run([program], stdout=subprocess.PIPE, text=True, check=True).stdout)}


def mean(numbers):
    return sum(numbers) / len(numbers)


def markdown(results):
    lines = ["| processes | use of the limit, 20 s to 40 s | 40 s to 60 s | after it | most in 5 s, from 5 s on "
             "| share of each: 5 % have less than | 95 % have less than | operations a second, for each process |",
             "| --- | --: | --: | --: | --: | --: | --: | --: |"]
    for one in results["runs"]:
        sent, limit = one["sent"], one["limit"]
        most = max(mean(sent[at:at + 5]) for at in range(5, len(sent) - 5))
        use = lambda begin, end: f"{100 * mean(sent[begin:end]) / limit:.1f} %"
        lines.append(f"| {one['scenario']} | {use(QUIET, EVENT)} | {use(EVENT, END)} | {use(END + 5, len(sent))} | {100 * most / limit:.1f} % "
                     f"| {one['low']:.2f} | {one['high']:.2f} | {mean(one['operations'][QUIET:EVENT]) / one['processes']:.2f} |")
    return "\n".join(lines)


def chart(x, y, title, sent, operations, limit):
    most = 5000 * (1 + max(sent + operations) // 5000)
    along = lambda second: x + second / (len(sent) - 1) * WIDTH
    down = lambda number: y + HEIGHT - number / most * HEIGHT
    parts = [svg.text(x, y - 6, title, font_weight="bold")]
    for mark in range(0, most + 1, most // 5 if most > 25000 else 5000):
        parts += [svg.line([(x, down(mark)), (x + WIDTH, down(mark))], svg.GRID),
                  svg.text(x - 6, down(mark) + 4, f"{mark:,}", text_anchor="end")]
    parts.append(svg.line([(x, down(limit)), (x + WIDTH, down(limit))], "#444", dashed=True))
    for second in range(0, len(sent) + 1, 10):
        parts.append(svg.text(along(second), y + HEIGHT + 14, f"{second} s", text_anchor="middle", font_size=10))
    for numbers, color in ((operations, svg.OTHERS), (sent, svg.OURS)):
        parts.append(svg.line([(along(second), down(number)) for second, number in enumerate(numbers)], color))
    return parts


def draw(results):
    y = 52
    parts = [svg.text(8, 40, "a second; blue: requests; dashed: their limit; grey: operations of the engine", font_size=11)]
    for one in results["runs"]:
        y += TITLE
        parts += chart(MARGIN, y, one["scenario"], one["sent"], one["operations"], one["limit"])
        y += HEIGHT + GAP
    return svg.document(MARGIN + WIDTH + GAP, y, "Processes that share the limit of one token", results, parts)
