#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""modules/intheloop.cppm exports each name that <intheloop.hpp> declares in a public namespace, and no other.
--self-test forgets some on purpose, and fails if these are not named."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "docs" / "reference"), str(ROOT / "tools" / "packaging")]
from declarations import Parser, mask  # noqa: E402
from filter import INTERNAL  # noqa: E402
from single_header import Merger  # noqa: E402

INCLUDE = ROOT / "include"
DECLARED = {"class", "enum", "function", "data", "alias", "concept"}
EXPORT = re.compile(r"^using (intheloop(?:::\w+)*)::(operator[^\s;]+|\w+);$", re.MULTILINE)


def declared_in(text):
    """The public names of a header, with their namespaces."""
    def names(scope):
        for d in scope.inner:
            path = [part for part in d.path if part]
            if path[:1] != ["intheloop"] or ({"detail"} | INTERNAL) & set(path):
                continue
            if d.kind == "namespace":
                yield from names(d)
            elif d.kind in DECLARED and d.name != "static_assert":
                yield "::".join(path).replace(" ", "")
    return set(names(Parser(mask(text)[0]).root))


def public_names():
    merger = Merger(INCLUDE)
    merger.lines_of("intheloop.hpp")
    return set().union(*(declared_in((INCLUDE / header).read_text()) for header in merger.taken))


def differences(declared, module):
    exported = ["::".join(found) for found in EXPORT.findall(mask(module)[0])]
    for name in sorted(declared - set(exported)):
        yield f"modules/intheloop.cppm does not export {name}"
    for name in sorted(set(exported) - declared):
        yield f"modules/intheloop.cppm exports {name}, which no public header declares"
    for name in sorted(name for name in set(exported) if exported.count(name) > 1):
        yield f"modules/intheloop.cppm exports {name} twice"


def self_test(module):
    declared = public_names()
    checks = {
        "what there is": not list(differences(declared, module)),
        "a name that came": any("export intheloop::a_name_that_came" in line for line in differences(declared | {"intheloop::a_name_that_came"}, module)),
        "a name that went": any("exports intheloop::client," in line for line in differences(declared - {"intheloop::client"}, module)),
        "a name twice": any("client twice" in line for line in differences(declared, module + "using intheloop::client;\n")),
        "the kinds of names": declared_in("""
            namespace intheloop {
            class forward; struct a {}; enum class b { of_b }; template <class T> class c { int of_c; }; template <> class c<int> {};
            int d(int of_d); template <class T> inline constexpr bool e = true; using f = int; template <class T> concept g = true;
            bool operator==(a, a); inline auto h() { return 1; } static_assert(true);
            namespace detail { class hidden {}; } namespace policy { class hidden {}; } namespace drafts { inline constexpr int i{}; }
            }
            namespace boost::system { template <> struct j<intheloop::b> {}; }
            """) == {f"intheloop::{name}" for name in (*"abcdefgh", "operator==", "drafts::i")},
    }
    for name in ("intheloop::result", "intheloop::operator<<", "intheloop::endpoint", "intheloop::renamed", "intheloop::report::get_report"):
        without = module.replace(f"using {name};\n", "")
        checks[f"without {name}"] = list(differences(declared, without)) == [f"modules/intheloop.cppm does not export {name}"]
    for what, good in checks.items():
        if not good:
            print(f"self-test: {what}: judged wrongly")
    print(f"{sum(checks.values())} passed, {len(checks) - sum(checks.values())} failed")
    return 0 if all(checks.values()) else 1


def main():
    module = (ROOT / "modules" / "intheloop.cppm").read_text()
    if sys.argv[1:] == ["--self-test"]:
        return self_test(module)
    declared = public_names()
    found = list(differences(declared, module))
    print("\n".join(found) or f"{len(declared)} names are exported")
    return 1 if found or not declared else 0


if __name__ == "__main__":
    sys.exit(main())
