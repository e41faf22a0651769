#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""The folders of the library are its layers. A file includes only its own layer and those to the left of it in
    base -> endpoint -> codec -> policy -> net -> client -> jobs -> testing -> recording
where api/ (the documented routes) sees base/ and endpoint/ only, and is seen from client/ on, and openapi/ (documents
of endpoints) sees what stands up to codec/, and is seen by nothing; fleet/ (what processes share) sees what stands up to
net/, and is seen from testing/ on.

A folder holds the headers that users may include, its detail/ the others, its impl/ the definitions (.ipp). Beside the
folders stand fwd.hpp, which is of base, and the umbrellas, which hold nothing but includes."""
import pathlib
import re
import sys

LAYERS = ["base", "endpoint", "codec", "policy", "net", "client", "jobs", "testing", "recording"]
FOLDERS = [*LAYERS, "api", "fleet", "openapi"]
UMBRELLAS = ["intheloop.hpp", "intheloop/src.hpp", "intheloop/openapi.hpp", "intheloop/testing.hpp", "intheloop/testing/src.hpp",
             "intheloop/recording.hpp", "intheloop/recording/src.hpp", "intheloop/fleet.hpp",
             "intheloop/fleet/redis_src.hpp", "intheloop/fleet/src.hpp"]
API_SEES = {"base", "endpoint", "api"}
SEES_API = {"api", "client", "jobs", "testing", "recording"}
FLEET_SEES = {"base", "endpoint", "codec", "policy", "net", "fleet"}
SEES_FLEET = {"fleet", "testing", "recording"}
OPENAPI_SEES = {"base", "endpoint", "codec", "openapi"}
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"](intheloop[^>"]*)[>"]', re.MULTILINE)


def layer_of(path):
    """The layer of a path below include/, or None where it stands in no layer's folder."""
    if path in UMBRELLAS:
        return None
    if path == "intheloop/fwd.hpp":
        return "base"
    folder = re.fullmatch(r"intheloop/(\w+)/(?:detail/\w+\.hpp|impl/\w+\.ipp|\w+\.hpp)", path)
    return folder[1] if folder and folder[1] in FOLDERS else None


def is_public(path):
    return path.endswith(".hpp") and "/detail/" not in path


def may_include(user, used):
    if "openapi" in (user, used):
        return user == "openapi" and used in OPENAPI_SEES
    if user == "fleet":
        return used in FLEET_SEES
    if used == "fleet":
        return user in SEES_FLEET
    if user == "api":
        return used in API_SEES
    if used == "api":
        return user in SEES_API
    return LAYERS.index(used) <= LAYERS.index(user)


def declares_something(text):
    """Tells whether more stands in a file than comments and directives."""
    return any(line.strip() and not line.lstrip().startswith(("#", "//")) for line in text.splitlines())


def violations(path, text):
    if path in UMBRELLAS:
        if declares_something(text):
            yield f"{path}: declares something; an umbrella holds includes only"
        return
    user = layer_of(path)
    if user is None:
        yield (f"{path}: stands in no layer; a header belongs into the folder of its layer or that folder's detail/, "
               "a definition file (.ipp) into its impl/")
        return
    for used in INCLUDE.findall(text):
        layer = layer_of(used)
        if layer is None:
            yield f"{path}: includes {used}, which belongs to no layer"
        elif not may_include(user, layer):
            yield f"{path} ({user}) includes {used} ({layer})"


def unreached(texts):
    """The public headers that no umbrella includes, not even through another header."""
    todo, seen = [name for name in UMBRELLAS if name in texts], set()
    while todo:
        name = todo.pop()
        if name in texts and name not in seen:
            seen.add(name)
            todo += INCLUDE.findall(texts[name])
    return [f"{name}: no umbrella includes it; name it there, or put it into detail/"
            for name in texts if is_public(name) and name not in seen]


def self_test():
    allowed = [
        ("intheloop/endpoint/field.hpp", "intheloop/endpoint/route.hpp"),
        ("intheloop/net/detail/tls.hpp", "intheloop/base/error.hpp"),
        ("intheloop/api/report.hpp", "intheloop/endpoint/endpoint.hpp"),
        ("intheloop/codec/impl/percent.ipp", "intheloop/codec/detail/percent.hpp"),
        ("intheloop/client/impl/client.ipp", "intheloop/net/detail/tls.hpp"),
        ("intheloop/client/client.hpp", "intheloop/fwd.hpp"),
        ("intheloop/testing/server.hpp", "intheloop/client/client.hpp"),
        ("intheloop/testing/server.hpp", "intheloop/api/report.hpp"),
        ("intheloop/recording/player.hpp", "intheloop/testing/server.hpp"),
        ("intheloop/openapi/document.hpp", "intheloop/codec/detail/response.hpp"),
        ("intheloop/fleet/fleet.hpp", "intheloop/net/detail/runtime.hpp"),
        ("intheloop/testing/server.hpp", "intheloop/fleet/fleet.hpp"),
        ("intheloop.hpp", "intheloop/jobs/download.hpp"),
    ]
    forbidden = [
        ("intheloop/endpoint/field.hpp", "intheloop/codec/detail/percent.hpp"),
        ("intheloop/base/error.hpp", "intheloop/net/tls_options.hpp"),
        ("intheloop/codec/detail/request.hpp", "intheloop/api/report.hpp"),
        ("intheloop/api/report.hpp", "intheloop/codec/detail/request.hpp"),
        ("intheloop/net/impl/tls.ipp", "intheloop/client/client.hpp"),
        ("intheloop/client/client.hpp", "intheloop/jobs/download.hpp"),
        ("intheloop/jobs/download.hpp", "intheloop/testing/server.hpp"),
        ("intheloop/openapi/schema.hpp", "intheloop/api/report.hpp"),
        ("intheloop/openapi/document.hpp", "intheloop/client/client.hpp"),
        ("intheloop/testing/server.hpp", "intheloop/openapi/document.hpp"),
        ("intheloop/testing/server.hpp", "intheloop/recording/player.hpp"),
        ("intheloop/client/client.hpp", "intheloop/fleet/fleet.hpp"),
        ("intheloop/net/detail/runtime.hpp", "intheloop/fleet/fleet.hpp"),
        ("intheloop/fleet/fleet.hpp", "intheloop/client/client.hpp"),
        ("intheloop/client/client.hpp", "intheloop.hpp"),
        ("intheloop/client/client.hpp", "intheloop/src.hpp"),
        ("intheloop/elsewhere/thing.hpp", "intheloop/base/error.hpp"),
        ("intheloop/loose.hpp", "intheloop/base/error.hpp"),
        ("intheloop/impl/loose.ipp", "intheloop/base/error.hpp"),
        ("intheloop/base/impl/error.hpp", "intheloop/base/error.hpp"),
        ("intheloop/base/detail/ascii.ipp", "intheloop/base/error.hpp"),
        ("intheloop/base/error.ipp", "intheloop/base/error.hpp"),
    ]
    wrong = [pair for pair in allowed if list(violations(pair[0], f"#include <{pair[1]}>\n"))]
    wrong += [pair for pair in forbidden if not list(violations(pair[0], f"#include <{pair[1]}>\n"))]
    for user, used in wrong:
        print(f"judged wrongly: {user} includes {used}")
    umbrella = "// All of it.\n#ifndef X\n#define X\n#include <intheloop/base/a.hpp>\n#endif\n"
    texts = {"intheloop.hpp": umbrella, "intheloop/base/a.hpp": "#include <intheloop/base/b.hpp>\n",
             "intheloop/base/b.hpp": "", "intheloop/base/detail/d.hpp": ""}
    cases = [
        ("an umbrella of includes", not list(violations("intheloop/testing.hpp", umbrella))),
        ("an umbrella that declares", list(violations("intheloop/testing.hpp", umbrella + "class x;\n"))),
        ("headers that are reached", not unreached(texts)),
        ("a header that is not", len(unreached(texts | {"intheloop/base/c.hpp": ""})) == 1),
    ]
    for name, good in cases:
        if not good:
            print(f"judged wrongly: {name}")
            wrong.append(name)
    print(f"self-test: {len(allowed) + len(forbidden) + len(cases)} cases, {len(wrong)} wrong")
    return 1 if wrong else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    include = pathlib.Path(__file__).resolve().parent.parent / "include"
    texts = {p.relative_to(include).as_posix(): p.read_text() for p in sorted(include.rglob("*")) if p.is_file()}
    found = [v for path, text in texts.items() for v in violations(path, text)] + unreached(texts)
    print("\n".join(found) or f"{len(texts)} files keep to their layers")
    return 1 if found or not texts else 0


if __name__ == "__main__":
    sys.exit(main())
