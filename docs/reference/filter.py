#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""What Doxygen reads instead of a header: filter.py FILE prints it, line by line as in the file; filter.py --all DIRECTORY
writes that of all headers there, and --self-test tests it.

The headers have plain // comments. One that stands directly before a declaration becomes ///, one behind it on its
line ///<, and four spaces more make a sample of code. What Doxygen must not see is taken out: the namespaces `detail`,
forward declarations, specializations of others' templates, includes of others' headers, and requires clauses, of which
Doxygen 1.9.4 can't read all.
Some declarations need no comment of their own, and get one here:
- an overload or a data member of the same type that follows directly upon another, with no blank line between, has
  the comment of that one;
- a data member has what the `notes` of its class say of it;
- a data member, a type's alias or an enumerator may have a name that says it all;
- copies, moves, a default constructor, a constructor that only keeps its arguments, a destructor, and what
  FUNCTIONS and MEMBERS name are known to every reader;
- what has none in an INTERNAL namespace is left out.
A class or a function besides these is left without, and Doxygen warns. Of what it does not warn, check.py does."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))
import layers  # noqa: E402 - which layer a header belongs to

from comments import documentation, escape, in_one_line  # noqa: E402
from declarations import Parser, mask  # noqa: E402

# The layers' own namespaces: the public face is in the others.
INTERNAL = {"codec", "policy", "net"}
FUNCTIONS = {
    "get_executor": "The executor on which it works.",
    "operator==": "Whether they are equal.",
    "operator<<": "Prints it.",
    "operator bool": "Whether there is a value.",
    "operator->": "Access to the value.",
    "operator*": "The value.",
    "what": "The message.",
    "size": "How many there are.",
    "empty": "Whether there is nothing.",
    "begin": "The first.",
    "end": "Behind the last.",
    "clear": "Takes all out.",
    "has_value": "Whether there is a value.",
    "value_or": "The value, or the argument where there is none.",
    "emplace": "Makes the value of these arguments.",
}
MEMBERS = {
    "executor_type": "The type of the executor.",
    "value_type": "The type of the value.",
    "members": "Lists the members that go over the wire.",
    "notes": "What documents say of the members.",
    "sample": "An example, as JSON.",
    "texts": "The values that are known, as they stand on the wire.",
}
# Macros that are no part of the public face.
OWN_MACROS = {"INTHELOOP_DECL", "INTHELOOP_SETTINGS"}
# Nothing, but enough of it for Doxygen to count it as a comment.
NOTHING = "&nbsp;"
DELETED = "There is none."
# Takes no room, and parts // in a string.
WORD_JOINER = "\u2060"


def is_left_out(namespace):
    """Details, and what belongs to others."""
    return "detail" in namespace.path or [part for part in namespace.path if part][:1] != ["intheloop"]


class Filter:
    def __init__(self, path, text):
        self.text = text
        self.masked, comments, raw_strings = mask(text)
        self.tree = Parser(self.masked).root
        self.starts = [0] + [m.end() for m in re.finditer("\n", text)]
        self.lines = text.split("\n")
        self.own, self.trailing = {}, {}  # line -> offset of its comment
        for offset in comments:
            line = self.line_of(offset)
            alone = not self.masked[self.starts[line]:offset].strip()
            (self.own if alone else self.trailing)[line] = offset
        self.layer = layers.layer_of(path)
        # In a raw string, and in a string among the arguments of a template, Doxygen takes // for a comment.
        self.edits = [(begin, end, '"..."' + "\n" * text.count("\n", begin, end)) for begin, end in raw_strings.items()]
        spans = [*comments.items(), *raw_strings.items()]
        for slashes in re.finditer("//", text):
            at = slashes.start()
            if self.masked[at:at + 2] == "  " and not any(begin <= at < end for begin, end in spans):
                self.edits.append((at + 1, at + 1, WORD_JOINER))

    def line_of(self, offset):
        low, high = 0, len(self.starts)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.starts[middle] <= offset else (low, middle)
        return low

    def comment(self, line):
        return self.lines[line][(self.own | self.trailing)[line] - self.starts[line] + 2:]

    def replace_comment(self, line, mark, text):
        offset = (self.own | self.trailing)[line]
        self.edits.append((offset, self.starts[line] + len(self.lines[line]), (mark + text).rstrip()))

    def blank(self, begin, end):
        kept = "".join("\n" if c == "\n" else " " for c in self.text[begin:end])
        self.edits.append((begin, end, kept))

    def insert(self, at, text):
        self.edits.append((at, at, text))

    def block_before(self, declaration):
        """The lines of the comment that stands directly before."""
        last = self.line_of(declaration.begin) - 1
        first = last
        while first in self.own and not self.continues_trailing(first):
            first -= 1
        block = list(range(first + 1, last + 1))
        while block and self.comment(block[0]).startswith(" ---"):
            del block[0]
        return block

    def continues_trailing(self, line):
        """Whether the comment alone on its line goes on with one behind the code above it."""
        column = self.own[line] - self.starts[line]
        while line in self.own and self.own[line] - self.starts[line] == column:
            line -= 1
        return line in self.trailing and self.trailing[line] - self.starts[line] == column and column > 8

    def block_behind(self, declaration):
        line = self.line_of(declaration.end - 1)
        if line not in self.trailing or self.masked[declaration.end:self.trailing[line]].strip(" ;,"):
            return []
        block = [line]
        while block[-1] + 1 in self.own and self.continues_trailing(block[-1] + 1):
            block.append(block[-1] + 1)
        return block

    def what_speaks_for_itself(self, d):
        head = re.sub(r"\s+", " ", self.masked[d.begin:d.end])
        if head.endswith("= delete;"):
            return DELETED
        if d.kind == "function" and d.scope.kind == "class":
            own = d.scope.name.split("<")[0]
            argument = re.search(re.escape(d.name) + r"\s*\(([^()]*)\)", head)
            argument = re.sub(r"<.*>", "", argument.group(1)).strip() if argument else None
            if d.name == "~" + own:
                return "Destroys it."
            if d.name in (own, "operator="):
                if argument and re.fullmatch(re.escape(own) + r" const ?& ?\w*", argument):
                    return "Copies it."
                if argument and re.fullmatch(re.escape(own) + r" ?&& ?\w*", argument):
                    return "Moves it."
            if d.name == own and argument == "":
                return "Makes one with the defaults."
            if d.name == own and re.search(r"\{ \}$|\{\}$", head):
                return "Keeps what it is given."
        if d.kind == "data" and (summary := re.search(r'\bsummary<"([^"]*)">', self.text[d.begin:d.end])):
            return escape(summary.group(1)) + "."  # an endpoint's
        if d.kind == "data" and (note := self.note_on(d)):
            return escape(note)
        known = FUNCTIONS if d.kind == "function" else MEMBERS
        if d.name in known and d.scope.kind == "class" or d.name.startswith("operator") and d.name in known:
            return known[d.name]
        return NOTHING if d.kind in ("data", "alias", "enumerator") else None

    def note_on(self, d):
        """What the `notes` of its class say of a member, by its name on the wire."""
        wire_name = re.sub(r"_(\w)", lambda found: found.group(1).upper(), d.name)
        notes = [other for other in d.scope.inner if other.name == "notes" and other.kind == "data"]
        text = self.text[notes[0].begin:notes[0].end] if notes else ""
        note = re.search(r'\{"' + wire_name + r'",\s*((?:"[^"]*"\s*)+)', text)
        return note and "".join(re.findall(r'"([^"]*)"', note.group(1)))

    def alike(self, above, d):
        """Whether one comment does for both: overloads, and data members of one type."""
        if above.kind != d.kind:
            return False
        return above.name == d.name if d.kind == "function" else self.type_of(above) == self.type_of(d)

    def type_of(self, d):
        return self.masked[d.begin:d.end].split(d.name)[0].split()

    def document(self, d, above):
        """Marks its comments; returns the lines of text that the next declaration may share."""
        before, behind = self.block_before(d), self.block_behind(d)
        if d.kind == "enumerator" and behind:
            before = []  # a heading
        if before:
            for line, text in zip(before, documentation([self.comment(k) for k in before])):
                self.replace_comment(line, "///", text)
        for line in behind:
            self.replace_comment(line, "///<", escape(self.comment(line)))
        texts = [self.comment(k) for k in before] or None
        if before or behind:
            return texts
        speaks = self.what_speaks_for_itself(d)
        if above and d.kind != "enumerator" and self.line_of(above[0].end - 1) + 1 == self.line_of(d.begin) and (
                self.alike(above[0], d)) and above[1]:
            self.insert(d.begin, f"/** {in_one_line(above[1])} */ ")
            return above[1]
        if any(part in INTERNAL for part in d.path[:-1]) and not (speaks and speaks != NOTHING):
            self.insert(d.begin, "/** \\cond */ ")
            self.insert(d.end, " /** \\endcond */")
            self.hidden = True
        elif speaks:
            self.insert(d.begin, f"/** {speaks} */ ")
        return None

    def uncommented(self, scope=None):
        """What of the public face has no comment, though its name can't say it all. Doxygen does not tell of a macro, of a
        concept, of a class without members that have a comment, nor of what got NOTHING."""
        scope = scope or self.tree
        for d in scope.inner:
            if d.kind == "macro":
                if d.name not in OWN_MACROS and not self.block_before(d):
                    yield d
            elif d.access != "public" or INTERNAL & set(d.path):
                continue
            elif d.kind == "namespace":
                if not is_left_out(d):
                    yield from self.uncommented(d)
            elif scope is not self.tree and "detail" not in d.path and (
                    d.kind in ("class", "concept", "enum") or d.kind in ("data", "alias") and scope.kind == "namespace"):
                if not (self.block_before(d) or self.block_behind(d)) and self.what_speaks_for_itself(d) in (None, NOTHING):
                    yield d
                if d.kind == "class":
                    yield from self.uncommented(d)

    def visit(self, scope):
        above = None
        for d in scope.inner:
            if d.kind == "namespace":
                self.namespace(d)
                above = None
            elif d.kind == "macro":
                if self.block_before(d):
                    self.document(d, None)
                else:
                    self.blank(d.begin, d.end)
            elif "detail" in d.name.split("::") or scope is self.tree or d.kind in ("forward", "friend", "other"):
                self.blank(d.begin, d.end)
                above = None
            elif d.access == "private":
                above = None
            else:
                self.hidden = False
                above = (d, self.document(d, above))
                if not self.hidden:
                    for begin, end in d.requirements:
                        self.blank(begin, end)
                    if d.kind in ("class", "enum"):
                        self.visit(d)

    def namespace(self, d):
        if is_left_out(d):
            self.blank(d.begin, d.end)
            return
        outer = d.scope is not self.tree
        end_of_group, group = "/** @} */ ", f" /** \\addtogroup layer_{self.layer} */ /** @{{ */"
        self.insert(d.begin, end_of_group if outer else "")
        self.insert(d.body[0] + 1, group)
        self.visit(d)
        self.insert(d.body[1], end_of_group)
        self.insert(d.body[1] + 1, group if outer else "")

    def file_comment(self):
        """The lines of a comment on the file: it stands before the first include, and a blank line follows."""
        for line in sorted(self.own):
            if line < 2 or line - 1 in self.own:
                continue
            if any(text.startswith("#include") for text in self.lines[:line]):
                return []
            end = line
            while end in self.own:
                end += 1
            if not self.lines[end].strip() and not self.lines[line - 1].strip():
                return list(range(line, end))
        return []

    def summary(self):
        """A sentence on a file without a comment of its own."""
        names = []
        for d in self.declared(self.tree):
            if d.name not in names and not d.name.startswith("operator"):
                names.append(d.name)
        if not names:
            return f"Of the layer \\ref layer_{self.layer}."
        names = [f"`{name}`" for name in names[:6]] + (["more"] if len(names) > 6 else [])
        return "Has " + (", ".join(names[:-1]) + " and " if names[1:] else "") + names[-1] + "."

    def declared(self, scope):
        for d in scope.inner:
            if d.kind == "namespace" and not is_left_out(d):
                yield from self.declared(d)
            elif scope is not self.tree and d.kind in ("class", "enum", "function", "data", "alias"):
                yield d

    def run(self):
        told = self.file_comment()
        if told:
            self.edits.append((self.starts[told[0] - 1], self.starts[told[0] - 1], "/// \\file"))
            for line, text in zip(told, documentation([self.comment(k) for k in told])):
                self.replace_comment(line, "///", text)
        for line in (0, 1):
            if line in self.own:
                self.blank(self.own[line], self.starts[line] + len(self.lines[line]))
        if self.layer:
            about = "" if told else self.summary()
            self.insert(0, "/** \\file")
            self.insert(self.starts[1], f"{about} \\ingroup layer_{self.layer} */".lstrip())
        elif not told:
            self.insert(0, "/// \\file")
        # Graphs of includes are about the library's own.
        for found in re.finditer(r"^#include <(?!intheloop).*$", self.masked, re.MULTILINE):
            self.blank(found.start(), found.end())
        self.visit(self.tree)
        out, at = [], 0
        for begin, end, text in sorted(self.edits, key=lambda e: (e[0], e[1])):
            if begin < at:
                continue  # within what was taken out
            out.append(self.text[at:begin])
            out.append(text)
            at = end
        out.append(self.text[at:])
        # Two spaces at the end of a line would be a line break.
        made = re.sub(r"[ \t]+$", "", "".join(out), flags=re.MULTILINE)
        assert made.count("\n") == self.text.count("\n"), "the number of lines changed"
        return made


def filtered(path, text):
    return Filter(path, text).run()


# What a header says, and what Doxygen reads of it. The frame around both stands in self_test().
CASES = [
    ("// Does it.\nvoid f();", "/// Does it.\nvoid f();"),
    ("// A heading.\n\nvoid f();", "// A heading.\n\nvoid f();"),
    ("void f(); // does it", "void f(); ///< does it"),
    ("// All of <T> & \"a@b\", `x<y>`.\nvoid f();", "/// All of &lt;T&gt; &amp; \"a\\@b\", `x<y>`.\nvoid f();"),
    ("// Do:\n//\n//     f(1); // a <b>\n//\n//     g();\n//\n// So.\nvoid f();",
     "/// Do:\n/// \\code{.cpp}\n///     f(1); // a <b>\n///\n///     g(); \\endcode\n///\n/// So.\nvoid f();"),
    ("void f() {\n    // no comment of f\n    g(); // nor this\n}", "void f() {\n    // no comment of f\n    g(); // nor this\n}"),
    ("// First.\nvoid f(int);\nvoid f(char);\nvoid g();",
     "/// First.\nvoid f(int);\n/** First. */ void f(char);\nvoid g();"),
    ("// First.\nvoid f(int);\n\nvoid f(char);", "/// First.\nvoid f(int);\n\nvoid f(char);"),
    ("// One.\nclass a {\n    // secret\n    int x; // hidden\npublic:\n    a();\n    a(a const&);\n    a& operator=(a&&) noexcept;\n"
     "    explicit a(int n) : x{n} {}\n    explicit a(char n);\n    ~a();\n    a(b) = delete;\n    int y; // seen\n"
     "           // longer\n    int z;\n};",
     "/// One.\nclass a {\n    // secret\n    int x; // hidden\npublic:\n    /** Makes one with the defaults. */ a();\n"
     "    /** Copies it. */ a(a const&);\n    /** Moves it. */ a& operator=(a&&) noexcept;\n"
     "    /** Keeps what it is given. */ explicit a(int n) : x{n} {}\n    explicit a(char n);\n    /** Destroys it. */ ~a();\n"
     "    /** There is none. */ a(b) = delete;\n    int y; ///< seen\n           ///< longer\n    /** &nbsp; */ int z;\n};"),
    ("    int some_member_of_it; // seen\n                           // longer", "    int some_member_of_it; ///< seen\n                           ///< longer"),
    ("// Kinds.\nenum class e {\n    // heading\n    a, // first\n    b, // second\n    c\n};",
     "/// Kinds.\nenum class e {\n    // heading\n    a, ///< first\n    b, ///< second\n    /** &nbsp; */ c\n};"),
    ("class a;\ntemplate <class T>\nclass b;\nenum class c : int;", "\n\n\n"),
    ("namespace detail {\n// Inner.\nvoid f();\n}", "\n\n\n"),
    ("// Of those.\ntemplate <class T>\n    requires(!std::same_as<T, int>) && big<T>\nvoid f(T t);",
     "/// Of those.\ntemplate <class T>\n\nvoid f(T t);"),
    ("// Of those.\ntemplate <class T>\n    requires requires(T t) {\n        { t.x() } -> same<int>;\n    }\nvoid f(T t) { t; }\n\n// Next.\nvoid g();",
     "/// Of those.\ntemplate <class T>\n\n\n\nvoid f(T t) { t; }\n\n/// Next.\nvoid g();"),
    ("auto s = R\"(http://x\n})\"; // told", "auto s = \"...\"\n; ///< told"),
    ("struct a : b {\n    using b::operator=;\n    using b::b;\n    int c = 1;\n};", "struct a : b {\n\n\n    /** &nbsp; */ int c = 1;\n};"),
    ("template <int N>\ns(char const (&)[N]) -> s<N>;", "\n"),
    ("inline constexpr endpoint<get, \"/a/{id}\", q, r, summary<\"One a\">> a{};",
     "/** One a. */ inline constexpr endpoint<get, \"/a/{id}\", q, r, summary<\"One a\">> a{};"),
    ("// One.\nclass a {\npublic:\n    int b_c;\n    static constexpr note notes[] = {\n        {\"bC\", \"Of \"\n               \"b.\"}};\n};",
     "/// One.\nclass a {\npublic:\n    /** Of b. */ int b_c;\n    /** What documents say of the members. */ static constexpr note notes[] = {\n"
     "        {\"bC\", \"Of \"\n               \"b.\"}};\n};"),
    ("namespace policy {\nvoid f();\n// Told.\nvoid g();\n}",
     "/** @} */ namespace policy { GROUP\n/** \\cond */ void f(); /** \\endcond */\n/// Told.\nvoid g();\n/** @} */ } GROUP"),
]
WHOLE_FILE = (
    "// Copyright\n// License\n\n#ifndef X_HPP\n#define X_HPP\n\n// About it.\n\n#include <string>\n#include <intheloop/base/error.hpp>\n"
    "\nnamespace std {\ntemplate <>\nstruct hash<x> {};\n}\n#endif\n",
    "/** \\file\n\\ingroup layer_net */\n\n#ifndef X_HPP\n#define X_HPP\n/// \\file\n/// About it.\n\n\n#include <intheloop/base/error.hpp>\n"
    "\n\n\n\n\n#endif\n")


def self_test():
    group = "/** \\addtogroup layer_net */ /** @{ */"
    wrong = []

    def expect(text, want):
        got = filtered("intheloop/net/x.hpp", text)
        if got != want:
            wrong.append(f"made of\n{text}\n--- this:\n{got}\n--- instead of:\n{want}\n")

    for body, want in CASES:
        text = f"#include <intheloop/a.hpp>\n\nnamespace intheloop {{\n{body}\n}}\n"
        got = filtered("intheloop/net/x.hpp", text).split(group + "\n", 1)[1].removesuffix("/** @} */ }\n").removesuffix("\n")
        if got != want.replace("GROUP", group):
            wrong.append(f"made of\n{body}\n--- this:\n{got}\n--- instead of:\n{want}\n")
    expect(*WHOLE_FILE)
    print("\n".join(wrong) + f"self-test: {len(CASES) + 1} cases, {len(wrong)} wrong")
    return 1 if wrong else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    include = ROOT / "include"
    if len(sys.argv) == 3 and sys.argv[1] == "--all":
        target = pathlib.Path(sys.argv[2])
        for path in sorted(include.rglob("*.hpp")):
            below = path.relative_to(include)
            if not layers.is_public(below.as_posix()):
                continue
            (target / below).parent.mkdir(parents=True, exist_ok=True)
            (target / below).write_text(filtered(below.as_posix(), path.read_text()))
        return 0
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    path = pathlib.Path(sys.argv[1]).resolve()
    below = path.relative_to(include).as_posix() if path.is_relative_to(include) else path.name
    sys.stdout.write(filtered(below, path.read_text()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
