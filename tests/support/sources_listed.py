#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""Fails when a file of the tests is in no area of tests/meson.build, or is newer than the build directory's list of files:
such a file would never be run."""
import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "standalone"))
from check import public_headers  # noqa: E402

# Compiled by other means: by compile_fail/run.py, by compilers/run.py and by linking/run.py.
ELSEWHERE = {"support", "compile_fail", "compilers", "linking"}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tests", type=pathlib.Path)
    for group in ("--headers", "--cases", "--sources"):
        parser.add_argument(group, nargs="*", default=[])
    args = parser.parse_args()
    tests = args.tests.resolve()

    def missing(root, pattern, listed, skip=()):
        found = {p.relative_to(root) for p in root.rglob(pattern) if p.relative_to(root).parts[0] not in skip}
        return sorted(found - listed)

    # Meson gives a source's path as seen from where the test runs.
    sources = {pathlib.Path(p).resolve().relative_to(tests) for p in args.sources}
    failures = [f"tests/{p}: in no directory of an area of tests/meson.build, or newer than the build directory; run meson setup --reconfigure"
                for p in missing(tests, "*.cpp", sources, ELSEWHERE)]
    stale = [
        *(f"include/{p}" for p in sorted(set(public_headers()) - set(args.headers))),
        *(f"tests/compile_fail/{p}"
          for p in missing(tests / "compile_fail", "*.cpp", {pathlib.Path(p) for p in args.cases})),
    ]
    failures += [f"{p}: newer than the build directory's list; run meson setup --reconfigure" for p in stale]
    print("\n".join(failures) or "every file is in an area")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
