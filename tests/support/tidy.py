#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""tidy.py BUILD_DIRECTORY [library] [examples] [tools]: runs clang-tidy over the files that hold the library's
definitions, and over the examples and the tools, as BUILD_DIRECTORY compiles them."""
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
build = pathlib.Path(sys.argv[1])
parts = sys.argv[2:] or ["library", "examples", "tools"]
commands = json.loads((build / "compile_commands.json").read_text())


def sources_of(command):
    """The sources that Meson compiles as one unit by COMMAND, if it is such a unit's."""
    unit = pathlib.Path(command["directory"], command["file"])
    return re.findall("#include<(.*)>", unit.read_text()) if "-unity" in unit.name else []


# A source of a unit has no command of its own.
commands += [{**c, "file": str(pathlib.Path(source).resolve())} for c in commands for source in sources_of(c)]
database = build / "tidy"
database.mkdir(exist_ok=True)
(database / "compile_commands.json").write_text(json.dumps(commands))

files = sorted({(pathlib.Path(c["directory"]) / c["file"]).resolve() for c in commands})
library = [f for f in files if f.parent == build.resolve() and f.name.startswith("intheloop-")]
subprocess.run(["ninja", "-C", build, *(f.name for f in library)], check=True, stdout=subprocess.DEVNULL)  # copies of src.hpp
programs = {folder: [f for f in files if f.is_relative_to(ROOT / folder)] for folder in ("examples", "tools")}

chosen = [f for part, found in {"library": library, **programs}.items() if part in parts for f in found]


def tidy(path):
    # The command may be one of g++, with options that clang does not have.
    command = ["clang-tidy-19", "--quiet", "--extra-arg=-Qunused-arguments", "-p", database, path]
    if path not in library:
        # The analyzer takes what lies in Asio's awaitables for uninitialized.
        command.append("--checks=-clang-analyzer-core.CallAndMessage,-clang-analyzer-core.NullDereference")
    return path, subprocess.run(command, text=True, capture_output=True)


passed = failed = 0
with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    for path, done in pool.map(tidy, chosen):
        if done.returncode == 0:
            passed += 1
        else:
            failed += 1
            print(f"{path.relative_to(ROOT)}:\n{done.stdout}{done.stderr}", flush=True)
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed or not passed else 0)
