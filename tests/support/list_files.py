#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""Prints the files below DIRECTORY (seen from tests/) whose name matches PATTERN, one a line, sorted."""
import pathlib
import sys

root = pathlib.Path(__file__).resolve().parent.parent / sys.argv[1]
for path in sorted(root.rglob(sys.argv[2])):
    if "node_modules" not in path.parts:
        print(path.relative_to(root))
