# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""How the scripts of the tests call a compiler: one place for the flags."""
import os
import pathlib
import shlex
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
INCLUDE = ROOT / "include"
SEPARATE = ["-DINTHELOOP_SEPARATE_COMPILATION", "-DINTHELOOP_LINK_BOOST"]
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


def is_gcc(compiler):
    version = subprocess.run([*shlex.split(compiler), "--version"], text=True, capture_output=True).stdout
    return "clang" not in version
