#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""Draws what `./run bench speed` or `./run bench growth` wrote with --json.

usage: plot.py RESULTS.json PICTURE.svg
"""

import json
import pathlib
import sys

import bars
import curves

DRAW = {"speed": bars.draw, "growth": curves.draw}


def main():
    source, target = map(pathlib.Path, sys.argv[1:])
    results = json.loads(source.read_text())
    if results["benchmark"] not in DRAW:
        sys.exit(f"no plot of {results['benchmark']}; there are {', '.join(DRAW)}")
    target.write_text(DRAW[results["benchmark"]](results))


if __name__ == "__main__":
    main()
