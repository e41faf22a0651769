#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""Links a program of several files that include <intheloop.hpp>, and runs it: header-only with Boost.JSON linked, and
with all that is not a template in one file, where no library of Boost may be linked. It links only if nothing is
defined twice or missing. A file of other settings of Asio than that one does not link."""
import argparse
import concurrent.futures
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from compile import ROOT, compile_cpp  # noqa: E402

HERE = ROOT / "tests" / "linking"
SYSTEM = ["-lssl", "-lcrypto", "-pthread"]
PROGRAMS = {
    "header-only": (["first.cpp", "main.cpp"], [], ["-lboost_json", *SYSTEM]),
    "separate": (["first.cpp", "main.cpp", "separate.cpp"], ["-DINTHELOOP_SEPARATE_COMPILATION"], SYSTEM),
}
OTHER_SETTINGS = "-DBOOST_ASIO_ENABLE_HANDLER_TRACKING"
OTHER_NAME = "asio_tracks_handlers"


def compile_file(compiler, directory, what, name, *options):
    target = f"{directory}/{what}-{name}{''.join(options)}.o"
    good, diagnostics = compile_cpp(compiler, [*PROGRAMS[what][1], *options, "-c", str(HERE / name), "-o", target])
    return target, None if good else diagnostics


def check(compiler, directory, what, compiled):
    """Returns the failure of a program of these (object, diagnostics), or None."""
    problems = [diagnostics for _, diagnostics in compiled if diagnostics]
    if problems:
        return "\n".join(problems)
    program = f"{directory}/{what}"
    good, diagnostics = compile_cpp(compiler, [*(target for target, _ in compiled), "-o", program, *PROGRAMS[what][2]])
    if not good:
        return diagnostics
    done = subprocess.run([program], text=True, capture_output=True, timeout=60)
    if done.returncode != 0:
        return f"exit code {done.returncode}: {done.stderr}"
    needs = subprocess.run(["ldd", program], text=True, capture_output=True).stdout
    return f"must not link Boost:\n{needs}" if what == "separate" and "boost" in needs else None


def check_other_settings(compiler, directory, compiled):
    """Returns the failure of a main file with other settings, or None: the linker refuses it, and names them."""
    problems = [diagnostics for _, diagnostics in compiled if diagnostics]
    if problems:
        return "\n".join(problems)
    good, diagnostics = compile_cpp(compiler, [*(target for target, _ in compiled), "-o", f"{directory}/other", *SYSTEM])
    return None if not good and OTHER_NAME in diagnostics else f"must not link for {OTHER_NAME}:\n{diagnostics}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compiler", default=os.environ.get("CXX", "c++"))
    args = parser.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory() as directory, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        pending = {what: [pool.submit(compile_file, args.compiler, directory, what, name) for name in files]
                   for what, (files, _, _) in PROGRAMS.items()}
        other = pool.submit(compile_file, args.compiler, directory, "separate", "main.cpp", OTHER_SETTINGS)
        for what, results in pending.items():
            wrong = check(args.compiler, directory, what, [result.result() for result in results])
            if wrong:
                failed += 1
                print(f"{what}: {wrong}")
        others = [other, *(result for name, result in zip(PROGRAMS["separate"][0], pending["separate"]) if name != "main.cpp")]
        wrong = check_other_settings(args.compiler, directory, [result.result() for result in others])
        if wrong:
            failed += 1
            print(f"other settings: {wrong}")
    print(f"{len(PROGRAMS) + 1 - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
