#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""Follows the links of the Markdown files: one to a file or a directory of the project has to lead there, one with an
anchor to a heading. Addresses of other hosts are not looked at. --self-test breaks links on purpose, and fails if that is
not found."""
import pathlib
import re
import sys
import tempfile
import urllib.parse

from markdown import ROOT, pages, without_blocks

# [text](target), ![text](target "title"), and [name]: target at the beginning of a line.
LINK = re.compile(r"\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)|^\[[^\]]+\]:\s+<?([^\s>]+)", re.MULTILINE)
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$", re.MULTILINE)
CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)")


def anchor_of(heading):
    """As the hosts of repositories make it."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
    return re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")


def anchors_of(markdown):
    found, count = set(), {}
    for heading in HEADING.findall(without_blocks(markdown)):
        anchor = anchor_of(heading)
        again = count.get(anchor, 0)
        count[anchor] = again + 1
        found.add(f"{anchor}-{again}" if again else anchor)
    return found


def links_of(markdown):
    """(line, target) of each link outside of code"""
    text = CODE.sub(lambda code: " " * len(code[0]), without_blocks(markdown))
    for match in LINK.finditer(text):
        yield text.count("\n", 0, match.start()) + 1, match[1] or match[2]


def problem_of(page, target, root):
    """Returns the failure of a link on a page, or None."""
    path, _, anchor = target.partition("#")
    if re.match(r"[a-z][a-z0-9+.-]*:", path):
        return None
    if path.startswith("/"):
        return "is not relative"
    aim = (page.parent / urllib.parse.unquote(path)).resolve() if path else page
    if not aim.is_relative_to(root):
        return "leads out of the project"
    if not aim.exists():
        return "leads nowhere"
    if anchor and aim.suffix == ".md" and anchor not in anchors_of(aim.read_text()):
        return "leads to no heading"
    if anchor and aim.suffix != ".md":
        return "has an anchor in a file that has no headings"
    return None


def check(root):
    """(number of links, problems)"""
    count, problems = 0, []
    for page in pages(root):
        for line, target in links_of(page.read_text()):
            count += 1
            if problem := problem_of(page, target, root):
                problems.append(f"{page.relative_to(root)}:{line}: {target} {problem}")
    return count, problems


GOOD = ["[a](other.md)", "[a](other.md#a-heading)", "[a](#of-its-own)", "[a](../source.hpp)", "[a](..)", "[a](https://example.com/x)",
        "![a](../picture.svg)", "`[a](nothing.md)`", "```text\n[a](nothing.md)\n```", "[a]: other.md", "[a](other.md#a-heading-1)",
        "[a](other.md#with-code-and-a-link)"]
BAD = ["[a](nothing.md)", "[a](other.md#nothing)", "[a](#nothing)", "[a](/other.md)", "[a](../../other.md)", "![a](nothing.svg)",
       "[a]: nothing.md", "[a](../source.hpp#anchor)", "[a](other.md#in-a-block)", "[a](other.md#a-heading-2)", "text [a](other.md) and [b](nothing.md)"]


def self_test():
    wrong = 0
    with tempfile.TemporaryDirectory() as directory:
        root = pathlib.Path(directory).resolve() / "project"
        (root / "docs").mkdir(parents=True)
        (root / "source.hpp").write_text("")
        (root / "picture.svg").write_text("")
        (root / "docs" / "other.md").write_text("# A heading\n\n## A heading\n\n### With `code` and [a link](../source.hpp)\n\n```sh\n# In a block\n```\n")
        for text, good in [(t, True) for t in GOOD] + [(t, False) for t in BAD]:
            (root / "docs" / "page.md").write_text(f"# Of its own\n\n{text}\n")
            _, problems = check(root)
            if bool(problems) == good:
                wrong += 1
                print(f"judged wrongly: {text}: {problems}")
    print(f"self-test: {len(GOOD) + len(BAD)} cases, {wrong} wrong")
    return 1 if wrong else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    count, problems = check(ROOT)
    print("\n".join(problems) or f"{count} links lead somewhere")
    return 1 if problems or not count else 0


if __name__ == "__main__":
    sys.exit(main())
