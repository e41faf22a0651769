#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""Compiles each ```cpp block of the Markdown files. A comment before a block says how it is tested:

    <!-- test: file -->          a source file (default)
    <!-- test: run -->           a program, which is linked with --library and run; it has to end with 0. One that reads
                                 its options from the environment runs under the test server (--server).
    <!-- test: fragment -->      statements in a coroutine that has `loop::client& client`; #include lines may lead
    <!-- test: part of PATH -->  stands in that file of the project, which is compiled elsewhere
    <!-- test: none -->          not compiled

All programs are one translation unit, and all other blocks another, since they instantiate the same templates: each block
has a namespace of its own, and the includes of all stand first. So that a block is still complete for a reader who copies
it, it has to name the headers of NEEDED itself.

Each line of a ```sh block that begins with ./run has to name a verb of that script. --self-test tests all of this."""
import argparse
import concurrent.futures
import pathlib
import re
import subprocess
import sys
import tempfile

from markdown import ROOT, blocks, pages
from compile import LIBRARIES, SEPARATE, compile_cpp  # in tests/support, which markdown.py has found

INCLUDE = re.compile(r"^#include\s+(\S+)[^\n]*\n", re.MULTILINE)
MAIN = re.compile(r"^int main\(\) \{(.*?)^\}", re.MULTILINE | re.DOTALL)
FRAGMENT_INCLUDES = ["<intheloop.hpp>", "<boost/asio.hpp>", "<chrono>", "<iostream>", "<string>", "<utility>"]
FRAGMENT = """asio::awaitable<void> statements([[maybe_unused]] loop::client& client) {{
#line {first} "{page}"
{text}
co_return;
}}
"""
ALIASES = "namespace loop = intheloop;\nnamespace asio = boost::asio;\n"
# Neither the one header nor another of a block's headers brings these.
NEEDED = {"<iostream>": r"\bstd::(?:cout|cerr|clog)\b", "<cassert>": r"\bassert\(", "<cstdlib>": r"\bstd::getenv\b",
          "<fstream>": r"\bstd::[io]?fstream\b", "<intheloop/testing.hpp>": r"\bloop::testing::(?!recorder|recording|player)", "<intheloop/recording.hpp>": r"\bloop::testing::(?:recorder|recording|player)",
          "<intheloop/openapi.hpp>": r"\bintheloop::openapi\(", "<optional>": r"\bstd::(?:optional\b|nullopt\b)",
          "<variant>": r"\bstd::(?:variant\b|get_if\b|holds_alternative\b)", "<vector>": r"\bstd::vector\b"}


def where(block):
    return f"{block.page}:{block.first}"


def kind_of(block):
    return block.marker or "file"


def name_of(block):
    return re.sub(r"\W", "_", block.page) + f"_{block.first}"


def includes_of(block):
    return INCLUDE.findall(block.text) + (FRAGMENT_INCLUDES if kind_of(block) == "fragment" else [])


def missing_includes(block):
    there = includes_of(block)
    for header, pattern in NEEDED.items():
        if re.search(pattern, block.text) and header not in there:
            yield f"{where(block)}: uses {re.search(pattern, block.text)[0]} and does not include {header}"


def part_of(block):
    """The file that the block is a part of, or None."""
    match = re.fullmatch(r"part of (\S+)", block.marker)
    return match and match[1]


def check_part(block, root=ROOT):
    path = root / part_of(block)
    if not path.is_file():
        return [f"{where(block)}: there is no file {part_of(block)}"]
    return [] if block.text in path.read_text() else [f"{where(block)}: this text does not stand in {part_of(block)}"]


def body_of(block):
    """A block within its namespace; its includes stand elsewhere. main() becomes a function that another main() calls."""
    text = INCLUDE.sub("\n", block.text)
    if kind_of(block) == "fragment":
        return ALIASES + FRAGMENT.format(page=block.page, first=block.first, text=text)
    text = MAIN.sub(lambda found: f"int program() {{{found[1]}return 0; }}", text)
    return f'#line {block.first} "{block.page}"\n{text}'


# g++ takes a block for a header, because of its #line, and warns of types that no other file could name.
QUIET = """#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wsubobject-linkage"
#endif
"""


def unit_of(found):
    """The translation unit of these blocks."""
    includes = list(dict.fromkeys(header for block in found for header in includes_of(block)))
    return "".join([QUIET] + [f"#include {header}\n" for header in includes] +
                   [f"namespace {name_of(block)} {{\n{body_of(block)}}}\n" for block in found])


def dispatcher_of(programs):
    calls = "".join(f'    if (argv[1] == std::string_view("{name_of(block)}"))\n        return {name_of(block)}::program();\n'
                    for block in programs)
    return f'#line 1 "dispatcher"\n#include <string_view>\nint main(int, char** argv) {{\n{calls}    return 99;\n}}\n'


def compile_unit(compiler, found):
    good, diagnostics = compile_cpp(compiler, ["-fsyntax-only", *SEPARATE], unit_of(found))
    return [] if good else [f"does not compile:\n{diagnostics}"]


def run_program(program, block, server, directory):
    below = pathlib.Path(directory, name_of(block))
    below.mkdir()
    command = [program, name_of(block)]
    if "from_env()" in block.text:
        if not server:
            sys.stdout.write(f"{where(block)}: not run, as there is no test server\n")
            return []
        command.insert(0, server)
    done = subprocess.run(command, text=True, capture_output=True, timeout=300, cwd=below)
    return [] if done.returncode == 0 else [f"{where(block)}: ends with {done.returncode}:\n{done.stdout}{done.stderr}"]


def run_unit(compiler, libraries, server, programs):
    """Compiles all programs as one, and runs each."""
    problems = [f"{where(block)}: has no `int main() {{`" for block in programs if not MAIN.search(block.text)]
    if problems or not programs:
        return problems
    with tempfile.TemporaryDirectory() as directory:
        source, program = pathlib.Path(directory, "program.cpp"), f"{directory}/program"
        source.write_text(unit_of(programs) + dispatcher_of(programs))
        good, diagnostics = compile_cpp(compiler, [*SEPARATE, "-o", program, str(source), *libraries, *LIBRARIES])
        if not good:
            return [f"does not compile:\n{diagnostics}"]
        with concurrent.futures.ThreadPoolExecutor(len(programs)) as pool:
            for failures in pool.map(lambda block: run_program(program, block, server, directory), programs):
                problems += failures
    return problems


def check_sh(block, verbs):
    for number, line in enumerate(block.text.splitlines(), block.first):
        match = re.match(r"^\s*(?:\$\s*)?\./run(?:\s+([^\s#]+))?", line)
        if match and match[1] and match[1] not in verbs:
            yield f"{block.page}:{number}: ./run has no verb {match[1]}"


def verbs_of_run():
    """The labels of the case statement in ./run."""
    text = (ROOT / "run").read_text()
    labels = re.findall(r"^ {4}([a-z][a-z| -]*)\)", text[text.index("case $verb in"):], re.MULTILINE)
    return {verb.strip() for label in labels for verb in label.split("|")}


def check(found, compiler, libraries, server, verbs):
    """Returns the failures of these blocks, and how many of them are C++ that is tested."""
    failures, units = [], {"file": [], "fragment": [], "run": []}
    tested = 0
    for block in found:
        if block.language in ("sh", "shell", "bash", "console"):
            failures += check_sh(block, verbs)
        if block.language not in ("cpp", "c++"):
            if block.marker and not part_of(block):
                failures.append(f"{where(block)}: `test: {block.marker}` stands before a block that is no C++")
        elif kind_of(block) in units:
            units[kind_of(block)].append(block)
            failures += missing_includes(block)
            tested += 1
        elif not part_of(block) and kind_of(block) != "none":
            failures.append(f"{where(block)}: `test: {block.marker}` is no way to test a block")
        if part_of(block):
            failures += check_part(block)
            tested += 1
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        running = pool.submit(run_unit, compiler, libraries, server, units["run"])
        others = units["file"] + units["fragment"]
        compiling = pool.submit(compile_unit, compiler, others) if others else None
        failures += running.result() + (compiling.result() if compiling else [])
    return failures, tested


# A page, and the parts of what is said of it; none where it is good.
CASES = [
    ("```cpp\nint f();\n```\n", []),
    ("```cpp\nint x = y;\n```\n", ["page.md:2:9: error"]),
    ("<!-- test: none -->\n```cpp\nint f()\n```\n", []),
    ("<!-- test: some -->\n```cpp\nint f();\n```\n", ["page.md:3: `test: some`"]),
    ("<!-- test: run -->\n```sh\ntrue\n```\n", ["page.md:3: `test: run` stands before"]),
    ("<!-- test: run -->\n```cpp\nint main() {\n}\n```\n<!-- test: run -->\n```cpp\nint main() {\n    return 0;\n}\n```\n", []),
    ("<!-- test: run -->\n```cpp\nint main() {\n    return 3;\n}\n```\n", ["page.md:3: ends with 3"]),
    ("<!-- test: run -->\n```cpp\nint f();\n```\n", ["page.md:3: has no `int main() {`"]),
    ("```cpp\n#include <string>\nint x;\n```\n```cpp\n#include <vector>\nstd::vector<int> x;\n```\n", []),
    ("```cpp\n#include <cassert>\nint x;\n```\n```cpp\nvoid f() { assert(true); }\n```\n", ["page.md:6: uses assert( and does not include <cassert>"]),
    ("<!-- test: part of tests/support/compile.py -->\n```cpp\nimport os\nimport pathlib\n```\n", []),
    ("<!-- test: part of tests/support/compile.py -->\n```cpp\nimport nothing\n```\n", ["page.md:3: this text does not stand"]),
    ("<!-- test: part of no/such/file -->\n```cpp\nint x;\n```\n", ["page.md:3: there is no file"]),
    ("```sh\n./run test\n./run nothing\n```\n", ["page.md:3: ./run has no verb nothing"]),
    ("<!-- test: none -->\n\nText.\n\n```cpp\nint x = y;\n```\n", ["page.md:6:9: error"]),
]


def self_test(compiler):
    wrong = 0
    for text, parts in CASES:
        failures, _ = check(list(blocks("page.md", text)), compiler, [], None, {"test"})
        said = "\n".join(failures)
        if bool(failures) != bool(parts) or not all(part in said for part in parts):
            wrong += 1
            print(f"of\n{text}--- says:\n{said}\n--- instead of: {parts}")
    print(f"self-test: {len(CASES)} cases, {wrong} wrong")
    return 1 if wrong else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compiler", default="c++")
    parser.add_argument("--library", action="append", default=[], help="in the order in which they are linked")
    parser.add_argument("--server", help="the program test-server")
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("page", nargs="*", type=pathlib.Path, help="default: all Markdown files of the project")
    args = parser.parse_args()
    if args.self_test:
        return self_test(args.compiler)
    found = [block for path in args.page or pages()
             for block in blocks(path.resolve().relative_to(ROOT).as_posix(), path.read_text())]
    failures, tested = check(found, args.compiler, args.library, args.server, verbs_of_run())
    print("\n".join(failures))
    print(f"{tested} C++ blocks of {len({block.page for block in found})} pages tested, {len(failures)} failures")
    return 1 if failures or not tested else 0


if __name__ == "__main__":
    sys.exit(main())
