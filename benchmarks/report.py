#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""Keeps results of benchmarks, and makes of them the plots, and the tables in the pages (PAGES).

usage: report.py            renews the plots and the tables
       report.py --check    fails where one of them is not what the results say
"""

import importlib
import json
import pathlib
import re
import sys

import bars
import curves
import fleet
import storm

ROOT = pathlib.Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
PLOTS = {"speed": bars.draw, "growth": curves.draw, "storm": storm.draw, "fleet": fleet.draw}
PAGES = [ROOT / "docs" / "guide" / "performance.md", RESULTS / "README.md",
         *(ROOT / "docs" / "decisions" / name for name in ("retry-numbers.md", "hedging.md", "limits-are-leases.md"))]
# In a page: between "<!-- results: speed -->" and "<!-- end of results -->" stands what markdown() of speed.py makes
# of results/speed.json; with a word more ("speed summary") what summary() makes.
PLACE = re.compile(r"(<!-- results: (\w+)(?: (\w+))? -->\n)(.*?)(<!-- end of results -->)", re.DOTALL)


def write(results, path):
    path.write_text(json.dumps(results, indent=1) + "\n")


def save(results):
    RESULTS.mkdir(exist_ok=True)
    write(results, RESULTS / f"{results['benchmark']}.json")
    for path, text in made().items():
        path.write_text(text)


def load(name):
    return json.loads((RESULTS / f"{name}.json").read_text())


def table(place):
    name, how = place[2], place[3] or "markdown"
    text = getattr(importlib.import_module(name), how)(load(name)) if (RESULTS / f"{name}.json").exists() else ""
    return place[1] + (text.strip() + "\n" if text else "") + place[5]


def made():
    """Returns the plots and the pages as they should be."""
    texts = {page: PLACE.sub(table, page.read_text()) for page in PAGES if page.exists()}
    texts |= {RESULTS / f"{name}.svg": draw(load(name)) for name, draw in PLOTS.items() if (RESULTS / f"{name}.json").exists()}
    return texts


def main():
    stale = [path for path, text in made().items() if not path.exists() or path.read_text() != text]
    if sys.argv[1:] == ["--check"]:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is not what benchmarks/results/ says; benchmarks/report.py renews it")
        return 1 if stale else 0
    for path, text in made().items():
        path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
