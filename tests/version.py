#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""The version stands in config.hpp, as a text and as a number. Fails if they differ, or if VERSION, which is what the
build has read there, is another."""
import pathlib
import re
import sys

CONFIG = pathlib.Path(__file__).resolve().parent.parent / "include" / "intheloop" / "base" / "config.hpp"


def main():
    text = CONFIG.read_text()
    version = re.search(r'^#define INTHELOOP_VERSION_STRING "(\d+)\.(\d+)\.(\d+)"$', text, re.MULTILINE)
    number = re.search(r"^#define INTHELOOP_VERSION (\d+)$", text, re.MULTILINE)
    if not version or not number:
        print(f"{CONFIG}: has no version, or in another form")
        return 1
    major, minor, patch = map(int, version.groups())
    failures = []
    if int(number[1]) != major * 100000 + minor * 100 + patch:
        failures.append(f"INTHELOOP_VERSION is {number[1]}, and INTHELOOP_VERSION_STRING is {major}.{minor}.{patch}")
    if sys.argv[1] != f"{major}.{minor}.{patch}":
        failures.append(f"the build has version {sys.argv[1]}, and INTHELOOP_VERSION_STRING is {major}.{minor}.{patch}")
    print("\n".join(failures) or "the versions agree")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
