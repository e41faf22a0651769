#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""Builds the first program of the guide with the one file that ./run single-header makes, which stands alone in a
directory: in two files with separate compilation, linked with no library of Boost and run against the test server;
and header-only. The latter is not linked, which would take half as long again: its definitions are the same text.

usage: one_file.py [--compiler=CXX] TEST_SERVER"""
import argparse
import concurrent.futures
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
from compile import compile_cpp  # noqa: E402

SEPARATE = "-DINTHELOOP_SEPARATE_COMPILATION"
PROGRAM = ROOT / "examples" / "quick_start.cpp"
LIBRARIES = ["-lssl", "-lcrypto", "-pthread"]
SAYS = re.compile(r"[0-9a-f-]{36} Processing\n(?:Processing|Completed)\n")


def build(compiler, directory, arguments):
    """Returns the failure, or None. The tree's own headers are not on the path."""
    good, diagnostics = compile_cpp(compiler, [f"-I{directory}", *arguments], include=None)
    return None if good else diagnostics


def run(server, program):
    done = subprocess.run([server, program], text=True, capture_output=True, timeout=60)
    if done.returncode == 0 and SAYS.fullmatch(done.stdout):
        return None
    return f"exit code {done.returncode}\n{done.stdout}{done.stderr}"


def checks(compiler, server, directory):
    """(what is checked, what is wrong or None)"""
    directory = f"{directory}/single_include"  # which is made with the file

    def path(name):
        return str(pathlib.Path(directory, name))

    made = subprocess.run([sys.executable, ROOT / "tools" / "packaging" / "single_header.py", path("intheloop.hpp")], text=True, capture_output=True)
    yield "the file is made", made.stderr if made.returncode else None
    if made.returncode:
        return
    pathlib.Path(path("main.cpp")).write_text(PROGRAM.read_text())
    pathlib.Path(path("source.cpp")).write_text('#define INTHELOOP_SOURCE\n#include "intheloop.hpp"\n')
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        compilations = {
            "the file with the definitions": [SEPARATE, "-c", path("source.cpp"), "-o", path("source.o")],
            "separate compilation": [SEPARATE, "-c", path("main.cpp"), "-o", path("main.o")],
            "header-only": ["-fsyntax-only", path("main.cpp")],
        }
        pending = {what: pool.submit(build, compiler, directory, arguments) for what, arguments in compilations.items()}
        results = {what: result.result() for what, result in pending.items()}
    yield from results.items()
    if results["separate compilation"] or results["the file with the definitions"]:
        return
    linked = build(compiler, directory, [path("main.o"), path("source.o"), "-o", path("program"), *LIBRARIES])
    yield "linking", linked
    if not linked:
        yield "the program", run(server, path("program"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compiler", default="c++")
    parser.add_argument("server", metavar="TEST_SERVER")
    args = parser.parse_args()
    passed = failed = 0
    with tempfile.TemporaryDirectory() as directory:
        for what, wrong in checks(args.compiler, args.server, directory):
            if wrong is None:
                passed += 1
            else:
                failed += 1
                print(f"{what}: {wrong}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
