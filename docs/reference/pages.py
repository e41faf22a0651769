#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""The Markdown files as pages of the site, as Doxygen has to read them: pages.py DIRECTORY writes them there, with the files
that they link to in DIRECTORY/html; --self-test tests it.

- Each page and each heading gets a name, by which links between the pages lead there.
- A link to another file of the project leads to a copy of it.
- A name of the public face in backticks leads to its reference, where it stands first on a page.
- The order of the guide is the one of its table in README.md."""
import html
import pathlib
import re
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(ROOT / "tests" / "docs")]
import check  # noqa: E402
import filter as headers  # noqa: E402
from links import anchor_of  # noqa: E402

# The pages of the site besides the guide.
DECISIONS = "docs/decisions/README.md"
OTHERS = ["docs/routes.md", "docs/structure.md", DECISIONS, "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md",
          "benchmarks/results/README.md"]
FACE = ["intheloop", "intheloop::report", "intheloop::drafts", "intheloop::documentation", "intheloop::testing"]
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")
SPAN = re.compile(r"`[^`\n]+`")
NAME = re.compile(r"`(?:loop::|intheloop::)?((?:testing::|report::|drafts::|documentation::)?[a-z]\w*_\w+|(?:loop|intheloop)::[a-z]\w*)(?:\(\))?`")


def name_of(path):
    """docs/guide/first-call.md is guide_first_call."""
    return re.sub(r"\W", "_", path.removeprefix("docs/").removesuffix(".md").lower())


def guide():
    """The pages of the guide in their order."""
    return ["docs/guide/" + page for page in re.findall(r"^\| \[[^\]]+\]\(docs/guide/([\w-]+\.md)\)", (ROOT / "README.md").read_text(), re.MULTILINE)]


def all_pages():
    decisions = sorted(p.relative_to(ROOT).as_posix() for p in (ROOT / "docs" / "decisions").glob("*.md"))
    return list(dict.fromkeys([*guide(), *OTHERS, *decisions]))


def public_names():
    """The names that programs use, by how they are written: {"row_reader": "intheloop::row_reader"}."""
    found = {}
    for path in sorted((ROOT / "include").rglob("*.hpp")):
        if "detail" in path.parts:
            continue
        for scope, name in check.declared(path.read_text()):
            if scope in FACE and not name.startswith("operator"):
                short = f"{scope}::{name}".removeprefix("intheloop::")
                found.setdefault(short, f"{scope}::{name}")
    return found


def escape(code):
    """Text within <code>, which Doxygen reads as it does other text."""
    return re.sub(r"([\\@#%*|])", r"\\\1", code).replace("--", "\\--")


class Page:
    def __init__(self, path, pages, names):
        self.path, self.pages, self.names = path, pages, dict(names)
        self.copies = set()  # files that the page links to

    def target(self, target):
        """How the site links to it; None if it has nothing there."""
        if re.match(r"[a-z][a-z0-9+.-]*:", target):
            return target
        path, _, anchor = target.partition("#")
        aim = (ROOT / self.path).parent.joinpath(path).resolve() if path else ROOT / self.path
        if aim.is_dir() and (aim / "README.md").exists() and aim != ROOT:
            aim = aim / "README.md"
        below = aim.relative_to(ROOT).as_posix()
        if below == "README.md":
            return "@ref guide_installing" if anchor == "install" else "@ref index"
        if below in self.pages:
            return f"@ref {name_of(below)}" + (f"_{anchor}".replace("-", "_") if anchor else "")
        if not aim.is_file():
            return None
        self.copies.add(below)
        return f"files/{below}" + ("" if aim.suffix in (".json", ".svg") else ".txt")

    def link(self, match):
        image, text, target = match.groups()
        if image:
            return f"![{text}]({pathlib.PurePath(target).name})"
        there = self.target(target)
        if not there:
            return text
        # In the text of a link, Doxygen shows backticks as they stand.
        if there.startswith("@ref "):
            # The decisions stand below their list.
            command = "@subpage" if self.path == DECISIONS and there.startswith("@ref decisions_") else "@ref"
            return f'{command} {there.removeprefix("@ref ")} "{text.replace("`", "")}"'
        return f'<a href="{there}">{SPAN.sub(lambda code: "<code>" + html.escape(code[0][1:-1]) + "</code>", text)}</a>'

    def span(self, match):
        found = NAME.fullmatch(match[0])
        name = found and re.sub(r"^(?:loop|intheloop)::", "", found[1])
        full = self.names.pop(name, None) if name else None
        if full:
            return f'<code>@ref {full} "{match[0][1:-1]}"</code>'
        # An apostrophe would end the code.
        return f"<code>{escape(html.escape(match[0][1:-1], quote=False))}</code>" if "'" in match[0] else match[0]

    def prose(self, line):
        """A line outside of blocks."""
        if line.startswith("#"):
            return self.heading(line)
        line = re.sub(r"\*\*(`[^`]+`)\*\*", r"<b>\1</b>", line)  # which Doxygen does not read as bold code
        made, at = [], 0
        for match in LINK.finditer(line):
            made += [self.words(line[at:match.start()]), self.link(match)]
            at = match.end()
        return "".join([*made, self.words(line[at:])])

    def words(self, text):
        parts = re.split(f"({SPAN.pattern})", text)
        return "".join(SPAN.sub(self.span, part) if i % 2 else re.sub(r"([\\@])", r"\\\1", part) for i, part in enumerate(parts))

    def heading(self, line):
        marks, text = re.match(r"(#+) (.*)", line).groups()
        anchor = anchor_of(text)
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text).replace("[Unreleased]", "Unreleased")
        plain = re.sub(r"^\[([^\]]+)\]", r"\1", plain).replace("`", "")
        name = name_of(self.path) + ("" if marks == "#" and not self.begun else "_" + anchor.replace("-", "_"))
        # A second title on a page would be a second page.
        level = marks if marks != "#" or not self.begun else "##"
        self.begun = True
        return f"{level} {plain} {{#{name}}}"

    def made(self, text):
        self.begun = False
        lines, inside = [], False
        for line in text.splitlines():
            fence = line.startswith("```")
            if fence or inside:
                inside ^= fence
                lines.append(line)
            elif not re.match(r"^<!--.*-->\s*$", line):
                lines.append(self.prose(line))
        return "\n".join(lines) + "\n"


def main_page():
    """main.md, with the lists of pages in the place of their marks."""
    rows = re.findall(r"^\| \[[^\]]+\]\(docs/guide/([\w-]+\.md)\) \| (.*) \|$", (ROOT / "README.md").read_text(), re.MULTILINE)
    listed = ["| page | tells how to |", "| --- | --- |"] + [f"| \\subpage {name_of('docs/guide/' + page)} | {Page('README.md', [], {}).words(text)} |" for page, text in rows]
    text = (HERE / "main.md").read_text().replace("(../call.svg)", "(call.svg)").replace("<!-- guide -->", "\n".join(listed))
    others = [f"- \\subpage {name_of(page)}" for page in OTHERS]
    return text.replace("<!-- others -->", "\n".join(others))


def self_test():
    pages = ["docs/guide/a.md", "docs/guide/b.md", "SECURITY.md"]
    names = {"row_reader": "intheloop::row_reader", "errc": "intheloop::errc", "testing::server": "intheloop::testing::server"}
    cases = [
        ("# A page\n\n## Of `it`, and more\n", "# A page {#guide_a}\n\n## Of it, and more {#guide_a_of_it_and_more}\n"),
        ("# A\n\n# B\n", "# A {#guide_a}\n\n## B {#guide_a_b}\n"),
        ("[b](b.md), [s](../../SECURITY.md), [c](b.md#to-be)", '@ref guide_b "b", @ref security "s", @ref guide_b_to_be "c"\n'),
        ("[own](#to-be)", '@ref guide_a_to_be "own"\n'),
        ("[`x`](../../LICENSE)", '<a href="files/LICENSE.txt"><code>x</code></a>\n'),
        ("[x](../../benchmarks/calls)", "x\n"),
        ("[x](https://example.com/y)", '<a href="https://example.com/y">x</a>\n'),
        ("![p](../call.svg)", "![p](call.svg)\n"),
        ("`f<\',\'>` and `--x`", "<code>f&lt;\',\'&gt;</code> and `--x`\n"),
        ("**`x`**: **y**", "<b>`x`</b>: **y**\n"),
        ("a@b \\x `a@b`", "a\\@b \\\\x `a@b`\n"),
        ("`row_reader` `row_reader` `loop::errc` `errc` `else_where`",
         '<code>@ref intheloop::row_reader "row_reader"</code> `row_reader` <code>@ref intheloop::errc "loop::errc"</code> `errc` `else_where`\n'),
        ("`testing::server` [`row_reader`](b.md)", '`testing::server` @ref guide_b "row_reader"\n'),
        ("<!-- test: none -->\n```cpp\n# `row_reader` @\n```\n", "```cpp\n# `row_reader` @\n```\n"),
    ]
    wrong = 0
    for text, want in cases:
        got = Page("docs/guide/a.md", pages, names).made(text)
        if got != want:
            wrong += 1
            print(f"made of\n{text}\n--- this:\n{got}\n--- instead of:\n{want}\n")
    print(f"self-test: {len(cases)} cases, {wrong} wrong")
    return 1 if wrong else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    target = pathlib.Path(sys.argv[1])
    (target / "pages").mkdir(parents=True, exist_ok=True)
    pages, names, copies = all_pages(), public_names(), set()
    for path in pages:
        page = Page(path, pages, names)
        (target / "pages" / f"{name_of(path)}.md").write_text(page.made((ROOT / path).read_text()))
        copies |= page.copies
    (target / "pages" / "main.md").write_text(main_page())
    for path in copies:
        copy = target / "html" / "files" / (path if path.endswith((".json", ".svg")) else path + ".txt")
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, copy)
    return 0


if __name__ == "__main__":
    sys.exit(main())
