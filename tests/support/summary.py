#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""summary.py LOG TIMES [PART=SECONDS…]: prints where the processor time went, of the named parts and of the tests whose
times timed.sh has left in the directory TIMES, and at last the counts of a Meson test log as one plain line:
`N passed, N failed`. No log: what was to be tested did not build, which is one failure."""
import collections
import json
import pathlib
import re
import sys

# A test's command -> the part that its time belongs to.
PARTS = [(r"standalone/check\.py", "headers alone"), (r"compile_fail/run\.py", "compile-fail cases"),
         (r"docs/run\.py", "blocks of the documents"), (r"/test-[a-z_]+( |$)", "running the tests"), (r"", "other checks")]


def seconds(text):
    return sum(int(m) * 60 + float(s) for m, s in re.findall(r"(\d+)m([\d.]+)s", text))


def times_of(directory):
    """(part, seconds) of each test that ran"""
    for path in directory.iterdir() if directory.is_dir() else ():
        lines = path.read_text().splitlines()
        # `times`: the shell's own time, and below it the children's.
        part = next(name for pattern, name in PARTS if re.search(pattern, lines[0]))
        yield part, seconds(lines[-1])


def counts_of(log):
    results = [json.loads(line)["result"] for line in log.read_text().splitlines() if line.strip()]
    passed = sum(r in ("OK", "EXPECTEDFAIL") for r in results)
    skipped = sum(r == "SKIP" for r in results)
    failed = len(results) - passed - skipped
    return f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else "")


def main():
    log, directory = (pathlib.Path(p) for p in sys.argv[1:3])
    spent = collections.Counter()
    for named in sys.argv[3:]:
        part, _, text = named.partition("=")
        spent[part] += seconds(text)
    for part, used in times_of(directory):
        spent[part] += used
    if spent:
        print("processor time: " + ", ".join(f"{part} {used:.0f} s" for part, used in spent.most_common()) +
              f"; in all {sum(spent.values()):.0f} s")
    print(counts_of(log) if log.exists() else "0 passed, 1 failed")


if __name__ == "__main__":
    main()
