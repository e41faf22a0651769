#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""Writes the library into one file: what <intheloop.hpp> declares, then what <intheloop/src.hpp> defines.

usage: single_header.py [FILE]        writes FILE (default: single_include/intheloop.hpp)
       single_header.py --self-test   merges small trees, right ones and wrong ones

Each file of ours comes once, where it is first included; of the other includes those stand once that stand under no
condition. The definitions come after all declarations, as they do with separate compilation."""
import pathlib
import re
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
INCLUDE = re.compile(r"^#\s*include\s*([<\"][^>\"]+[>\"])")
OURS = re.compile(r"^[<\"](intheloop(?:/[^>\"]*|\.hpp))[>\"]$")
VERSION = re.compile(r'^#define INTHELOOP_VERSION_STRING "([^"]+)"$', re.MULTILINE)
DEFINITIONS = "#ifndef INTHELOOP_SEPARATE_COMPILATION"

HEAD = """\
// intheloop {version}: a typed C++20 client of the Loop API on Boost.Asio, in one file.
//
// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See the end of this file.)
//
// Made of the headers of the library by `./run single-header`: make changes there.
//
// It needs C++20, Boost and OpenSSL (link ssl and crypto). In exactly one file of the program,
// define INTHELOOP_SOURCE before you include it:
//
//     #define INTHELOOP_SOURCE
//     #include "intheloop.hpp"
//
// - That file also holds the code of the libraries of Boost that have no header-only form. If the
//   program links them instead, define INTHELOOP_LINK_BOOST.
// - With INTHELOOP_SEPARATE_COMPILATION defined for the whole program, it holds all code of the
//   library that is not a template, too; the others compile faster.
"""


class Wrong(Exception):
    """Something that can't be put into one file."""


def body_of(path, name):
    """The lines of a file between its include guards, without the notice of the licence."""
    lines = path.read_text().splitlines()
    start = next((i for i, line in enumerate(lines) if line.startswith("#")), len(lines))
    end = max((i for i, line in enumerate(lines) if line.strip()), default=-1)
    guard = re.match(r"#ifndef (\w+)$", lines[start]) if start < end else None
    if not guard or lines[start + 1] != f"#define {guard[1]}" or lines[end] != "#endif":
        raise Wrong(f"{name}: no include guard around it all")
    return lines[start + 2:end]


def without_definitions(lines, name):
    """The lines without the blocks that include definitions in header-only programs."""
    kept, at = [], 0
    while at < len(lines):
        if lines[at] != DEFINITIONS:
            kept.append(lines[at])
            at += 1
            continue
        for end in range(at + 1, len(lines)):
            if lines[end] == "#endif":
                break
            include = INCLUDE.match(lines[end])
            if lines[end].strip() and not (include and OURS.match(include[1])):
                raise Wrong(f"{name}: `{lines[end]}` stands where only the definitions of header-only programs do")
        at = end + 1
    return kept


class Merger:
    def __init__(self, include):
        self.include = include
        self.taken = set()   # files of ours
        self.others = set()  # includes of others, under no condition

    def lines_of(self, name, keep_own=True):
        """All lines that come of a file and of those of ours that it includes first. Without keep_own: of the latter."""
        if name in self.taken:
            return []
        self.taken.add(name)
        path = self.include / name
        if not path.is_file():
            raise Wrong(f"{name}: there is no such file")
        out, own, depth = [], [], 0
        for line in without_definitions(body_of(path, name), name):
            include = INCLUDE.match(line)
            ours = include and OURS.match(include[1])
            if ours:
                if depth and ours[1] not in self.taken:
                    raise Wrong(f"{name}: includes {ours[1]} under a condition")
                out += self.lines_of(ours[1])
            elif include and not depth:
                if include[1] not in self.others:
                    self.others.add(include[1])
                    own.append(line)
            else:
                if re.match(r"#\s*if", line):
                    depth += 1
                elif re.match(r"#\s*endif", line):
                    depth -= 1
                own.append(line)
        return out + (["", f"// {name}", *own] if keep_own and any(line.strip() for line in own) else [])

    def left_of(self, name):
        """Returns a file without its includes of ours."""
        return [line for line in body_of(self.include / name, name)
                if not (INCLUDE.match(line) and OURS.match(INCLUDE.match(line)[1])) and not line.startswith("//")]


def tidy(lines):
    """One empty line in place of many."""
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines).strip("\n")) + "\n"


def merged(include, licence):
    merger = Merger(include)
    declarations = tidy(merger.lines_of("intheloop.hpp"))
    source = "intheloop/src.hpp"
    boost = tidy(merger.left_of(source))
    definitions = tidy(merger.lines_of(source, keep_own=False))
    forgotten = [p.relative_to(include).as_posix() for p in sorted((include / "intheloop").rglob("*.ipp"))
                 if not {"testing", "recording", "openapi", "fleet"} & set(p.parts) and not p.name.startswith("fleet_") and p.relative_to(include).as_posix() not in merger.taken]
    if forgotten:
        raise Wrong(f"src.hpp reaches no {', '.join(forgotten)}")
    version = VERSION.search(declarations)
    if not version:
        raise Wrong("no header defines INTHELOOP_VERSION_STRING as a text")
    return f"""\
{HEAD.format(version=version[1])}
#ifndef INTHELOOP_HPP
#define INTHELOOP_HPP

{declarations}
#endif // INTHELOOP_HPP

// Definitions of what is not a template.
#if !defined(INTHELOOP_SEPARATE_COMPILATION) || defined(INTHELOOP_SOURCE)
#ifndef INTHELOOP_SRC_HPP
#define INTHELOOP_SRC_HPP

{definitions}
#endif // INTHELOOP_SRC_HPP
#endif

// These parts of Boost have no header-only form.
#ifdef INTHELOOP_SOURCE
{boost}#endif

{"".join(f"// {line}".rstrip() + chr(10) for line in licence.strip().splitlines())}"""


def guarded(text, name="X"):
    return f"// notice\n\n#ifndef {name}\n#define {name}\n\n{text}\n#endif\n"


CONFIG = '#define INTHELOOP_VERSION_STRING "1.2.3"\n'
TREE = {
    "intheloop.hpp": "#include <intheloop/config.hpp>\n#include <intheloop/a.hpp>\n#include <intheloop/b.hpp>\n",
    "intheloop/src.hpp": "// How to use it.\n#include <intheloop.hpp>\n#ifndef INTHELOOP_LINK_BOOST\n#include <boost/json/src.hpp>\n#endif\n"
                         "#include <intheloop/impl/a.ipp>\n",
    "intheloop/config.hpp": CONFIG,
    "intheloop/a.hpp": "#include <intheloop/b.hpp>\n#include <string>\nint a();\n" + DEFINITIONS + "\n#include <intheloop/impl/a.ipp>\n#endif\n",
    "intheloop/b.hpp": "#include <string>\n#ifdef __linux__\n#include <vector>\n#endif\n#include <vector>\nint b();\n",
    "intheloop/impl/a.ipp": "#include <intheloop/a.hpp>\n#include <vector>\n#include <map>\nint a() {}\n",
}


def merge_tree(changes):
    with tempfile.TemporaryDirectory() as directory:
        for name, text in (TREE | changes).items():
            path = pathlib.Path(directory, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text if "#ifndef X" in text else guarded(text))
        return merged(pathlib.Path(directory), "Licence")


def self_test():
    text = merge_tree({})
    order = ["intheloop 1.2.3", "#define INTHELOOP_VERSION", "int b();", "int a();", "#define INTHELOOP_SRC_HPP", "int a() {}", "#ifdef INTHELOOP_SOURCE",
             "boost/json/src.hpp", "// Licence"]
    places = [text.find(each) for each in order]
    checks = {
        "each once, in order": -1 not in places and places == sorted(places) and text.count("int b();") == text.count("int a() {}") == 1,
        "no include of ours": not re.search(r"^#include <intheloop", text, re.MULTILINE),
        "others once": text.count("#include <string>") == text.count("#include <map>") == 1,
        "conditions stay": "#ifdef __linux__\n#include <vector>\n#endif\n#include <vector>" in text and text.count("#include <vector>") == 2,
        "as many ends as conditions": len(re.findall(r"^#if", text, re.MULTILINE)) == len(re.findall(r"^#endif", text, re.MULTILINE)),
        "no advice of src.hpp": "How to use it." not in text,
    }
    for what, changes in {
        "no guard": {"intheloop/b.hpp": "// #ifndef X\nint b();\n"},
        "a missing file": {"intheloop/b.hpp": "#include <intheloop/c.hpp>\n"},
        "a condition around an include of ours": {"intheloop/b.hpp": "#ifdef __linux__\n#include <intheloop/d.hpp>\n#endif\n", "intheloop/d.hpp": "int d();"},
        "a declaration among definitions": {"intheloop/b.hpp": DEFINITIONS + "\nint b();\n#endif\n"},
        "definitions that no source has": {"intheloop/impl/b.ipp": "int b() {}\n"},
        "no version": {"intheloop/config.hpp": "int version;\n"},
    }.items():
        try:
            merge_tree(changes)
            checks[what] = False
        except Wrong:
            checks[what] = True
    for what, good in checks.items():
        if not good:
            print(f"self-test: {what}: judged wrongly")
    print(f"{sum(checks.values())} passed, {len(checks) - sum(checks.values())} failed")
    return 0 if all(checks.values()) else 1


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    target = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "single_include" / "intheloop.hpp"
    try:
        text = merged(ROOT / "include", (ROOT / "LICENSE").read_text())
    except Wrong as wrong:
        print(f"single_header.py: {wrong}", file=sys.stderr)
        return 1
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
    print(f"{target}: {text.count(chr(10)):,} lines")
    return 0


if __name__ == "__main__":
    sys.exit(main())
