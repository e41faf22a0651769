#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""Limits what a file has to compile that uses the library. With separate compilation, the headers of each rule reach only the
parts of Boost, and the files, that the rule allows: the compiler's own list of the files that it read is what counts. With
all definitions, the one header reaches no expensive part of the standard library, and a file that only includes it holds no
code of the library: a class whose virtual functions are declared without INTHELOOP_DECL has its table, and all that this
reaches, in every file.
--self-test breaks each rule on purpose, and fails if that is not found."""
import argparse
import functools
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "support"))
from compile import INCLUDE, SEPARATE, compile_cpp  # noqa: E402

# Boost's libraries that are small, or that Boost.System and Boost.JSON need anyway.
SMALL = {"align", "assert", "cerrno", "config", "core", "cstdint", "current_function", "describe", "detail", "exception", "limits",
         "move", "mp11", "predef", "static_assert", "system", "throw_exception", "type_traits", "variant2", "version"}
JSON = SMALL | {"json", "container", "container_hash", "intrusive"}

# Sockets, TLS, timers and strands of Asio, and what only they need.
NETWORK = (r"boost/asio/(?:basic_(?!system_executor)\w+|buffer|read|write|strand|ssl|ip/|local/|generic/|posix/|\w*timer|time_traits"
           r"|signal_set|thread_pool|spawn|co_composed|experimental/|parallel_group|detail/\w*(?:socket_service|resolver|deadline|strand))")
# The documents of Boost.JSON need neither its parser nor its conversions.
PARSING = r"boost/json/(?:src|parse|\w*parser|serialize\w*|value_from|value_to|conversion|visit|monotonic_resource)\b"
CONTAINERS = r"boost/(?:container/(?:\w*vector|\w*map|\w*set|list|deque|string)|intrusive/(?:\w*set|\w*tree|\w*list))\.hpp"
# Parts of the standard library that take long, and that nothing here is made of.
STANDARD = r"/(?:iostream|fstream|regex|random|future|thread|condition_variable|deque|set|valarray|complex)$"
PATHS = r"/(?:filesystem|codecvt|iomanip|locale)$"
# Of the library itself: all that is compiled once.
COMPILED_ONCE = (r"hiredis/|intheloop/(?:\S*\.ipp|src\.hpp|testing\S*|recording\S*|openapi\S*|fleet\S*|jobs/detail/(?:export_poller|pending_handler)\.hpp|client/detail/option_checks\.hpp"
                 r"|net/detail/(?:attempt|call|close_on_exec|connect\w+|name_lookup|pool|request_body_writer|response_parser|runtime|s\w+_store|strand|timer_queue|tls|tls_stream|token_source)\.hpp)")
DOM = r"boost/json/(?!fwd\.hpp|config\.hpp|detail/)"


class Rule:
    def __init__(self, what, headers, boost, *forbidden):
        self.what, self.headers, self.boost, self.forbidden = what, headers, boost, forbidden


RULES = [
    Rule("names alone", ["fwd.hpp"], set(), r"/include/(?!intheloop/fwd\.hpp$)"),
    Rule("endpoints", ["endpoint/*.hpp", "endpoint/detail/*.hpp"], SMALL | {"json"}, DOM, STANDARD, PATHS, COMPILED_ONCE),
    Rule("the documented routes", ["api/*.hpp"], JSON, PARSING, CONTAINERS, STANDARD, PATHS, COMPILED_ONCE),
    Rule("codec and policy", ["codec/*.hpp", "codec/detail/*.hpp", "policy/*.hpp", "policy/detail/*.hpp"], SMALL | {"json"}, DOM, STANDARD, PATHS, COMPILED_ONCE),
    Rule("the client", ["client/client.hpp"], JSON | {"asio"}, NETWORK, PARSING, CONTAINERS, STANDARD, PATHS, COMPILED_ONCE),
    Rule("the one header", ["../intheloop.hpp"], JSON | {"asio"}, NETWORK, PARSING, CONTAINERS, STANDARD, PATHS, COMPILED_ONCE),
]


def headers_of(compiler, rule):
    """The headers of a rule, without those in detail/ that only the compiled part of the library needs."""
    directory = INCLUDE / "intheloop"
    paths = [p.resolve() for each in rule.headers for p in sorted(directory.glob(each))]
    compiled_by_users = {pathlib.Path(p).resolve() for p in brought(compiler, "intheloop.hpp")}
    return [p.relative_to(INCLUDE).as_posix() for p in paths if p.parent.name != "detail" or p in compiled_by_users]


def files_reached(compiler, source, flags=SEPARATE):
    """All files that the compiler reads for a text."""
    # Not -M: clang counts as read what __has_include only asks for.
    good, text = compile_cpp(compiler, [*flags, "-E", "-H", "-o", "/dev/null"], source, warnings=False)
    if not good:
        raise SystemExit(f"can't be preprocessed:\n{source}\n{text}")
    return re.findall(r"^\.+ (\S+)$", text, re.MULTILINE)


@functools.cache
def brought(compiler, header):
    """The files that a header reaches by itself. Of others' headers: newer versions include more than older ones."""
    return frozenset(files_reached(compiler, f"#include <{header}>\n"))


def breaks(compiler, rule, path):
    if JSON <= rule.boost and path in brought(compiler, "boost/json/value.hpp"):
        return False
    boost = re.search(r"/boost/(\w+)", path)
    if boost and boost.group(1) not in rule.boost:
        return True
    return any(re.search(pattern, path) for pattern in rule.forbidden
               if pattern not in (STANDARD, PATHS) or path not in brought(compiler, "chrono"))


def violations(compiler, rule, source):
    return [path for path in files_reached(compiler, source) if breaks(compiler, rule, path)]


def including(headers):
    return "".join(f"#include <{header}>\n" for header in headers)


def check(compiler, rule):
    headers = headers_of(compiler, rule)
    if not headers:
        yield f"{rule.what}: no header is named {rule.headers}"
    elif violations(compiler, rule, including(headers)):
        for header in headers:
            for path in dict.fromkeys(violations(compiler, rule, including([header]))):
                yield f"{header} ({rule.what}) must not reach {path}"


# Of all that the definitions need, these would cost much, and little of them would be used.
NOT_FOR_DEFINITIONS = r"/(?:filesystem|random|regex|iostream|fstream|future|valarray|complex|condition_variable)$"
ONE_HEADER = "#include <intheloop.hpp>\n"


def expensive(compiler, source):
    return [path for path in files_reached(compiler, source, []) if re.search(NOT_FOR_DEFINITIONS, path)]


def code_of(compiler, source):
    """The library's functions and tables in the object of a text."""
    with tempfile.TemporaryDirectory() as directory:
        target = f"{directory}/object.o"
        good, text = compile_cpp(compiler, ["-O0", "-c", "-o", target], source, warnings=False)
        if not good:
            raise SystemExit(f"can't be compiled:\n{source}\n{text}")
        symbols = subprocess.run(["nm", "-C", "--defined-only", target], text=True, capture_output=True, check=True).stdout
    return re.findall(r"^\w+ [TWVBDu] (.*\bintheloop::.*)$", symbols, re.MULTILINE)


def check_definitions(compiler):
    for path in dict.fromkeys(expensive(compiler, ONE_HEADER)):
        yield f"the definitions must not reach {path}"
    for symbol in code_of(compiler, ONE_HEADER):
        if symbol.endswith(("lookup_threads::waits_of_context::id", "strand_gate::context_gate::id")):
            continue  # by which Asio finds a service: no code
        yield f"a file that only includes the header holds {symbol}"


# Each rule has to find this, however it comes in.
BROKEN = {
    "names alone": ["string", "intheloop/base/error.hpp"],
    "endpoints": ["boost/json/value.hpp", "boost/asio/post.hpp", "iostream", "filesystem"],
    "the documented routes": ["boost/json/parse.hpp", "boost/asio/post.hpp", "boost/container/small_vector.hpp", "regex"],
    "codec and policy": ["boost/json/value.hpp", "boost/asio/post.hpp", "boost/beast/core/string.hpp", "random"],
    "the client": ["boost/asio/ip/tcp.hpp", "boost/asio/steady_timer.hpp", "boost/asio/strand.hpp", "boost/asio/ssl/context.hpp",
                   "boost/beast/http/fields.hpp", "boost/json/serializer.hpp", "boost/intrusive/set.hpp", "filesystem",
                   "intheloop/net/detail/strand.hpp", "intheloop/net/impl/url.ipp"],
    "the one header": ["boost/asio/ip/address.hpp", "boost/asio/buffer.hpp", "boost/json/src.hpp", "boost/optional/optional.hpp",
                       "iostream", "intheloop/jobs/detail/export_poller.hpp", "intheloop/testing.hpp", "intheloop/recording.hpp", "intheloop/openapi.hpp", "intheloop/fleet.hpp",
                       "intheloop/fleet/redis.hpp"],
}


def self_test(compiler):
    wrong = cases = 0
    for rule in RULES:
        sources = [f"#include <{broken}>\n" for broken in BROKEN[rule.what]]
        # Through a macro too, which no search of the text finds.
        sources.append(f"#define HIDDEN <{BROKEN[rule.what][0]}>\n#include HIDDEN\n")
        allowed = including(headers_of(compiler, rule)[:1])
        sources.append(allowed + sources[0])
        missed = [source for source in sources if not violations(compiler, rule, source)]
        missed += [allowed] if violations(compiler, rule, allowed) else []
        for source in missed:
            print(f"{rule.what}: judged wrongly:\n{source}")
        wrong += len(missed)
        cases += len(sources) + 1
    late = "namespace intheloop { class late { virtual void run(); }; inline void late::run() {} }\n"
    if not expensive(compiler, ONE_HEADER + "#include <filesystem>\n"):
        print("the definitions: <filesystem> is not found")
        wrong += 1
    if not code_of(compiler, late):
        print("the definitions: the table of a class is not found")
        wrong += 1
    table = "template <class T> T make() { return {}; } namespace intheloop { inline std::string const table = make<std::string>(); }\n"
    if not code_of(compiler, "#include <string>\n" + table):
        print("the definitions: a variable that is made at the start of the program is not found")
        wrong += 1
    cases += 3
    print(f"self-test: {cases} cases, {wrong} wrong")
    return 1 if wrong else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compiler", default="c++")
    parser.add_argument("--self-test", action="store_true")
    args = parser.parse_args()
    if args.self_test:
        return self_test(args.compiler)
    found = [line for rule in RULES for line in check(args.compiler, rule)]
    found += check_definitions(args.compiler)
    print("\n".join(found) or f"{len(RULES) + 1} rules are kept")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
