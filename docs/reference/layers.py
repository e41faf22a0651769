#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""Graphs of the layers, for the reference: layers.py DIRECTORY writes layers.dot and a layer_NAME.dot for each;
--self-test tests it.

They are drawn from the includes that the headers really have; one that goes against the direction is an error, as in
tests/layers.py, which knows the direction."""
import collections
import pathlib
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))
import layers as checked  # noqa: E402 - that one has the name of this file

ORDER = ["base", "endpoint", "api", *checked.LAYERS[2:-2], "fleet", "openapi", *checked.LAYERS[-2:]]
STYLE = """    node [shape=box style=filled fillcolor="white" color="#555577" fontname="Helvetica" fontsize=10];
    edge [color="#8888aa" fontname="Helvetica" fontsize=9 fontcolor="#666688"];
"""


def headers(include):
    """The headers with what each includes: {path: [path]}."""
    found = {}
    for path in sorted(include.rglob("*.hpp")):
        name = path.relative_to(include).as_posix()
        if checked.layer_of(name) is None:
            continue
        text = path.read_text()
        if wrong := list(checked.violations(name, text)):
            raise ValueError("\n".join(wrong))
        found[name] = [used for used in checked.INCLUDE.findall(text) if not used.endswith(".ipp")]
    return found


def short(name):
    return name.removeprefix("intheloop/")


def below(layer, name):
    """The name of a header within its layer."""
    return short(name).removeprefix(layer + "/")


def edges_between(graph):
    """How many includes go from a layer to another."""
    count = collections.Counter()
    for name, used in graph.items():
        for other in used:
            pair = checked.layer_of(name), checked.layer_of(other)
            if pair[0] != pair[1]:
                count[pair] += 1
    return count


def needed(edges):
    """Those edges that no path over other layers stands for."""
    def reaches(a, b, direct):
        return any(y == b or reaches(y, b, direct) for x, y in direct if x == a)

    return {(a, b) for a, b in edges if not reaches(a, b, edges - {(a, b)})}


def table(layer, names):
    """The public headers of a layer, and how many others it has."""
    cell = '<tr><td align="left"{}><font point-size="9">{}</font></td></tr>'
    public = [name for name in names if checked.is_public(name)]
    rows = "".join(cell.format(f' href="\\ref {name}"', below(layer, name)) for name in public)
    if others := len(names) - len(public):
        rows += cell.format("", f"{others} in detail/")
    return f'<<table border="0" cellspacing="0" cellpadding="1"><tr><td><b>{layer}</b></td></tr>{rows}</table>>'


def all_layers(graph):
    """Each layer with its headers, and an edge for what it includes, from right to left."""
    count = edges_between(graph)
    kept = needed(set(count))
    lines = ["digraph layers {", '    rankdir=RL; ranksep=0.35; nodesep=0.15; size="9.5";', STYLE.rstrip("\n")]
    for layer in ORDER:
        names = [name for name in graph if checked.layer_of(name) == layer]
        lines.append(f'    {layer} [URL="\\ref layer_{layer}" label={table(layer, names)}];')
    for (user, used), n in sorted(count.items(), key=lambda e: (ORDER.index(e[0][0]), ORDER.index(e[0][1]))):
        tip = f'tooltip="{user} includes {used}: {n}"'
        if (user, used) in kept:
            lines.append(f'    {user} -> {used} [label="{n}" {tip}];')
    return "\n".join([*lines, "}", ""])


def one_layer(graph, layer):
    """The headers of a layer with the includes between them, and the layers that they include."""
    names = [name for name in graph if checked.layer_of(name) == layer]
    lines = [f"digraph layer_{layer} {{", "    rankdir=RL;", STYLE.rstrip("\n")]
    others, drawn = set(), []
    for name in names:
        link = f' URL="\\ref {name}"' if checked.is_public(name) else ' fontcolor="#777777"' # the reference has the others not
        lines.append(f'    "{name}" [label="{short(name)}"{link}];')
        used = graph[name]
        inside = [other for other in used if other in names]
        drawn += [f'    "{name}" -> "{other}";' for other in inside]
        outside = {checked.layer_of(other) for other in used} - {layer}
        others |= outside
        drawn += [f'    "{name}" -> "{other}" [style=dashed];' for other in sorted(outside, key=ORDER.index)]
    for other in sorted(others, key=ORDER.index):
        lines.append(f'    "{other}" [label="{other}" fillcolor="#eeeef6" URL="\\ref layer_{other}"];')
    return "\n".join([*lines, *drawn, "}", ""])


def self_test():
    files = {"endpoint/route.hpp": "", "codec/detail/percent.hpp": "#include <intheloop/endpoint/route.hpp>\n",
             "codec/request.hpp": "#include <intheloop/codec/detail/percent.hpp>\n#include <intheloop/base/error.hpp>\n",
             "policy/retry.hpp": "#include <intheloop/codec/request.hpp>\n#include <intheloop/endpoint/route.hpp>\n",
             "base/error.hpp": "", "base/impl/error.ipp": ""}
    wrong = []
    with tempfile.TemporaryDirectory() as directory:
        include = pathlib.Path(directory)

        def write(name, text):
            path = include / "intheloop" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

        for name, text in files.items():
            write(name, text)
        graph = headers(include)
        whole, policy = all_layers(graph), one_layer(graph, "policy")
        for part in ("codec -> endpoint [label=\"1\"", "codec -> base", "policy -> codec [label=\"1\"", "request.hpp</font>", "1 in detail/"):
            wrong += [] if part in whole else [f"no {part} in the graph of the layers"]
        wrong += ["an arrow that follows from others"] if "policy -> endpoint [" in whole else []
        wrong += [] if '"intheloop/policy/retry.hpp" -> "endpoint"' in policy else ["no arrow from a header to a layer"]
        write("endpoint/route.hpp", "#include <intheloop/codec/request.hpp>\n")
        try:
            headers(include)
            wrong.append("an include against the direction is drawn")
        except ValueError as error:
            if "endpoint/route.hpp" not in str(error):
                wrong.append(f"says {error} of an include against the direction")
    for what in wrong:
        print(what)
    print(f"self-test: 9 cases, {len(wrong)} wrong")
    return 1 if wrong else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    target = pathlib.Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    try:
        graph = headers(ROOT / "include")
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    (target / "layers.dot").write_text(all_layers(graph))
    for layer in ORDER:
        (target / f"layer_{layer}.dot").write_text(one_layer(graph, layer))
    return 0


if __name__ == "__main__":
    sys.exit(main())
