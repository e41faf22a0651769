#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""Data flows one way: a file of the library includes only its own layer and those to the left of it in
    base -> endpoint -> codec -> policy -> net -> client -> jobs -> testing
where api/ (the documented routes) sees the base and endpoint/ only, and is seen from client on, and openapi/ (documents
of endpoints) sees what stands up to codec/, and is seen by nothing."""
import pathlib
import re
import sys

LAYERS = ["base", "endpoint", "codec", "policy", "net", "client", "jobs", "testing"]
# Files that stand beside the directories, without their suffix: a definition file has its header's layer.
TOP_LEVEL = {
    "ascii": "base", "config": "base", "cut_text": "base", "fwd": "base", "secret": "base", "headers": "base", "error": "base", "observer": "base", "exchange_recorder": "base", "file_path": "base", "time_source": "base",
    "byte_source": "net", "handler": "net", "token_provider": "client", "options": "client", "option_checks": "client", "drift_report": "client",
    "call": "client", "documented_calls": "client", "result": "client", "client": "client",
    "body_stream": "jobs", "download": "jobs", "download_options": "jobs", "download_run": "jobs", 
    "download_target": "jobs", "download_transfer": "jobs", "export_access": "jobs", "export_job": "jobs", "export_journal": "jobs",
    "export_poller": "jobs", "export_start": "jobs", "export_state": "jobs", "file_source": "jobs",
    "item_reader": "jobs", "open_response": "jobs", "journal_file": "jobs", "next_row": "jobs", "part_file": "jobs", "prepared_download": "jobs", "rows": "jobs", "shared_exports": "jobs", "waiter": "jobs",
    "openapi": "openapi", "testing": "testing",
}
# Made of includes only.
UMBRELLAS = {"intheloop.hpp", "intheloop/src.hpp"}
API_SEES = {"base", "endpoint", "api"}
SEES_API = {"api", "client", "jobs", "testing"}
OPENAPI_SEES = {"base", "endpoint", "codec", "openapi"}
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"](intheloop[^>"]*)[>"]', re.MULTILINE)


def layer_of(path):
    """The layer of a path below include/, or None where no rule says one."""
    parts = [p for p in pathlib.PurePosixPath(path).parts[1:] if p != "impl"]
    if not parts:
        return None
    if len(parts) == 1:
        return TOP_LEVEL.get(pathlib.PurePosixPath(parts[0]).stem)
    return parts[0] if parts[0] in [*LAYERS, "api", "openapi"] else None


def may_include(user, used):
    if "openapi" in (user, used):
        return user == "openapi" and used in OPENAPI_SEES
    if user == "testing":
        return True
    if user == "api":
        return used in API_SEES
    if used == "api":
        return user in SEES_API
    return LAYERS.index(used) <= LAYERS.index(user)


def violations(path, text):
    if path in UMBRELLAS:
        return
    user = layer_of(path)
    if user is None:
        yield f"{path}: belongs to no layer; name it in tests/layers.py"
        return
    for used in INCLUDE.findall(text):
        layer = layer_of(used)
        if used in UMBRELLAS or layer is None:
            yield f"{path}: includes {used}, which belongs to no layer"
        elif not may_include(user, layer):
            yield f"{path} ({user}) includes {used} ({layer})"


def self_test():
    allowed = [
        ("intheloop/endpoint/field.hpp", "intheloop/endpoint/route.hpp"),
        ("intheloop/net/tls.hpp", "intheloop/error.hpp"),
        ("intheloop/api/report.hpp", "intheloop/endpoint/endpoint.hpp"),
        ("intheloop/codec/impl/percent.ipp", "intheloop/codec/percent.hpp"),
        ("intheloop/impl/client.ipp", "intheloop/net/tls.hpp"),
        ("intheloop/testing/server.hpp", "intheloop/client.hpp"),
        ("intheloop/openapi.hpp", "intheloop/codec/response.hpp"),
        ("intheloop.hpp", "intheloop/download.hpp"),
    ]
    forbidden = [
        ("intheloop/endpoint/field.hpp", "intheloop/codec/percent.hpp"),
        ("intheloop/error.hpp", "intheloop/result.hpp"),
        ("intheloop/codec/request.hpp", "intheloop/api/report.hpp"),
        ("intheloop/api/report.hpp", "intheloop/codec/request.hpp"),
        ("intheloop/net/impl/tls.ipp", "intheloop/client.hpp"),
        ("intheloop/client.hpp", "intheloop/download.hpp"),
        ("intheloop/download.hpp", "intheloop/testing.hpp"),
        ("intheloop/openapi/schema.hpp", "intheloop/api/report.hpp"),
        ("intheloop/openapi.hpp", "intheloop/client.hpp"),
        ("intheloop/testing/server.hpp", "intheloop/openapi.hpp"),
        ("intheloop/client.hpp", "intheloop.hpp"),
        ("intheloop/elsewhere/thing.hpp", "intheloop/error.hpp"),
    ]
    wrong = [pair for pair in allowed if list(violations(pair[0], f"#include <{pair[1]}>\n"))]
    wrong += [pair for pair in forbidden if not list(violations(pair[0], f"#include <{pair[1]}>\n"))]
    for user, used in wrong:
        print(f"judged wrongly: {user} includes {used}")
    print(f"self-test: {len(allowed) + len(forbidden)} cases, {len(wrong)} wrong")
    return 1 if wrong else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    include = pathlib.Path(__file__).resolve().parent.parent / "include"
    files = sorted(p for p in include.rglob("*") if p.suffix in (".hpp", ".ipp"))
    found = [v for p in files for v in violations(p.relative_to(include).as_posix(), p.read_text())]
    print("\n".join(found) or f"{len(files)} files keep to their layers")
    return 1 if found or not files else 0


if __name__ == "__main__":
    sys.exit(main())
