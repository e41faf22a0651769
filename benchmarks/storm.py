#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""The load on a service in an outage of a minute, with two sets of numbers of retries (NUMBERS).

A simulation on a virtual clock, which runs the library's own decisions: a thousand clients make a call a second each;
the service does 1,250 requests a second, queues what comes above that for a second, and answers 503 to the rest. From
60 s to 120 s it fails in one of four ways. The figures are the same on each machine.
"""

import json
import subprocess

import svg

BEGIN, END = 60, 120  # of the outage
WIDTH, HEIGHT, MARGIN, GAP, TITLE = 560, 110, 52, 34, 22
FROM, TO = 50, 140  # seconds that the plot shows
# How the pages call the two sets that retry_storm.cpp prints.
NUMBERS = {"before": "5 for each retry, pauses from 1 s", "now": "these numbers"}


def add_options(parser):
    pass


def summary_of(run):
    seconds = run["seconds"]
    load = [first + retries for first, retries, _ in seconds]
    out = range(BEGIN, END)
    usual = sorted(load[10:BEGIN])[(BEGIN - 10) // 2]
    failing = [number for number in range(END, len(seconds)) if seconds[number][2]]
    return {"usual": usual, "peak": max(load[BEGIN:]), "in_outage": sum(load[number] for number in out),
            "retries": run["retries"], "busy_seconds": sum(load[number] > 1.5 * usual for number in range(BEGIN, len(load))),
            "in_vain": run["in_vain"], "failed": run["failed"], "recovered_after": failing[-1] + 1 - END if failing else 0}


def run(arguments):
    program = arguments.build_directory / "benchmarks" / "retry-storm"
    runs = json.loads(subprocess.run([program], stdout=subprocess.PIPE, text=True, check=True).stdout)
    return {"runs": [{"outage": one["outage"], "numbers": one["numbers"], "summary": summary_of(one),
                      "load": [first + retries for first, retries, _ in one["seconds"][FROM:TO + 1]]} for one in runs]}


def markdown(results):
    lines = ["| the service | numbers | requests in the minute | seconds above 1.5 × the usual load | most requests in a second "
             "| requests in vain | calls that failed | calls fail on, after the outage |",
             "| --- | --- | --: | --: | --: | --: | --: | --: |"]
    for one in results["runs"]:
        found = one["summary"]
        lines.append(f"| {one['outage']} | {NUMBERS[one['numbers']]} | {found['in_outage']:,} | {found['busy_seconds']} | {found['peak']:,} "
                     f"| {found['in_vain']:,} | {found['failed']:,} | {found['recovered_after']} s |")
    return "\n".join(lines)


def chart(x, y, title, others, ours):
    most = 1000 * (1 + max(others + ours) // 1000)
    along = lambda second: x + (second - FROM) / (TO - FROM) * WIDTH
    down = lambda load: y + HEIGHT - load / most * HEIGHT
    parts = [svg.text(x, y - 6, title, font_weight="bold"),
             f'<rect x="{along(BEGIN):.1f}" y="{y}" width="{along(END) - along(BEGIN):.1f}" height="{HEIGHT}" fill="#f4eee2"/>']
    for mark in range(0, most + 1, 1000):
        parts += [svg.line([(x, down(mark)), (x + WIDTH, down(mark))], svg.GRID),
                  svg.text(x - 6, down(mark) + 4, f"{mark:,}", text_anchor="end")]
    for mark in range(FROM, TO + 1, 10):
        parts.append(svg.text(along(mark), y + HEIGHT + 14, f"{mark} s", text_anchor="middle", font_size=10))
    for load, color in ((others, svg.OTHERS), (ours, svg.OURS)):
        parts.append(svg.line([(along(FROM + number), down(one)) for number, one in enumerate(load)], color))
    return parts


def draw(results):
    kinds = list(dict.fromkeys(one["outage"] for one in results["runs"]))
    loads = {(one["outage"], one["numbers"]): one["load"] for one in results["runs"]}
    y = 52
    parts = [svg.text(8, 40, f"requests a second; grey: {NUMBERS['before']}, blue: {NUMBERS['now']}; shaded: the outage", font_size=11)]
    for kind in kinds:
        y += TITLE
        parts += chart(MARGIN, y, kind, loads[kind, "before"], loads[kind, "now"])
        y += HEIGHT + GAP
    return svg.document(MARGIN + WIDTH + GAP, y, "A thousand clients in an outage of a minute", results, parts)
