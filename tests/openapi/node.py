#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""Runs COMMAND, which is told by INTHELOOP_TEST_NODE and INTHELOOP_TEST_PRISM where they are. Exits with 77 where they are
missing."""
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


def programs(name):
    """[the path of Node.js, that of a program of package-lock.json]; without them the test is skipped"""
    node, program = shutil.which("node"), HERE / "node_modules" / ".bin" / name
    if not node or not program.exists():
        print("skipped: Node.js or the packages in tests/openapi are missing; ./run contract installs them")
        sys.exit(77)
    return [node, str(program)]


def main():
    node, prism = programs("prism")
    environment = {**os.environ, "INTHELOOP_TEST_NODE": node, "INTHELOOP_TEST_PRISM": prism}
    return subprocess.run(sys.argv[1:], env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
