#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""Builds modules/intheloop.cppm and a program that imports it, links it with the compiled library, and runs it against
the test server: with the newest clang++ (from 19 on) and the newest g++ (from 16 on) that are found, or with those that
are named. The same by CMake's target, where CMake is new enough. Where there is no compiler for modules it says so, and
exits with 77, which Meson counts as skipped.

usage: module.py [--compiler=CXX]... COMPILED_LIBRARY TEST_SERVER"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
from compile import INCLUDE, LIBRARIES, SEPARATE, compile_cpp, gcc_version  # noqa: E402

MODULE, PROGRAM = ROOT / "modules" / "intheloop.cppm", ROOT / "modules" / "program.cpp"
OLDEST = {"clang++": 19, "g++": 16}
# Headers that a program may include besides, if it uses more of Asio than the module exports.
ASIO = [word for header in ("awaitable", "bind_cancellation_slot", "co_spawn", "io_context", "steady_timer", "use_awaitable")
        for word in ("-include", f"boost/asio/{header}.hpp")]
CONSUMER = """\
cmake_minimum_required(VERSION 3.28)
project(consumer CXX)
add_library(intheloop_compiled INTERFACE)
target_compile_features(intheloop_compiled INTERFACE cxx_std_20)
target_include_directories(intheloop_compiled SYSTEM INTERFACE "{include}")
target_compile_options(intheloop_compiled INTERFACE {separate})
target_link_libraries(intheloop_compiled INTERFACE "{library}" {libraries})
add_subdirectory("{root}/modules" modules)
add_executable(program "{program}")
target_link_libraries(program PRIVATE intheloop::module)
"""
SAYS = """\
started Processing
done Completed
rows
refused response_begun: GET /api/v1/card/{cardId} (card_request) -> card
thrown 404
observed
"""


def output_of(*command):
    return subprocess.run(command, text=True, capture_output=True).stdout


def version_of(compiler):
    return int((re.match(r"\d+", output_of(compiler, "-dumpversion")) or ["0"])[0])


def compilers():
    """The newest of each kind that knows modules."""
    for name, oldest in OLDEST.items():
        found = {path.name for directory in os.get_exec_path() for path in pathlib.Path(directory).glob(f"{name}*")
                 if re.fullmatch(re.escape(name) + r"(?:-\d+)?", path.name) and shutil.which(path.name)}
        newest = max(((version_of(path), path) for path in sorted(found)), default=(0, ""))
        if newest[0] >= oldest:
            yield newest[1]


def build_module(compiler, directory):
    """(arguments of a file that imports it, object files to link, what is wrong or None)"""
    object_file = f"{directory}/module.o"
    if gcc_version(compiler):
        # Where to find which module, in place of a directory gcm.cache where the compiler runs.
        mapper = f"{directory}/modules.map"
        pathlib.Path(mapper).write_text(f"intheloop {directory}/intheloop.gcm\n")
        arguments = ["-fmodules", f"-fmodule-mapper={mapper}"]
        good, text = compile_cpp(compiler, [*SEPARATE, *arguments, "-x", "c++", "-c", str(MODULE), "-o", object_file])
        return arguments, [object_file], None if good else text
    interface = f"{directory}/intheloop.pcm"
    good, text = compile_cpp(compiler, [*SEPARATE, "--precompile", str(MODULE), "-o", interface])
    if good:
        good, text = compile_cpp(compiler, ["-c", interface, "-o", object_file], warnings=False, include=None)
    return [f"-fmodule-file=intheloop={interface}"], [object_file], None if good else text


def run(server, program):
    done = subprocess.run([server, program], text=True, capture_output=True, timeout=60)
    return None if (done.returncode, done.stdout) == (0, SAYS) else f"exit code {done.returncode}\n{done.stdout}{done.stderr}"


def checks(compiler, library, server, directory):
    """(what is checked, what is wrong or None)"""
    arguments, objects, wrong = build_module(compiler, directory)
    yield "the module", wrong
    if wrong:
        return
    good, text = compile_cpp(compiler, [*SEPARATE, *arguments, *ASIO, "-fsyntax-only", str(PROGRAM)])
    yield "a program that includes Asio too", None if good else text
    good, text = compile_cpp(compiler, [*SEPARATE, *arguments, "-c", str(PROGRAM), "-o", f"{directory}/program.o"])
    yield "a program that imports it", None if good else text
    if not good:
        return
    good, text = compile_cpp(compiler, [f"{directory}/program.o", *objects, str(library), *LIBRARIES, "-o", f"{directory}/program"],
                             warnings=False, include=None)
    yield "linking", None if good else text
    if good:
        yield "the program", run(server, f"{directory}/program")


def without_cmake(compiler):
    """Why CMake's target can't be there, or None."""
    version = [int(number) for number in re.findall(r"\d+", output_of("cmake", "--version"))[:2]] if shutil.which("cmake") else []
    if version < [3, 28]:
        return "there is no CMake from 3.28 on"
    if not shutil.which("ninja"):
        return "there is no ninja"
    if not gcc_version(compiler) and not any(map(shutil.which, (f"clang-scan-deps-{version_of(compiler)}", "clang-scan-deps"))):
        return "there is no clang-scan-deps"
    return None


def cmake_checks(compiler, library, server, directory):
    """The same, by CMake's target."""
    pathlib.Path(directory, "CMakeLists.txt").write_text(CONSUMER.format(
        include=INCLUDE, separate=" ".join(SEPARATE), library=library, libraries=" ".join(LIBRARIES), root=ROOT, program=PROGRAM))
    for what, command in {
        "cmake": ["cmake", "-G", "Ninja", f"-DCMAKE_CXX_COMPILER={compiler}", "-S", directory, "-B", f"{directory}/build"],
        "cmake --build": ["cmake", "--build", f"{directory}/build", "--target", "program"],
    }.items():
        done = subprocess.run(command, text=True, capture_output=True)
        yield what, done.stdout + done.stderr if done.returncode else None
        if done.returncode:
            return
    yield "the program that CMake built", run(server, f"{directory}/build/program")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compiler", action="append")
    parser.add_argument("library", metavar="COMPILED_LIBRARY", type=pathlib.Path)
    parser.add_argument("server", metavar="TEST_SERVER", type=pathlib.Path)
    args = parser.parse_args()
    chosen = args.compiler or list(compilers())
    passed = failed = 0
    for compiler in chosen:
        reason = without_cmake(compiler)
        for series in [checks] + ([] if reason else [cmake_checks]):
            with tempfile.TemporaryDirectory() as directory:
                for what, wrong in series(compiler, args.library.resolve(), args.server.resolve(), directory):
                    if wrong is None:
                        passed += 1
                    else:
                        failed += 1
                        print(f"{compiler}: {what}: {wrong}")
        print(f"{compiler}: " + (f"without CMake's target: {reason}" if reason else "with CMake's target"), flush=True)
    if not chosen:
        print("skipped: there is no compiler for modules (clang++ from 19 on, g++ from 16 on)")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0 if chosen else 77


if __name__ == "__main__":
    sys.exit(main())
