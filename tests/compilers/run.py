#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""Shows that each of the named compilers takes everything without a warning: every header alone, the public ones also
header-only unless --separate-only is given, the program of twenty lines, also where global variables have the names
of parameters, the examples, the tools, the tests, the library in a 32-bit program where the system has what that needs, and that the compile-fail cases fail as they
should."""
import argparse
import concurrent.futures
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "standalone"))
import user_names  # noqa: E402
from check import public_headers  # noqa: E402
from compile import INCLUDE, ROOT, SEPARATE, compile_cpp  # noqa: E402

TESTS = ROOT / "tests"
# Boost and OpenSSL have the same headers for both, but for some that lie where only 64-bit programs look.
FOR_32_BITS = ["-m32", "-D_FILE_OFFSET_BITS=64", "-idirafter", "/usr/include/x86_64-linux-gnu"]
# Of libraries that only newer systems have: the beginning of an include, a header, the package.
NEWER = [("opentelemetry/", "opentelemetry/version.h", "opentelemetry-cpp-dev, from Debian 13 on")]


def syntax(compiler, arguments, text=None):
    """Returns the failure of the file among the arguments, or of the text; or None."""
    good, diagnostics = compile_cpp(compiler, ["-fsyntax-only", f"-I{TESTS}", *arguments], text)
    return None if good else diagnostics


def script(compiler, name, *arguments):
    done = subprocess.run([sys.executable, TESTS / name, f"--compiler={compiler}", *arguments], text=True,
                          capture_output=True)
    return None if done.returncode == 0 else done.stdout + done.stderr


def jobs(compiler, without_tests, separate_only):
    """(what is checked, the check)"""
    header_only = [] if separate_only else public_headers()
    for path in sorted(INCLUDE.rglob("*.hpp")):
        header = path.relative_to(INCLUDE).as_posix()
        modes = ["--both"] if header in header_only else []
        yield header, lambda header=header, modes=modes: script(compiler, "standalone/check.py", *modes, header)
    cases = sorted((TESTS / "compile_fail").glob("*.cpp"))
    yield "tests/compile_fail: the controls", lambda: script(compiler, "compile_fail/run.py", "--controls", *map(str, cases))
    for path in cases:
        yield path.relative_to(ROOT), lambda path=path: script(compiler, "compile_fail/run.py", str(path))
    program = TESTS / "compilers" / "twenty_lines.cpp"
    for arguments in [], SEPARATE:
        yield program.relative_to(ROOT), lambda arguments=arguments: syntax(compiler, [*arguments, str(program)])
    yield "user_names", lambda: syntax(compiler, [], user_names.source(compiler))
    if syntax(compiler, FOR_32_BITS, "#include <string>\n#include <openssl/ssl.h>\n"):
        print(f"{compiler}: left out: 32-bit programs (Debian: g++-multilib)", flush=True)
    else:
        for header in "intheloop/src.hpp", "intheloop/testing/src.hpp", "intheloop/recording/src.hpp", "intheloop/fleet/src.hpp":
            yield f"32 bits: {header}", lambda header=header: syntax(compiler, [*SEPARATE, *FOR_32_BITS],
                                                                    f"#include <{header}>\n")
    sources = sorted(p for folder in ("examples", "tools") for p in (ROOT / folder).rglob("*.cpp"))
    sources += [] if without_tests else sorted(
        p for p in TESTS.rglob("*.cpp") if p.relative_to(TESTS).parts[0] not in ("compile_fail", "compilers"))
    for path in sources:
        lacking = [package for beginning, header, package in NEWER if f"#include <{beginning}" in path.read_text() and
                   syntax(compiler, [], f"#include <{header}>\n")]
        if lacking:
            print(f"{compiler}: left out: {path.relative_to(ROOT)} (Debian: {', '.join(lacking)})", flush=True)
            continue
        yield path.relative_to(ROOT), lambda path=path: syntax(compiler, [*SEPARATE, str(path)])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="what the names of the checks must contain")
    parser.add_argument("--share", default="1/1", help="K/N: each N-th of the checks, from the K-th on")
    parser.add_argument("--separate-only", action="store_true", help="leave out the headers alone as header-only")
    parser.add_argument("--without-tests", action="store_true", help="leave out the sources of the tests")
    parser.add_argument("compiler", nargs="+")
    args = parser.parse_args()
    first, of = map(int, args.share.split("/"))
    if not 1 <= first <= of:
        parser.error("--share takes K/N, K from 1 to N")
    passed = failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for compiler in args.compiler:
            chosen = [job for job in jobs(compiler, args.without_tests, args.separate_only) if args.only in str(job[0])]
            pending = [(what, pool.submit(check)) for what, check in chosen[first - 1::of]]
            for what, result in pending:
                if result.result():
                    print(f"{compiler}: {what}:\n{result.result()}", flush=True)
                    failed += 1
                else:
                    passed += 1
            print(f"{compiler}: {len(pending)} checks done", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
