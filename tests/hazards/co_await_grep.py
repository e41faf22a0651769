#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""Finds what g++ 12 miscompiles (or refuses) in a full expression that contains co_await:

    co_await f({...})  co_await f(X{...})     an aggregate or a list made on the spot
    co_await (c ? f() : g())                  the conditional operator
    co_await [x] {...}()                      a lambda that captures by value
    auto r = f(X{...}, co_await g())          and each of them elsewhere in the same expression

It reads no types, so it also objects to what happens to be safe; a comment `// co_await-ok: reason` on a line of the
statement, or on the line above it, exempts the statement."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TOKEN = re.compile(r"""
    (?P<comment>//[^\n]*|/\*.*?\*/)
  | (?P<directive>^[ \t]*\#(?:\\\n|[^\n])*)
  | (?P<string>(?:u8|[uUL])?R"(?P<delimiter>[^\s()\\]{0,16})\(.*?\)(?P=delimiter)"
      |(?:u8|[uUL])?"(?:\\.|[^"\\\n])*"|(?:u8|[uUL])?'(?:\\.|[^'\\\n])+')
  | (?P<word>[A-Za-z_]\w*)
  | (?P<number>\.?\d(?:[\w.]|'\w)*)
  | (?P<mark>::|->|&&|\|\||[^\s\w])
""", re.VERBOSE | re.MULTILINE | re.DOTALL)
CLOSING = {"(": ")", "[": "]", "{": "}"}
CONTROL = {"if", "while", "for", "switch"}
# A class whose braces are harmless: trivially destructible, and not made from a list.
HARMLESS = {"nanoseconds", "microseconds", "milliseconds", "seconds", "minutes", "hours", "days", "string_view"}
KEYWORDS = {"return", "co_return", "co_yield", "co_await", "else", "do", "throw", "case", "new"}


class Token:
    def __init__(self, kind, text, line):
        self.kind, self.text, self.line = kind, text, line


class Group:
    """A bracketed part of the file; `items` are tokens and groups."""

    def __init__(self, text, line):
        self.kind, self.text, self.line = "group", text, line
        self.items = []
        self.block = False  # braces around statements or declarations, not around values


def parse(text):
    exempt = set()
    root = Group("{", 1)
    root.block = True
    stack = [root]
    line, position = 1, 0
    for match in TOKEN.finditer(text):
        line += text.count("\n", position, match.start())
        position = match.start()
        kind, value = match.lastgroup, match.group()
        kind = "string" if kind == "delimiter" else kind
        if kind == "comment":
            if "co_await-ok:" in value:
                exempt.add(line)
        elif kind == "mark" and value in CLOSING:
            group = Group(value, line)
            stack[-1].items.append(group)
            stack.append(group)
        elif kind == "mark" and value in CLOSING.values():
            if len(stack) > 1 and CLOSING[stack[-1].text] == value:
                stack.pop()
        elif kind != "directive":
            stack[-1].items.append(Token(kind, value, line))
    return root, exempt


def is_text(item, *texts):
    return isinstance(item, Token) and item.text in texts


def is_group(item, text):
    return isinstance(item, Group) and item.text == text


def after_trailing_return(items, index):
    """Tells whether items[:index] ends in `) ... -> type`, as the head of a lambda or a function does."""
    for item in reversed(items[max(0, index - 24):index]):
        if is_text(item, "->"):
            return True
        if is_text(item, ";", "=", "return", "co_return", "co_await", ",", "?") or is_group(item, "("):
            return False
    return False


def opens_block(items, index):
    """Tells whether the brace group items[index] holds statements or declarations."""
    if index == 0:
        return False
    before = items[index - 1]
    if is_group(before, "(") or is_group(before, "{"):
        return True
    if is_text(before, ";", "else", "do", "try", "mutable", "noexcept", "const", "override", "final", "consteval", ":"):
        return True
    if is_group(before, "[") and introduces_lambda(items, index - 1):
        return True
    head = []
    for item in reversed(items[:index]):
        if is_text(item, ";") or is_group(item, "{"):
            break
        head.append(item)
    if any(is_text(i, "namespace", "class", "struct", "union", "enum", "extern", "concept") for i in head) and not any(
            is_group(i, "(") or is_text(i, "=") for i in head):
        return True
    return after_trailing_return(items, index)


def introduces_lambda(items, index):
    """Tells whether the [] group items[index] begins a lambda, and no subscript, binding or attribute."""
    group = items[index]
    if group.items and is_group(group.items[0], "["):
        return False
    if index == 0:
        return True
    before = items[index - 1]
    if isinstance(before, Group):
        return before.text == "{" and before.block
    if before.text in ("auto", "operator"):
        return False
    if before.text in ("&", "&&") and index >= 2 and is_text(items[index - 2], "auto", "const"):
        return False
    return before.kind in ("mark",) and before.text not in (">",) or before.text in KEYWORDS


def captures_by_value(group):
    items = group.items
    if not items:
        return False
    parts, part = [], []
    for item in items:
        if is_text(item, ","):
            parts.append(part)
            part = []
        else:
            part.append(item)
    parts.append(part)
    return not all(p and (is_text(p[0], "&") or len(p) == 1 and is_text(p[0], "this")) for p in parts)


def split(items):
    """Full expressions and declarations of a block: the runs of items between `;`, statement blocks, and the heads of
    if, while, for and switch, each of which is an expression, or several, of its own."""
    run = []
    for index, item in enumerate(items):
        if is_text(item, ";"):
            yield run
            run = []
        elif is_group(item, "(") and index and is_control_head(items, index):
            yield run
            run = []
            yield from split(item.items)
        elif is_group(item, "{") and item.block and not in_expression(run):
            yield run
            run = []
        else:
            run.append(item)
    yield run


def is_control_head(items, index):
    before = items[index - 1]
    if is_text(before, "constexpr") and index >= 2:
        before = items[index - 2]
    return is_text(before, *CONTROL)


def in_expression(run):
    """Tells whether a block that follows is a lambda's body, so that the expression goes on behind it."""
    return any(is_group(item, "[") and introduces_lambda(run, i) for i, item in enumerate(run))


def visit(group, sink):
    for index, item in enumerate(group.items):
        if isinstance(item, Group):
            if item.text == "{":
                item.block = opens_block(group.items, index)
            visit(item, sink)
    if group.block:
        for run in split(group.items):
            if run:
                sink(run)


def flatten(items):
    """All items of an expression, without the bodies of its lambdas."""
    for item in items:
        yield item
        if isinstance(item, Group) and not item.block:
            yield from flatten(item.items)


def last_line(items):
    lines = [0]
    for item in items:
        lines.append(item.line)
        if isinstance(item, Group):
            lines.append(last_line(item.items))
    return max(lines)


def declares(items, index):
    """Tells whether the braces items[index] initialize a variable: `type name{...}`."""
    if index < 2 or not (isinstance(items[index - 1], Token) and items[index - 1].kind == "word"):
        return False
    before = items[index - 2]
    return is_text(before, ">", "&", "&&", "*") or (
        isinstance(before, Token) and before.kind == "word" and before.text not in KEYWORDS)


def objections(items, top=True):
    """(line, what is wrong) for one full expression that contains co_await."""
    for index, item in enumerate(items):
        if is_text(item, "?"):
            yield item.line, "the conditional operator; use if and else"
        if not isinstance(item, Group):
            continue
        if item.block:
            continue
        before = items[index - 1] if index else None
        if item.text == "{":
            designated = bool(item.items) and is_text(item.items[0], ".")
            if designated:
                yield item.line, "an aggregate; use a named local"
            elif top and (declares(items, index) or is_text(before, "=") and not item.items):
                pass
            elif isinstance(before, Token) and before.text in HARMLESS:
                pass
            elif isinstance(before, Token) and (before.kind == "word" and before.text not in KEYWORDS
                                                or before.text == ">"):
                yield item.line, f"{before.text}{{...}}; use parentheses or a named local"
            else:
                yield item.line, "a braced argument or list; use a named local"
        elif item.text == "[" and introduces_lambda(items, index) and captures_by_value(item):
            yield item.line, "a lambda that captures by value; name it first"
        yield from objections(item.items, top=False)


def findings(text):
    root, exempt = parse(text)
    found = []

    def look(run):
        if not any(is_text(i, "co_await") for i in flatten(run)):
            return
        first = min(i.line for i in run)
        if exempt & set(range(first - 1, last_line(run) + 1)):
            return
        found.extend(objections(run))

    visit(root, look)
    return sorted(set(found))


def code_blocks(markdown):
    """The text of the C++ blocks of a Markdown file, at their own lines."""
    lines, inside = [], False
    for line in markdown.splitlines():
        if line.startswith("```"):
            inside = not inside and line[3:].strip() in ("cpp", "c++")
            lines.append("")
        else:
            lines.append(line if inside else "")
    return "\n".join(lines)


GOOD = [
    "export_request week(a, b); auto r = co_await client.async_call(route, week);",
    "auto r = co_await client.async_call(route, std::move(week));",
    'auto op = client.get({.id = "x"}); auto r = co_await std::move(op);',
    "auto r = co_await client.async_call(route, get_request(id));",
    "auto done = (co_await loop::async_start_export(client, week)).value();",
    "auto [ec, n] = co_await stream.async_read_some(buffer, asio::as_tuple(asio::deferred));",
    "auto&& [ec] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));",
    "timer.expires_after(std::chrono::seconds{1}); co_await timer.async_wait(asio::deferred);",
    "co_await sleep_for(std::chrono::milliseconds{300});",
    "if (co_await ready()) { x = c ? 1 : 2; }",
    "if (!co_await ready()) x = c ? 1 : 2;",
    "for (auto i = c ? 1 : 2; i < n; ++i) co_await step(i);",
    "while (co_await more()) { thing t{1, 2}; use(t); }",
    "auto value{co_await f()};",
    "std::string s(co_await f());",
    "std::optional<int> x = {}; co_await f(x);",
    "co_await [&]() -> aw<void> { co_await g(); }();",
    "co_await [this] { return h(); }();",
    "auto l = [s]() -> aw<void> { co_await g(s); }; co_await l();",
    "co_spawn(ex, [s]() -> aw<void> { co_await g(s); }, asio::detached);",
    "co_await asio::co_spawn(ex, []() -> aw<void> { thing t{1, 2}; co_await g(t); }, asio::deferred);",
    "// co_await f({.id = 1}) and co_await (c ? a : b)\nco_await g();",
    'auto s = "co_await f({.a = 1})"; co_await g(s);',
    'auto s = R"(co_await f({.a = 1});)"; co_await g(s);',
    "std::vector<int> v{1, 2, 3}; co_await f(v);",
    "auto n = values[index] + co_await f(table[i]);",
    "co_await f({}); // co_await-ok: options has a constructor",
    "// co_await-ok: ints only\nauto n = co_await f(c ? 1 : 2);",
    "switch (co_await f()) { case 1: { thing t{1}; break; } default: x = c ? 1 : 2; }",
    "try { co_await f(); } catch (std::exception const& e) { g({.a = 1}); }",
    "char c = '\"'; co_await f(c); int n = 1'000'000;",
    "#define CALL co_await f({.a = 1})\nco_await g();",
    "do { x = c ? 1 : 2; } while (co_await f());",
    "else x = co_await f(y);",
    "co_return co_await f(std::string_view{s});",
]
BAD = [
    'auto r = co_await f({.id = "x"});',
    'auto r = co_await f(X{.id = "x"});',
    'auto r = co_await f(X{"x", 1});',
    "auto r = co_await f({});",
    "auto r = co_await f(1, {});",
    "auto r = co_await f(X{});",
    'auto r =\n    co_await client.get(\n        {.id = "x"});',
    "auto r = co_await f(std::vector<int>{1, 2, 3});",
    "co_await f(outer(X{.id = 1}));",
    "auto r = R{.a = co_await g()};",
    "R r{.a = co_await g()};",
    "h(X{.a = 1}, co_await g());",
    "co_await (c ? f() : g());",
    "auto r = c ? co_await f() : co_await g();",
    "auto r = co_await f(c ? a : b);",
    "co_await [s]() -> aw<void> { co_await g(s); }();",
    "co_await [s = std::move(t), &u] { return g(s, u); }();",
    "co_await [=] { return g(s); }();",
    "co_await co_spawn(ex, [p]() -> aw<void> { co_await g(p); }, asio::use_awaitable);",
    "co_spawn(co_await asio::this_coro::executor, [p]() -> aw<void> { co_await g(p); }, asio::detached);",
    'if (auto r = co_await f({.id = "x"}); r) { use(r); }',
    'while (co_await f({.id = "x"}) == 3) ++k;',
    'for (auto& s : co_await f({"a", "b"})) use(s);',
    'co_return co_await f({.id = "x"});',
    "auto l = [&]() -> aw<void> { co_await f({.id = 1}); };",
    "co_await ([&] { return f({.id = 1}); }(), g(X{2}));",
    "aw<void> named() { if (x) { co_await f({1, 2}); } }",
    "struct s { aw<void> m() const { co_await f({1}); } };",
    "x = y ? 1 : co_await f();",
]


def self_test():
    wrong = [("objects to", s) for s in GOOD if findings(f"aw<void> test() {{\n{s}\n}}\n")]
    wrong += [("misses", s) for s in BAD if not findings(f"aw<void> test() {{\n{s}\n}}\n")]
    if [line for line, _ in findings('aw<void> t() {\n    co_await f(\n        {.id = 1});\n}\n')] != [3]:
        wrong.append(("gives another line for", "line 3"))
    markdown = "```sh\nco_await f({});\n```\n```cpp\naw<void> t() { co_await f({}); }\n```\n"
    if [line for line, _ in findings(code_blocks(markdown))] != [5]:
        wrong.append(("misreads", "a Markdown file"))
    for how, statement in wrong:
        print(f"{how}: {statement}")
    print(f"self-test: {len(GOOD) + len(BAD) + 2} cases, {len(wrong)} wrong")
    return 1 if wrong else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    paths = [pathlib.Path(a) for a in sys.argv[1:]] or [
        p for d in ("include", "examples", "tools", "tests", "benchmarks") for p in sorted((ROOT / d).rglob("*.[chi]pp"))
    ] + [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    count = 0
    for path in paths:
        text = path.read_text()
        for line, why in findings(code_blocks(text) if path.suffix == ".md" else text):
            print(f"{path}:{line}: in an expression with co_await: {why}")
            count += 1
    print(f"{len(paths)} files, {count} found")
    return 1 if count or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
