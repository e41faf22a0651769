#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""Runs cases that must not compile. The comment lines at a case's top say what the compiler has to print:

    // expect: route_error_unclosed_brace
    // expect-gcc: ...           only asked of g++;  expect-clang: only of clang
    // expect-error-first        the first of the texts stands in the first error
    // only-gcc-before: 13       others compile it, without a warning
    // expect-no-other-error     there is one error, apart from one that ends the compilation
    // compile-with: -std=c++17  options of the case, not of its control

With CONTROL defined the same file must compile without a warning, so that a case never fails for an unrelated reason.
--controls shows that for all of the cases in one file, each in a namespace of its own; a case with options or macros
of its own shows it by itself.

    #ifdef CONTROL
    inline constexpr auto path = route("/a/{id}");
    #else
    inline constexpr auto path = route("/a/{id");
    #endif
"""
import argparse
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from compile import SEPARATE, compile_cpp, gcc_version  # noqa: E402

ONLY = re.compile(r"^// only-gcc-before: (\d+)$", re.MULTILINE)
DIRECTIVE = re.compile(r"^//\s*expect(?:-(gcc|clang))?:\s*(.*\S)\s*$")
OPTIONS = re.compile(r"^//\s*compile-with:\s*(.*\S)\s*$")
SECOND = re.compile(r".\s(?:expect:|expect-[a-z]|only-gcc-before:|compile-with:)")


def directives(text, gcc):
    """(the expected texts, whether the first error has to hold the first of them, whether it is the only one, options)"""
    expected, options, flags = [], [], set()
    for line in text.splitlines():
        if not line.startswith("//"):
            break
        match = DIRECTIVE.match(line)
        if match and match[1] != ("clang" if gcc else "gcc"):
            expected.append(match[2])
        match = OPTIONS.match(line)
        options += match[1].split() if match else []
        flags.add(line[2:].strip())
    return expected, "expect-error-first" in flags, "expect-no-other-error" in flags, options


def joined(text):
    """The comment lines at the top with a directive behind something else, where a formatter has joined lines."""
    top = text.split("\n#", 1)[0].splitlines()
    return [line for line in top if line.startswith("//") and SECOND.search(line[3:])]


def first_error(diagnostics):
    """From the first line that says `error:` up to the next such line."""
    parts = re.split(r"^(?=.*\berror: )", diagnostics, flags=re.MULTILINE)
    return parts[1] if len(parts) > 1 else ""


def errors(diagnostics):
    """The lines that say `error:`; not `fatal error:`, after which a compiler stops."""
    return [line for line in diagnostics.splitlines() if re.search(r"(?<!fatal) error: ", line)]


def plain_quotes(text):
    return text.replace("\u2018", "'").replace("\u2019", "'")


def check(compiler, gcc, path):
    text = path.read_text()
    expected, first, alone, options = directives(text, gcc)
    if not expected:
        return ["no `// expect: ` line at the top"]
    if "CONTROL" not in text:
        return ["no CONTROL variant"]
    failures = [f"a line for each, not: {line}" for line in joined(text)]
    arguments = [*SEPARATE, "-fsyntax-only", str(path)]
    only = ONLY.search(text)
    if only and not (gcc and gcc < int(only[1])):
        good, diagnostics = compile_cpp(compiler, arguments)
        return [] if good else [f"must compile with this compiler:\n{diagnostics}"]
    if stands_alone(text):
        failures += controls(compiler, [path])
    good, diagnostics = compile_cpp(compiler, [*options, *arguments], warnings=False)
    diagnostics = plain_quotes(diagnostics)
    if good:
        failures.append("compiles, and must not")
    for wanted in expected:
        if wanted not in diagnostics:
            failures.append(f"the diagnostics lack `{wanted}`:\n{diagnostics}")
    if first and not good and expected[0] not in first_error(diagnostics):
        failures.append(f"the first error lacks `{expected[0]}`:\n{diagnostics}")
    if alone and len(errors(diagnostics)) != 1:
        failures.append(f"there is not one error:\n{diagnostics}")
    return failures


def stands_alone(text):
    """Tells whether the case can't be compiled with others: it has options or macros of its own."""
    return bool(directives(text, None)[3]) or "#define" in text


def controls(compiler, paths):
    """All together, after what any of them includes, and as a program with UndefinedBehaviorSanitizer is compiled: g++
    then takes fewer expressions for constants. One by itself is compiled as it stands."""
    if len(paths) == 1:
        good, diagnostics = compile_cpp(compiler, [*SEPARATE, "-fsyntax-only", "-DCONTROL", str(paths[0])])
    else:
        texts = {path: path.read_text() for path in paths}
        shared = [path for path in paths if not stands_alone(texts[path])]
        includes = sorted({line for path in shared for line in re.findall(r"^#include <.*>", texts[path], re.MULTILINE)})
        source = "\n".join([*includes, "#define CONTROL",
                            *(f'namespace {path.stem} {{\n#include "{path}"\n}}' for path in shared), ""])
        good, diagnostics = compile_cpp(compiler, [*SEPARATE, "-fsanitize=undefined", "-fsyntax-only"], source)
    return [] if good else [f"the control must compile:\n{diagnostics}"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compiler", default="c++")
    parser.add_argument("--controls", action="store_true")
    parser.add_argument("case", nargs="+", type=pathlib.Path)
    args = parser.parse_args()
    if args.controls:
        found = controls(args.compiler, [path.resolve() for path in args.case])
        print("\n".join(found))
        return 1 if found else 0
    gcc = gcc_version(args.compiler)
    failed = False
    for path in args.case:
        for failure in check(args.compiler, gcc, path.resolve()):
            print(f"{path}: {failure}")
            failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
