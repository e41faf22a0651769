#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""Finds static and inline objects in the headers that are destroyed when the process exits: threads of the program may use them
until its end. One whose value stands in parentheses looks like a function, and is not found. Make one of a type without a destructor, or refer to one that is never destroyed (net/detail/one_of_process.hpp).
--self-test breaks the rule on purpose, and fails if that is not found."""
import pathlib
import re
import sys

INCLUDE = pathlib.Path(__file__).resolve().parent.parent.parent / "include"
COMMENT = re.compile(r"//[^\n]*")
# A static object begins its line; with a parenthesis before its value it would be a function.
OBJECT = re.compile(r"(?m)^[ \t]*((?:(?:inline|thread_local|const) )*(?:static|inline)\b(?!_| namespace)[^;{}()=]*)(?:[=;{])")
# Types without a destructor, or whose destructor does nothing. References and pointers destroy nothing.
HARMLESS = re.compile(r"\bconstexpr\b|[&*](?: const)? \w+$|\b(?:char|int|bool|std::u?int\d+_t|std::size_t|std::atomic<[^;]*>|random_key"
                      r"|redisReplyObjectFunctions|no_value|boost::asio::execution_context::id)(?: const)? \w+(?:\[.*)?$")

GOOD = ["static constexpr std::string_view name = x;", "    static int const made = f();", "    static std::string name();",
        "    static scripts const& made = *new scripts;", "    static table const* const made = [] {",
        "static inline std::atomic<void*> block{nullptr};", "    static random_key const key = draw();",
        "    static_assert(true);", "    // static std::string const text = x;", "    static std::string const& f() {",
        "    static thread_local frame const* innermost = nullptr;", "inline constexpr int most{1};", "inline std::string f() {",
        "inline namespace v1 {", "inline bool operator==(a, b) {"]
BAD = ["    static std::string const text = x;", "    static headers const none;", "static inline std::vector<int> all{1};",
       "    static std::map<int, int*> known;", "    static thread_local std::string text;", "    inline static std::mutex mutex;",
       "inline std::string const text = x;", "inline headers none;"]


def findings(text):
    code = COMMENT.sub(lambda found: " " * len(found.group()), text)
    for found in OBJECT.finditer(code):
        declared = " ".join(found.group(1).split())
        if not HARMLESS.search(declared):
            yield code.count("\n", 0, found.start(1)) + 1, declared


def self_test():
    wrong = [("objects to", each) for each in GOOD if list(findings(each + "\n"))]
    wrong += [("misses", each) for each in BAD if not list(findings(each + "\n"))]
    for how, each in wrong:
        print(f"{how}: {each}")
    print(f"self-test: {len(GOOD) + len(BAD)} cases, {len(wrong)} wrong")
    return 1 if wrong else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    paths = sorted(INCLUDE.rglob("*.[hi]pp"))
    found = [f"{path}:{line}: is destroyed at exit: {declared}" for path in paths for line, declared in findings(path.read_text())]
    print("\n".join(found + [f"{len(paths)} files, {len(found)} found"]))
    return 1 if found or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
