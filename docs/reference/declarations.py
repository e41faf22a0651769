# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""Reads the declarations of a header, as far as layout and comments need them: no more of C++ than the headers use."""
import re

CLASS_HEAD = re.compile(r"^(?:friend\s+)?(class|struct|union|enum(?:\s+(?:class|struct))?)\b")
NAME_BEFORE_PARAMETERS = re.compile(r"(operator\s*(?:\(\)|[^\s(\w]+|bool|\w+)|~?\w+)\s*$")


def mask(text):
    """The text with comments and what is in quotes blanked; the // comments as {offset: end}; the raw strings likewise."""
    out, comments, raw_strings, i = list(text), {}, {}, 0

    def blank(begin, end):
        for k in range(begin, end):
            if out[k] != "\n":
                out[k] = " "

    while i < len(text):
        if text.startswith("//", i):
            end = text.find("\n", i)
            end = len(text) if end < 0 else end
            comments[i] = end
            blank(i, end)
        elif text.startswith("/*", i):
            end = text.index("*/", i) + 2
            blank(i, end)
        elif (raw := re.match(r'R"([^()\s\\]*)\(', text[i:i + 20])) and not (i and text[i - 1].isalnum()):
            end = text.index(")" + raw.group(1) + '"', i) + len(raw.group(1)) + 2
            raw_strings[i] = end
            blank(i, end)
            out[i] = out[end - 1] = '"'
        elif text[i] in "\"'" and not (text[i] == "'" and i and text[i - 1].isalnum()):
            end = i + 1
            while text[end] != text[i]:
                end += 2 if text[end] == "\\" else 1
            end += 1
            blank(i + 1, end - 1)
        else:
            end = i + 1
        i = end
    return "".join(out), comments, raw_strings


def skip(text, at, pairs={"(": ")", "{": "}", "[": "]", "<": ">"}):
    """The offset behind the bracket that closes the one at `at`."""
    opening, closing, depth = text[at], pairs[text[at]], 0
    while True:
        if text[at] == opening:
            depth += 1
        elif text[at] == closing and not (closing == ">" and text[at - 1] in "-="):
            depth -= 1
            if depth == 0:
                return at + 1
        elif opening == "<" and text[at] in "({[":
            at = skip(text, at)
            continue
        at += 1


class Declaration:
    """kind: namespace, class, concept, enum, enumerator, function, data, alias, macro, forward, friend, other"""

    def __init__(self, kind, name, begin, end, scope, access, requirements=()):
        self.kind, self.name, self.begin, self.end = kind, name, begin, end
        self.scope, self.access, self.requirements = scope, access, requirements
        self.inner = []
        self.body = None  # of a class or namespace: the offsets of its braces

    @property
    def path(self):
        return [*(self.scope.path if self.scope else []), *self.name.split("::")]


class Parser:
    """The declarations of a header, as far as layout and comments need them."""

    def __init__(self, text):
        self.text = text
        self.root = Declaration("namespace", "", 0, len(text), None, "public")
        self.at = 0
        self.declarations(self.root, "public")

    def declarations(self, scope, access):
        text = self.text
        while True:
            while self.at < len(text) and (text[self.at].isspace() or text[self.at] == ";"):
                self.at += 1
            if self.at == len(text) or text[self.at] == "}":
                return
            if text[self.at] == "#":
                self.directive()
            elif label := re.compile(r"(public|protected|private)\s*:(?!:)").match(text, self.at):
                access, self.at = label.group(1), label.end()
            elif scope.kind == "enum":
                self.enumerator(scope, access)
            else:
                self.declaration(scope, access)

    def directive(self):
        begin, end = self.at, self.text.find("\n", self.at)
        while end > 0 and self.text[end - 1] == "\\":
            end = self.text.find("\n", end + 1)
        self.at = len(self.text) if end < 0 else end
        if macro := re.compile(r"#\s*define\s+(\w+)(?<!_HPP)\b").match(self.text, begin):
            self.root.inner.append(Declaration("macro", macro.group(1), begin, self.at, self.root, "public"))

    def enumerator(self, scope, access):
        begin = self.at
        while self.text[self.at] not in ",}":
            self.at = skip(self.text, self.at) if self.text[self.at] in "({" else self.at + 1
        end = self.at if self.text[self.at] == "}" else self.at + 1
        name = re.match(r"\w+", self.text[begin:]).group()
        scope.inner.append(Declaration("enumerator", name, begin, begin + len(self.text[begin:end].rstrip()), scope, access))
        self.at = end

    def declaration(self, scope, access):
        text, begin = self.text, self.at
        head = ""  # what stands outside of brackets
        name, requirements, assigned = None, [], False
        while True:
            c = text[self.at]
            if word := re.compile(r"\w+").match(text, self.at):
                if word.group() == "template":
                    self.at = skip(text, text.index("<", self.at))
                    continue
                if word.group() == "requires" and not assigned:
                    start, self.at = self.at, self.requirement(word.end())
                    requirements.append((start, self.at))
                    continue
                if word.group() == "requires":
                    self.at = self.requirement(word.end())
                    continue
                if word.group() == "operator" and not assigned and name is None:
                    spelled = re.compile(r"operator\s*(\(\)|\[\]|[^\s\w(;]+|[\w:]+)").match(text, self.at)
                    head += spelled.group()
                    self.at = spelled.end()
                    continue
                head += word.group()
                self.at = word.end()
            elif c == "[":
                self.at = skip(text, self.at)
            elif c == "<" and head and (head[-1].isalnum() or head[-1] == "_"):
                self.at = skip(text, self.at)
                head += "<>"
            elif c == "(":
                if name is None and not assigned and (found := NAME_BEFORE_PARAMETERS.search(head)):
                    name = re.sub(r"\s+", " ", found.group(1))
                self.at = skip(text, self.at)
                head += "()"
            elif c == "=":
                assigned = True
                head += c
                self.at += 1
            elif c == "{":
                plain = re.sub(r"\s+", " ", head).strip()
                if plain.startswith("namespace") or plain.startswith("inline namespace"):
                    return self.nested("namespace", plain.split("namespace")[1].strip(), scope, access, begin)
                kind = CLASS_HEAD.match(plain)
                if kind and name is None and not assigned:
                    rest = re.split(r"(?<!:):(?!:)", plain[kind.end():])[0]  # without the bases
                    named = re.sub(r"\bfinal\b|<>|\(\)", "", rest).strip()
                    return self.nested("enum" if kind.group(1).startswith("enum") else "class", named, scope, access, begin,
                                       requirements)
                initializes = re.search(r"\)[^()]*(?<!:):(?!:)(?:.*,)?\s*\w+$", plain)
                self.at = skip(text, self.at)
                if name is not None and not assigned and not initializes:
                    break  # a function's body
                head += "{}"
            elif c == ";":
                self.at += 1
                break
            elif c == "}":
                raise ValueError(f"line {text.count(chr(10), 0, self.at) + 1}: a brace too much")
            else:
                head += c
                self.at += 1
        plain = re.sub(r"\s+", " ", head).strip()
        if name is None:
            words = re.findall(r"operator bool|\w+", plain.split("=")[0].split("{}")[0]) or ["?"]
            name = words[-1]
        elif not plain.startswith("static_assert") and (not assigned or "()" in plain.split("=")[0]):
            kind = "other" if re.match(r"\w+\(\) ?->", plain) else "function"  # a deduction guide
            scope.inner.append(Declaration("friend" if plain.startswith("friend class") else kind, name, begin, self.at,
                                           scope, access, requirements))
            return
        if plain.startswith("static_assert"):
            kind = "other"
        elif CLASS_HEAD.match(plain):
            kind = "forward" if "=" not in plain and len(plain.split()) < 4 or plain.startswith("enum") else "data"
        elif plain.startswith("friend"):
            kind = "friend"
        elif plain.startswith("using ") and not re.match(r"using \w+ ?=", plain):
            kind = "other"
        elif plain.startswith("using "):
            kind, name = "alias", re.match(r"using (\w+)", plain).group(1)
        elif plain.startswith("concept "):
            kind, name = "concept", re.match(r"concept (\w+)", plain).group(1)
        else:
            kind = "data"
        scope.inner.append(Declaration(kind, name, begin, self.at, scope, access, requirements))

    def requirement(self, at):
        """The offset behind a requires clause or expression, `at` being behind the word."""
        text = self.text
        while True:
            at = re.compile(r"\s*").match(text, at).end()
            if text[at] == "(":
                at = skip(text, at)
            elif text[at] == "{":
                at = skip(text, at)
            elif word := re.compile(r"requires\b").match(text, at):
                at = self.requirement(word.end())
            elif named := re.compile(r"(?:\w+::)*\w+\s*(?=<)").match(text, at):
                at = skip(text, named.end())
            else:
                return at
            more = re.compile(r"\s*(&&|\|\|)").match(text, at)
            # requires(parameters) { requirements }
            if not more and re.compile(r"\s*\{").match(text, at) and text[at - 1] == ")" and self.is_expression(at):
                at = skip(text, text.index("{", at))
                more = re.compile(r"\s*(&&|\|\|)").match(text, at)
            if not more:
                return at
            at = more.end()

    def is_expression(self, at):
        """Whether a brace after a parenthesis at `at` belongs to a requires(...) {...}."""
        depth, k = 0, at - 1
        while True:
            depth += {")": 1, "(": -1}.get(self.text[k], 0)
            if depth == 0:
                break
            k -= 1
        before = self.text[:k].rstrip()
        return re.search(r"\brequires\s+requires$|[&|=]\s*requires$", before) is not None

    def nested(self, kind, name, scope, access, begin, requirements=()):
        made = Declaration(kind, name, begin, 0, scope, access, requirements)
        scope.inner.append(made)
        opened = self.at
        self.at += 1
        is_class = kind == "class"
        first = re.sub(r"\s+", " ", self.text[begin:opened])
        self.declarations(made, "private" if is_class and re.search(r"(?:^|> |\]\] )class ", first) else "public")
        if self.at == len(self.text):
            raise ValueError("a brace too few")
        made.body = (opened, self.at)
        self.at += 1
        if kind != "namespace":
            self.at = self.text.index(";", self.at) + 1
        made.end = self.at
