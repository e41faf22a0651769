#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""Looks at the reference that was built in DIRECTORY: whether all that the headers declare for programs is in it (Doxygen
says nothing of what it loses), whether links lead to every page, and whether no path of this machine stands in it."""
import pathlib
import re
import sys
import xml.etree.ElementTree

import declarations
import filter as headers

PAGE = re.compile(r"[\w~-]+\.html\b")


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


def self_test():
    text = ("namespace intheloop {\nclass a {\npublic:\n    void f();\n    int x = 1;\nprivate:\n    int y;\n};\n"
            "namespace detail {\nvoid g();\n}\nenum class e { one };\ntemplate <class T>\nbool operator==(a, T);\n}\n")
    want = {("intheloop", "a"), ("intheloop::a", "f"), ("intheloop::a", "x"), ("intheloop", "e"), ("intheloop", "operator==")}
    got = declared(text)
    if got != want:
        print("declared wrongly:", sorted(got ^ want))
    print(f"self-test: 1 case, {int(got != want)} wrong")
    return int(got != want)


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    built = pathlib.Path(sys.argv[1])
    problems, count = [], 0
    there = told(built / "intheloop.tag")
    for path in sorted((headers.ROOT / "include").rglob("*.hpp")):
        if path.parent.name in ("impl", "detail"):
            continue
        names = declared(path.read_text())
        count += len(names)
        problems += [f"{path.relative_to(headers.ROOT)}: {scope}::{name} is not in the reference"
                     for scope, name in sorted(names - there)]
    html = built / "html"
    problems += [f"no link leads to {page}" for page in unreached(html)]
    files = sorted(p for p in html.rglob("*") if p.suffix in (".html", ".js", ".svg", ".map"))
    problems += [f"{p.name} has a path of this machine" for p in files if str(headers.ROOT) in p.read_text()]
    print("\n".join(problems) or f"{count} declarations are in the reference; all pages are reached")
    return 1 if problems or not count else 0


if __name__ == "__main__":
    sys.exit(main())
