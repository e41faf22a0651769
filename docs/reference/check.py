#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""Looks at the site that was built in DIRECTORY: whether all that the headers declare for programs is in it (Doxygen says
nothing of what it loses) and has a comment where Doxygen does not ask for one, whether the comment of each asynchronous
function keeps to the checklist, whether links lead to every page, whether each link leads somewhere, and whether no mark of
Markdown and no path of this machine stands in it. --self-test tests it."""
import html as html_text
import pathlib
import re
import sys
import tempfile
import urllib.parse
import xml.etree.ElementTree

import declarations
import filter as headers

PAGE = re.compile(r"[\w~-]+\.html\b")
# What the comment of a public asynchronous function has to say, as far as a program can tell.
CHECKLIST = [
    ("when it completes (Completes)", re.compile(r"\bCompletes\b")),
    ("the completion signature (void(...))", re.compile(r"\bvoid\(")),
    ("cancellation", re.compile(r"ancel")),
    ("an example (lines indented by four more spaces)", re.compile(r"^     ", re.MULTILINE)),
]


def declared(text):
    """What a header declares for programs, as (scope, name)."""
    def visit(scope):
        for d in scope.inner:
            path = d.path
            if d.access != "public" or headers.INTERNAL & set(path) or "detail" in path:
                continue
            if headers.is_left_out(d) if d.kind == "namespace" else not scope.scope:
                continue
            if d.kind in ("namespace", "class"):
                yield from visit(d)
            if d.kind in ("class", "function", "data", "alias", "enum"):
                name = re.sub(r"<.*", "", d.name) if d.kind == "class" else d.name
                yield "::".join(part for part in path[:-1] if part), name

    return set(visit(declarations.Parser(declarations.mask(text)[0]).root))


def uncommented(path, text):
    """Where a header has what needs a comment and has none, as (line, kind, name)."""
    read = headers.Filter(path, text)
    return [(read.line_of(d.begin) + 1, d.kind, d.name) for d in read.uncommented()]


def incomplete(path, text):
    """The public functions async_... of a header whose comment misses points of the checklist, as (line, name, points). An
    overload without a comment shares that of the function above."""
    read = headers.Filter(path, text)

    def visit(scope):
        above, comment = None, ""
        for d in scope.inner:
            if d.access != "public" or headers.INTERNAL & set(d.path) or "detail" in d.path:
                continue
            if d.kind in ("namespace", "class"):
                yield from visit(d)
            elif d.kind == "function":
                own = "\n".join(read.comment(line) for line in read.block_before(d))
                comment = own or (comment if above == d.name else "")
                above = d.name
                points = [point for point, pattern in CHECKLIST if not pattern.search(comment)]
                is_constructor = d.path[-2:-1] == [d.name]
                is_override = re.search(r"\boverride\b", read.masked[d.begin:d.end])  # told where it is declared first
                if d.name.startswith("async_") and not is_constructor and not is_override and points:
                    yield read.line_of(d.begin) + 1, d.name, points

    return list(visit(read.tree))


# What a header has, and which of its asynchronous functions miss how many points.
ASYNCHRONOUS = [
    ("// Waits.\n//\n//     co_await async_a();\n//\n// Completes with void() at once. Can't be cancelled.\nauto async_a();\n", []),
    ("auto async_a();\n// Waits.\nauto async_b();\n", ["async_a 4", "async_b 4"]),
    ("// Waits. Completes with void(). Cancellation ends it.\nauto async_a();\n", ["async_a 1"]),
    ("// Completes with void().\n//\n//     async_a();\nauto async_a();\n", ["async_a 1"]),
    ("// Completes soon. Cancelled, it ends.\n//\n//     async_a();\nauto async_a();\n", ["async_a 1"]),
    ("// Has void(). Cancelled, it ends.\n//\n//     async_a();\nauto async_a();\n", ["async_a 1"]),
    ("class s {\n    auto async_hidden();\npublic:\n    // Completes with void(). Cancelled, it ends:\n    //\n"
     "    //     async_a();\n    template <class Token>\n    auto async_a(Token);\n\n    auto async_a();\n    auto async_b();\n};\n",
     ["async_b 4"]),
    ("class async_x {\npublic:\n    async_x();\n    void async_y();\n    void async_z() override;\n};\n", ["async_y 4"]),
    ("void sync();\nnamespace detail {\nvoid async_a();\n}\nnamespace net {\nvoid async_a();\n}\n", []),
]


# What a header has, and what of that lacks a comment.
WITHOUT = [
    ("template <class T>\nconcept c = true;\n", ["concept c"]),
    ("// Told.\ntemplate <class T>\nconcept c = true;\n", []),
    ("template <class T>\nstruct s {};\nstruct t {};\n", ["class s", "class t"]),
    ("// Told.\ntemplate <class T>\nstruct s {};\nstruct t {}; // told\n", []),
    ("// Not of it.\n\ntemplate <class T>\nstruct s {\n    // Told.\n    int x;\n    int y;\n    using z = int;\n};\n", ["class s"]),
    ("// Told.\nstruct s {\n    static_assert(!n.view().empty());\n};\n", []),
    ("// Told.\nclass s {\n    struct hidden {};\npublic:\n    struct inner {};\n    enum e { one };\n};\n",
     ["class inner", "enum e"]),
    ("inline constexpr int x = 1;\nusing y = int;\ninline constexpr int z = 1; // told\n", ["data x", "alias y"]),
    ("inline constexpr endpoint<get, summary<\"One a\">> a{};\n", []),
    ("class forward;\nvoid f();\nnamespace detail {\nstruct s {};\n}\nnamespace net {\nstruct s {};\n}\n", []),
    ("}\n#define INTHELOOP_A(x) \\\n    x\n#  define INTHELOOP_B\n// Told.\n#define INTHELOOP_C 1\n#define INTHELOOP_DECL inline\n"
     "namespace intheloop {\n", ["macro INTHELOOP_A", "macro INTHELOOP_B"]),
]


def told(tags):
    """What Doxygen lists, in the same form."""
    found = set()
    for compound in xml.etree.ElementTree.parse(tags).getroot():
        name = re.sub(r"<.*", "", compound.findtext("name")).strip()
        if compound.get("kind") in ("class", "struct"):
            found.add(tuple(name.rsplit("::", 1)))
        if compound.get("kind") in ("class", "struct", "namespace"):
            for member in compound.iter("member"):
                found.add((name, re.sub(r"\s+", " ", member.findtext("name"))))
    return found


def unreached(html):
    """The pages to which no link leads from index.html, over pages and the scripts of the menu and the tree."""
    pages = {p.name for p in html.glob("*.html")}
    scripts = [p for p in sorted(html.glob("*.js")) if p.name in ("menudata.js", "navtreedata.js") or
               p.with_suffix(".html").name in pages]
    seen, ahead = set(), ["index.html"]
    for script in scripts:
        ahead += PAGE.findall(script.read_text())
    while ahead:
        page = ahead.pop()
        if page in pages and page not in seen:
            seen.add(page)
            ahead += PAGE.findall((html / page).read_text())
    return sorted(pages - seen)


TARGET = re.compile(r"""\b(?:href|src|data)="([^"]+)\"""")
# Of Doxygen: buttons of scripts, and the list of inner classes where all of them are private.
NOT_LOOKED_AT = {"#", "#nested-classes"}
NAMED = re.compile(r"""\b(?:id|name)="([^"]+)\"""")


def broken(html):
    """(page, target) of each link within the site that leads to no file, or to no place in one."""
    named = {}
    for page in sorted(html.rglob("*.html")):
        for target in sorted(set(TARGET.findall(page.read_text()))):
            target = html_text.unescape(target)
            path, _, anchor = target.partition("#")
            if re.match(r"[a-z][a-z0-9+.-]*:", path) or target in NOT_LOOKED_AT:
                continue
            aim = (page.parent / urllib.parse.unquote(path)).resolve() if path else page
            if not aim.is_file():
                yield page.name, target
            elif anchor and aim.suffix == ".html":
                if aim not in named:
                    named[aim] = set(NAMED.findall(aim.read_text()))
                if anchor not in named[aim]:
                    yield page.name, target


LINKED = {"index.html": """<a href="a.html">a</a><a href="a.html#there">a</a><a href="#own" id="own">o</a><a href="https://example.com/x">x</a>""",
          "a.html": """<b id="there"></b><a href="b.html">b</a><a href="index.html#none">n</a><img src="c.svg"/><object data="index.html"></object>"""}
BROKEN = [("a.html", "b.html"), ("a.html", "c.svg"), ("a.html", "index.html#none")]


def self_test():
    text = ("namespace intheloop {\nclass a {\npublic:\n    void f();\n    int x = 1;\nprivate:\n    int y;\n};\n"
            "namespace detail {\nvoid g();\n}\nenum class e { one };\ntemplate <class T>\nbool operator==(a, T);\n}\n")
    want = {("intheloop", "a"), ("intheloop::a", "f"), ("intheloop::a", "x"), ("intheloop", "e"), ("intheloop", "operator==")}
    got = declared(text)
    if got != want:
        print("declared wrongly:", sorted(got ^ want))
    wrong = int(got != want)
    for body, lacking in WITHOUT:
        text = f"#ifndef INTHELOOP_X_HPP\n#define INTHELOOP_X_HPP\nnamespace intheloop {{\n{body}}}\n#endif\n"
        found = [f"{kind} {name}" for _, kind, name in uncommented("intheloop/x.hpp", text)]
        if found != lacking:
            wrong += 1
            print(f"of\n{body}--- these lack a comment: {found}\n--- instead of: {lacking}\n")
    with tempfile.TemporaryDirectory() as directory:
        for name, text in LINKED.items():
            pathlib.Path(directory, name).write_text(text)
        if (found := sorted(broken(pathlib.Path(directory)))) != BROKEN:
            wrong += 1
            print(f"these links are taken for broken: {found}")
    for body, missing in ASYNCHRONOUS:
        text = f"#ifndef INTHELOOP_X_HPP\n#define INTHELOOP_X_HPP\nnamespace intheloop {{\n{body}}}\n#endif\n"
        found = [f"{name} {len(points)}" for _, name, points in incomplete("intheloop/x.hpp", text)]
        if found != missing:
            wrong += 1
            print(f"of\n{body}--- these miss points of the checklist: {found}\n--- instead of: {missing}\n")
    print(f"self-test: {2 + len(WITHOUT) + len(ASYNCHRONOUS)} cases, {wrong} wrong")
    return int(wrong != 0)


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    built = pathlib.Path(sys.argv[1])
    problems, count = [], 0
    there = told(built / "intheloop.tag")
    for path in sorted((headers.ROOT / "include").rglob("*.hpp")):
        if path.parent.name == "detail":
            continue
        text = path.read_text()
        names = declared(text)
        count += len(names)
        below = path.relative_to(headers.ROOT / "include").as_posix()
        problems += [f"{path.relative_to(headers.ROOT)}:{line}: {kind} {name} has no comment"
                     for line, kind, name in uncommented(below, text)]
        problems += [f"{path.relative_to(headers.ROOT)}:{line}: the comment of {name} lacks {', '.join(points)}"
                     for line, name, points in incomplete(below, text)]
        problems += [f"{path.relative_to(headers.ROOT)}: {scope}::{name} is not in the reference"
                     for scope, name in sorted(names - there)]
    html = built / "html"
    problems += [f"no link leads to {page}" for page in unreached(html)]
    problems += [f"{page}: the link {target} leads nowhere" for page, target in broken(html)]
    files = sorted(p for p in html.rglob("*") if p.suffix in (".html", ".js", ".svg", ".map"))
    problems += [f"{p.name} shows marks of Markdown or of Doxygen; is code within ** there, or code with a ' in a table?" for p in html.glob("*.html")
                 if re.search(r"\\ilinebr|&lt;td class=|\*\*<code>", p.read_text())]
    problems += [f"{p.name} has a path of this machine" for p in files if str(headers.ROOT) in p.read_text()]
    print("\n".join(problems) or f"{count} declarations are in the reference; all pages are reached, all links lead somewhere")
    return 1 if problems or not count else 0


if __name__ == "__main__":
    sys.exit(main())
