#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""Compiles each ```cpp block of README.md; one with a main is linked as well, to the compiled libraries that
--library names. An HTML comment before a block says what it is:

    <!-- test: file -->       a source file (default)
    <!-- test: fragment -->   statements in a coroutine that has `loop::client& client`; #include lines may lead
    <!-- test: none -->       not compiled

Each line of a ```sh block that begins with ./run has to name a verb of that script."""
import argparse
import concurrent.futures
import pathlib
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from compile import ROOT, SEPARATE, compile_cpp  # noqa: E402

MARKER = re.compile(r"^<!--\s*test:\s*(\w+)\s*-->\s*$")
KINDS = ("file", "fragment", "none")
LIBRARIES = ["-lboost_json", "-lssl", "-lcrypto", "-pthread"]
FRAGMENT_HEAD = """#include <intheloop.hpp>
#include <boost/asio.hpp>
#include <chrono>
#include <iostream>
#include <string>
#include <utility>
{includes}
namespace loop = intheloop;
namespace asio = boost::asio;
"""
FRAGMENT_BEGIN = "asio::awaitable<void> fragment_{first}([[maybe_unused]] loop::client& client) {{\n"
FRAGMENT_END = "\nco_return;\n}\n"


def blocks(markdown):
    """(language, kind, first line's number, text) of each fenced block"""
    kind, language, first, lines = "file", None, 0, []
    for number, line in enumerate(markdown.splitlines(), 1):
        if language is None:
            marker = MARKER.match(line)
            if marker:
                kind = marker[1]
            elif line.startswith("```"):
                language, first, lines = line[3:].strip(), number + 1, []
            elif line.strip():
                kind = "file"
        elif line.startswith("```"):
            yield language, kind, first, "\n".join(lines) + "\n"
            language, kind = None, "file"
        else:
            lines.append(line)


def includes_of(text):
    return tuple(line for line in text.splitlines() if line.startswith("#include"))


def source_of_fragments(name, fragments):
    """One source file of fragments that have the same includes."""
    parts = [FRAGMENT_HEAD.format(includes="\n".join(includes_of(fragments[0][1])))]
    for first, text in fragments:
        statements = ["" if line.startswith("#include") else line for line in text.splitlines()]
        parts += [FRAGMENT_BEGIN.format(first=first), f'#line {first} "{name}"\n', "\n".join(statements), FRAGMENT_END]
    return "".join(parts)


def sources_of(name, found):
    """(what stands where, the text of a source file): each file of its own, the fragments by their includes."""
    fragments = {}
    for _, kind, first, text in found:
        if kind == "file":
            yield f"{name}:{first}", f'#line {first} "{name}"\n{text}'
        else:
            fragments.setdefault(includes_of(text), []).append((first, text))
    for same in fragments.values():
        yield f"{name}:{', '.join(str(first) for first, _ in same)}", source_of_fragments(name, same)


def check_cpp(compiler, libraries, where, source):
    arguments = ["-fsyntax-only", *SEPARATE]
    with tempfile.TemporaryDirectory() as directory:
        if re.search(r"^int main\(", source, re.MULTILINE):
            arguments = [*SEPARATE, "-o", f"{directory}/program"]
            path = pathlib.Path(directory, "program.cpp")
            path.write_text(source)
            good, diagnostics = compile_cpp(compiler, [*arguments, str(path), *libraries, *LIBRARIES])
        else:
            good, diagnostics = compile_cpp(compiler, arguments, source)
    return None if good else f"{where}: does not compile:\n{diagnostics}"


def check_sh(name, first, text, verbs):
    for number, line in enumerate(text.splitlines(), first):
        match = re.match(r"^\s*(?:\$\s*)?\./run(?:\s+([^\s#]+))?", line)
        if match and match[1] and match[1] not in verbs:
            yield f"{name}:{number}: ./run has no verb {match[1]}"


def verbs_of_run():
    """The labels of the case statement in ./run."""
    text = (ROOT / "run").read_text()
    labels = re.findall(r"^ {4}([a-z][a-z| -]*)\)", text[text.index("case $verb in"):], re.MULTILINE)
    return {verb.strip() for label in labels for verb in label.split("|")}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compiler", default="c++")
    parser.add_argument("--library", action="append", required=True, help="in the order in which they are linked")
    parser.add_argument("file", nargs="?", type=pathlib.Path, default=ROOT / "README.md")
    args = parser.parse_args()
    name, failures, verbs = args.file.name, [], verbs_of_run()
    found = list(blocks(args.file.read_text()))
    for language, kind, first, _ in found:
        if kind not in KINDS:
            failures.append(f"{name}:{first}: `test: {kind}` is none of {', '.join(KINDS)}")
    compiled = [b for b in found if b[0] in ("cpp", "c++") and b[1] in ("file", "fragment")]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        failures += filter(None, pool.map(lambda s: check_cpp(args.compiler, args.library, *s), sources_of(name, compiled)))
    for language, _, first, text in found:
        if language in ("sh", "shell", "bash", "console"):
            failures += check_sh(name, first, text, verbs)
    print("\n".join(failures))
    print(f"{len(compiled)} C++ blocks compiled, {len(failures)} failures")
    return 1 if failures or not compiled else 0


if __name__ == "__main__":
    sys.exit(main())
