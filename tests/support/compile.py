# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""How the scripts of the tests call a compiler: one place for the flags."""
import os
import pathlib
import re
import shlex
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
INCLUDE = ROOT / "include"
SEPARATE = ["-DINTHELOOP_SEPARATE_COMPILATION", "-DINTHELOOP_LINK_BOOST"]
LIBRARIES = ["-lboost_json", "-lssl", "-lcrypto", "-pthread"]  # that a program links with them
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Werror"]


def compile_cpp(compiler, arguments, source=None, warnings=True, include=INCLUDE):
    """Runs the compiler on a file's path in `arguments`, or on the text `source`; gives (succeeded, diagnostics)."""
    command = [*shlex.split(compiler), "-std=c++20", *(WARNINGS if warnings else []), *([f"-I{include}"] if include else []),
               *shlex.split(os.environ.get("CXXFLAGS", "")), *arguments]
    if source is not None:
        command += ["-x", "c++", "-"]
    environment = {**os.environ, "LC_ALL": "C"}
    done = subprocess.run(command, input=source, text=True, capture_output=True, env=environment, cwd=ROOT)
    return done.returncode == 0, done.stderr + done.stdout


def gcc_version(compiler):
    """12 for g++ 12; None for another compiler."""
    macros = subprocess.run([*shlex.split(compiler), "-E", "-dM", "-x", "c++", "/dev/null"], text=True,
                            capture_output=True, check=True).stdout
    version = re.search(r"^#define __GNUC__ (\d+)$", macros, re.MULTILINE)
    return int(version[1]) if version and "__clang__" not in macros else None
