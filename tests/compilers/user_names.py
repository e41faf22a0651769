# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""A program whose global variables have names of the headers, before these are included: the short ones, and those of
std::chrono. (Longer ones that stand in Boost's headers too would break these.)"""
import re
import shlex
import subprocess

from compile import INCLUDE

INCLUDES = "#include <intheloop.hpp>\n#include <intheloop/testing.hpp>\n#include <intheloop/recording.hpp>\n#include <intheloop/fleet.hpp>\n"
NO_CODE = re.compile(r'//[^\n]*|^\s*#[^\n]*|"(?:\\.|[^"\\\n])*"', re.MULTILINE)
NAMES = re.compile(r"\b([a-z]\w{0,2})\b|\bchrono::(\w+)")
WORDS = {"and", "asm", "do", "for", "if", "int", "new", "not", "or", "std", "try", "xor"}
# C declares some of these: clock() and the like.
DECLARED = re.compile(r"^#define (\w+)|\b(\w+)\s*\(", re.MULTILINE)


def names_of_c(compiler):
    """The functions and macros of the C library that the headers bring along."""
    done = subprocess.run([*shlex.split(compiler), "-std=c++20", f"-I{INCLUDE}", "-E", "-dD", "-x", "c++", "-"],
                          input=INCLUDES, text=True, capture_output=True, check=True)
    kept, is_c = [], False
    for line in done.stdout.splitlines():
        if marker := re.match(r'# \d+ "([^"]*)"', line):
            is_c = not re.search(r"/c\+\+/|/boost/|/intheloop", marker[1])
        elif is_c or line.startswith("#define "):
            kept.append(line)
    return {name for names in DECLARED.findall("\n".join(kept)) for name in names}


def source(compiler):
    names = {name for path in INCLUDE.rglob("*.?pp") for found in NAMES.findall(NO_CODE.sub("", path.read_text()))
             for name in found if name}
    return "".join(f"int {name} = 0;\n" for name in sorted(names - WORDS - names_of_c(compiler))) + INCLUDES
