# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""How the checks of the documents read Markdown: which files there are, and their fenced blocks."""
import collections
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from compile import ROOT  # noqa: E402

MARKER = re.compile(r"^<!--\s*test:\s*(.*?)\s*-->\s*$")
NOT_OURS = {"node_modules", "subprojects", "single_include"}

# `marker` is the text of the comment before the block, empty without one; `first` is the number of its first line.
Block = collections.namedtuple("Block", "page language marker first text")


def pages(root=ROOT):
    """All Markdown files of the project."""
    found = []
    for path in sorted(root.rglob("*.md")):
        parts = path.relative_to(root).parts
        if not any(part in NOT_OURS or part.startswith((".", "build")) for part in parts[:-1]):
            found.append(path)
    return found


def blocks(page, markdown):
    """Each fenced block of a page."""
    marker, language, first, lines = "", None, 0, []
    for number, line in enumerate(markdown.splitlines(), 1):
        if language is None:
            marked = MARKER.match(line)
            if marked:
                marker = marked[1]
            elif line.startswith("```"):
                language, first, lines = line[3:].strip(), number + 1, []
            elif line.strip():
                marker = ""
        elif line.startswith("```"):
            yield Block(page, language, marker, first, "\n".join(lines) + "\n")
            language, marker = None, ""
        else:
            lines.append(line)


def without_blocks(markdown):
    """The text with its fenced blocks blanked, line by line."""
    kept, inside = [], False
    for line in markdown.splitlines():
        fence = line.startswith("```")
        kept.append("" if inside or fence else line)
        inside ^= fence
    return "\n".join(kept) + "\n"
