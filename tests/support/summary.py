#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""Prints the counts of a Meson test log as one plain line: `N passed, N failed`. No log: what was to be tested did not
build, which is one failure."""
import json
import pathlib
import sys

log = pathlib.Path(sys.argv[1])
if not log.exists():
    print("0 passed, 1 failed")
    sys.exit()
results = [json.loads(line)["result"] for line in log.read_text().splitlines() if line.strip()]
passed = sum(r in ("OK", "EXPECTEDFAIL") for r in results)
skipped = sum(r == "SKIP" for r in results)
failed = len(results) - passed - skipped
print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
