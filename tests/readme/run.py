#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""Compiles each ```cpp block of README.md; one with a main is linked as well, header-only. An HTML comment before a
block says what it is:

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
LIBRARIES = ["-lboost_json", "-lboost_url", "-lssl", "-lcrypto", "-pthread"]
FRAGMENT_HEAD = """#include <intheloop.hpp>
#include <boost/asio.hpp>
#include <chrono>
#include <iostream>
#include <string>
#include <utility>
{includes}
namespace loop = intheloop;
namespace asio = boost::asio;
asio::awaitable<void> fragment([[maybe_unused]] loop::client& client) {{
"""
FRAGMENT_TAIL = "\nco_return;\n}\n"


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


def source_of(name, kind, first, text):
    if kind == "file":
        return f'#line {first} "{name}"\n{text}'
    includes, rest = [], []
    for line in text.splitlines():
        (includes if line.startswith("#include") else rest).append(line)
        if line.startswith("#include"):
            rest.append("")
    head = FRAGMENT_HEAD.format(includes="\n".join(includes))
    return f'{head}#line {first} "{name}"\n' + "\n".join(rest) + FRAGMENT_TAIL


def check_cpp(compiler, name, kind, first, text):
    if kind not in KINDS:
        return f"{name}:{first}: `test: {kind}` is none of {', '.join(KINDS)}"
    source = source_of(name, kind, first, text)
    arguments = ["-fsyntax-only", *SEPARATE]
    with tempfile.TemporaryDirectory() as directory:
        if kind == "file" and re.search(r"^int main\(", text, re.MULTILINE):
            arguments = ["-o", f"{directory}/program"]
            path = pathlib.Path(directory, "program.cpp")
            path.write_text(source)
            good, diagnostics = compile_cpp(compiler, [*arguments, str(path), *LIBRARIES])
        else:
            good, diagnostics = compile_cpp(compiler, arguments, source)
    return None if good else f"{name}:{first}: does not compile:\n{diagnostics}"


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
    parser.add_argument("file", nargs="?", type=pathlib.Path, default=ROOT / "README.md")
    args = parser.parse_args()
    name, failures, verbs = args.file.name, [], verbs_of_run()
    found = list(blocks(args.file.read_text()))
    compiled = [b for b in found if b[0] in ("cpp", "c++") and b[1] != "none"]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        failures += filter(None, pool.map(lambda b: check_cpp(args.compiler, name, *b[1:]), compiled))
    for language, _, first, text in found:
        if language in ("sh", "shell", "bash", "console"):
            failures += check_sh(name, first, text, verbs)
    print("\n".join(failures))
    print(f"{len(compiled)} C++ blocks compiled, {len(failures)} failures")
    return 1 if failures or not compiled else 0


if __name__ == "__main__":
    sys.exit(main())
