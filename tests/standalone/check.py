#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""Compiles each named header (a path below include/) in a file of its own that includes it twice, with separate
compilation and, where --both asks for it, header-only; what stands in impl/, which nobody includes by name, only with
the former. What stands in base/, endpoint/, api/, codec/, policy/ and openapi/ must not reach Asio, Beast or OpenSSL.
--public lists the headers that users include."""
import argparse
import pathlib
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from compile import INCLUDE, SEPARATE, compile_cpp  # noqa: E402
from layers import is_public  # noqa: E402

WITHOUT_ASIO = {"base", "fwd.hpp", "endpoint", "api", "codec", "policy", "openapi", "openapi.hpp"}
NETWORK = re.compile(r"\S*/(?:boost/(?:asio|beast)|openssl)/\S*")


def check(compiler, header, mode):
    """(what is wrong or None, the files that the header reaches)"""
    source = f"#include <{header}>\n#include <{header}>\n"
    arguments = SEPARATE if mode == "separate" else []
    with tempfile.NamedTemporaryFile(suffix=".d") as dependencies:
        good, text = compile_cpp(
            compiler, [*arguments, "-fsyntax-only", "-MD", "-MT", "x", "-MF", dependencies.name], source)
        if not good:
            return f"{header} ({mode}) does not compile alone:\n{text}", ""
        reached = pathlib.Path(dependencies.name).read_text()
    parts = pathlib.PurePath(header).parts
    found = NETWORK.search(reached)
    if found and len(parts) > 1 and parts[1] in WITHOUT_ASIO:
        return f"{header} ({mode}) must compile without Asio and reaches {found.group()}", reached
    return None, reached


def declarations(reached):
    """The text of the library's headers among the files of a dependency list."""
    return "".join(pathlib.Path(p).read_text() for p in reached.split()
                   if "/include/intheloop" in p and not p.endswith("/config.hpp"))


def public_headers():
    """Those that users include, without src.hpp and its kind: the libraries are made of these."""
    return sorted(path for path in (p.relative_to(INCLUDE).as_posix() for p in INCLUDE.rglob("*.hpp")) if is_public(path) and not path.endswith(("/src.hpp", "_src.hpp")))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compiler", default="c++")
    parser.add_argument("--both", action="store_true")
    parser.add_argument("--public", action="store_true")
    parser.add_argument("header", nargs="*")
    args = parser.parse_args()
    if args.public:
        print("\n".join(public_headers()))
        return 0
    failures = []
    for header in args.header:
        failure, reached = check(args.compiler, header, "separate")
        failures += filter(None, [failure])
        # Without a definition file on the way the other mode is the same text.
        if not args.both or header.endswith("src.hpp") or "impl" in pathlib.PurePath(header).parts:
            continue
        if (failure or "INTHELOOP_DECL" in declarations(reached)):
            failures += filter(None, [check(args.compiler, header, "header-only")[0]])
    print("\n".join(failures))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
