#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""The files of an area are one translation unit. Fails where a file of tests has another suite than the one that is
named after it, a test outside of it, or a directive for the preprocessor within it that could reach the next file.
--self-test breaks each rule on purpose, and fails if that is not found."""
import pathlib
import re
import sys

TESTS = pathlib.Path(__file__).resolve().parent.parent
TEST_CASE = re.compile(r"^\s*TEST_CASE(?:_\w+)?\(", re.MULTILINE)


def problems(name, text):
    if not TEST_CASE.search(text):
        return
    opening, closing = f'TEST_SUITE("{name}") {{\n', f'\n}} // TEST_SUITE("{name}")\n'
    if text.count("\nTEST_SUITE") != 1 or text.count("\n" + opening) != 1:
        yield f"its one suite must be {opening.strip()}"
        return
    before, _, rest = text.partition("\n" + opening)
    within, found, after = rest.partition(closing)
    if not found or after:
        yield f"its last line must be {closing.strip()}"
    if TEST_CASE.search(before):
        yield "a test stands before its suite"
    for line in re.findall(r"^#\s*(?:include|define)\b.*", within, re.MULTILINE):
        macro = re.match(r"#\s*define\s+(\w+)", line)
        if not macro or not re.search(rf"^#\s*undef\s+{macro[1]}\b", within, re.MULTILINE):
            yield f"within its suite stands {line}"


def self_test():
    good = '#include <x>\n\nTEST_SUITE("a/b") {\n\nTEST_CASE("x") {\n}\n\n} // TEST_SUITE("a/b")\n'
    bad = [good.replace("a/b", "a/c"), good.replace('TEST_SUITE("a/b") {\n', ""), good + "int after;\n",
           'TEST_CASE("y") {\n}\n' + good, good.replace("\n}\n", "\n}\n#define N 1\n"), good.replace("\n}\n", "\n}\n#include <y>\n"),
           good + good]
    bad.append(good.replace("\n\nTEST_CASE", "\n\nTEST_SUITE_BEGIN(\"c\");\n\nTEST_CASE"))
    right = [good, good.replace("\n}\n", "\n}\n#define N 1\n#undef N\n"), "int no_test;\n"]
    wrong = [text for text in bad if not list(problems("a/b", "\n" + text))]
    wrong += [text for text in right if list(problems("a/b", "\n" + text))]
    print("\n".join(wrong) or f"{len(bad) + len(right)} cases are judged rightly")
    return 1 if wrong else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    found = [f"tests/{path.relative_to(TESTS)}: {problem}"
             for path in sorted(TESTS.rglob("*.cpp"))
             if path.relative_to(TESTS).parts[0] not in ("compile_fail", "compilers", "hazards", "linking")
             and path.name != "googletest.cpp"
             for problem in problems(path.relative_to(TESTS).with_suffix("").as_posix(), path.read_text())]
    print("\n".join(found) or "each file has its suite")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
