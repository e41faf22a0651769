# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""Compile time and size of a file that uses the library, next to others; and what each further endpoint costs.

The others use Asio and Boost.JSON alone, and call a route by hand.

The times are the compiler's CPU time in user mode, which depends less on what else the machine does than the time on
the wall; the files take turns, and the medians are compared."""

import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "compile_time"))
import catalog  # noqa: E402
import small_routes  # noqa: E402

SEPARATE = ["-DINTHELOOP_SEPARATE_COMPILATION", "-DINTHELOOP_LINK_BOOST"]
CLIENT_ALONE = ["-DINCLUDE_CLIENT_ALONE"]
LEVELS = ["-O0", "-O2"]
BASELINE = "a timer awaited, Boost.JSON included"
BY_HAND = "one route by hand with Beast"
SINGLE_FILE = "the same, of the single file"
# what, source, flags
FILES = [
    ("fwd.hpp alone", "compile_time/forward.cpp", []),
    (BASELINE, "compile_time/baseline.cpp", []),
    ("all three routes called, separate compilation", "compile_time/three_routes.cpp", SEPARATE),
    ("the same, header-only", "compile_time/three_routes.cpp", []),
    ("the same, of client.hpp, which reaches no job", "compile_time/three_routes.cpp", CLIENT_ALONE),
    (SINGLE_FILE, "compile_time/three_routes.cpp", []),
    ("the header included and nothing called, header-only", "compile_time/included.cpp", []),
    ("the file of src.hpp, separate compilation", "compile_time/compiled_once.cpp", SEPARATE),
    (BY_HAND, "compile_time/by_hand.cpp", []),
]
MODULE = "the module itself, once"
IMPORTED = "all three routes called, import intheloop"
# So many endpoints are called, and then ten more: a difference of one is at the mercy of what happens to be inlined.
FEW, MANY = 4, 14


def add_options(parser):
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--compiler", default=os.environ.get("CXX", "g++"))
    parser.add_argument("--module-compiler", default="clang++-19", help="the clang++ that compiles the module (from 19 on)")


def command_for(compiler, level, source, flags, target):
    return [compiler, "-std=c++20", level, "-DNDEBUG", "-w", *flags, "-I", str(HERE.parent / "include"), "-c", str(source), "-o", str(target)]


def compile_once(compiler, level, source, flags, target):
    """Seconds of CPU."""
    command = command_for(compiler, level, source, flags, target)
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    subprocess.run(command, check=True)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def text_size(target):
    """Bytes of code and constants."""
    return int(subprocess.run(["size", str(target)], check=True, capture_output=True, text=True).stdout.splitlines()[1].split()[0])


def measure(compiler, rounds, files, levels=LEVELS):
    """Median seconds and bytes of each (what, source, flags), by (what, level)."""
    times, sizes = {}, {}
    with tempfile.TemporaryDirectory() as directory:
        target = pathlib.Path(directory) / "object.o"
        for _ in range(rounds):
            for what, source, flags in files:
                for level in levels:
                    times.setdefault((what, level), []).append(compile_once(compiler, level, source, flags, target))
                    sizes[what, level] = text_size(target)
    return {key: {"seconds": statistics.median(each), "text_bytes": sizes[key]} for key, each in times.items()}


def with_catalogs(shapes, run):
    """Calls run([(what, source, flags)…]) with a file for each (endpoints declared, endpoints called)."""
    with tempfile.TemporaryDirectory() as directory:
        files = []
        for declared, called in shapes:
            source = pathlib.Path(directory) / f"catalog_{declared}_{called}.cpp"
            source.write_text(catalog.source(declared, called))
            files.append(((declared, called), source, SEPARATE))
        return run(files)


def one_more_endpoint(compiler, rounds, levels=LEVELS):
    """Returns the cost of one more endpoint that has types of its own and is called, by level."""
    both = with_catalogs([(FEW, FEW), (MANY, MANY)], lambda files: measure(compiler, rounds, files, levels))
    return {level: {name: (both[(MANY, MANY), level][name] - both[(FEW, FEW), level][name]) / (MANY - FEW)
                    for name in ("seconds", "text_bytes")} for level in levels}


def one_more_small_route(compiler, rounds, levels=LEVELS):
    """Returns the cost of one more route whose classes are written, and whose types its descriptor makes, by level."""
    with tempfile.TemporaryDirectory() as directory:
        files = []
        for name, kind in (("written", small_routes.WRITTEN), ("made", small_routes.MADE)):
            for count in (FEW, MANY):
                source = pathlib.Path(directory) / f"{name}_{count}.cpp"
                source.write_text(small_routes.source(kind, count))
                files.append(((name, count), source, SEPARATE))
        measured = measure(compiler, rounds, files, levels)
    return {level: {f"{name}_{what}": (measured[(name, MANY), level][what] - measured[(name, FEW), level][what]) / (MANY - FEW)
                    for name in ("written", "made") for what in ("seconds", "text_bytes")} for level in levels}


def modules(compiler, rounds):
    """A file that imports the module next to one that includes the header, and the module itself."""
    measured = {}
    with tempfile.TemporaryDirectory() as directory:
        interface = f"{directory}/intheloop.pcm"
        files = [
            (MODULE, HERE.parent / "modules" / "intheloop.cppm", [*SEPARATE, f"-fmodule-output={interface}"]),
            (IMPORTED, HERE / "compile_time/three_routes.cpp", [*SEPARATE, "-DIMPORT_INTHELOOP", f"-fmodule-file=intheloop={interface}"]),
            *[(what, HERE / source, flags) for what, source, flags in FILES if source == "compile_time/three_routes.cpp" and what != SINGLE_FILE and flags != CLIENT_ALONE],
        ]
        for level in LEVELS:
            measured |= measure(compiler, rounds, files, [level])
    return {"compiler": compiler, "rounds": rounds, "files": [{"file": what, "level": level, **each} for (what, level), each in measured.items()]}


def in_rows(compiler, rounds):
    """The files of the table; the single file is written for it."""
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run([sys.executable, str(HERE.parent / "tools/packaging/single_header.py"), f"{directory}/intheloop.hpp"],
                       check=True, stdout=subprocess.DEVNULL)
        single = ["-I", directory]
        return measure(compiler, rounds, [(what, HERE / source, single if what == SINGLE_FILE else flags) for what, source, flags in FILES])


def run(arguments):
    measured = in_rows(arguments.compiler, arguments.rounds)
    more = one_more_endpoint(arguments.compiler, arguments.rounds)
    small = one_more_small_route(arguments.compiler, arguments.rounds)
    return {"compiler": arguments.compiler, "rounds": arguments.rounds,
            "compile_time": [{"file": what, "level": level, **each} for (what, level), each in measured.items()],
            "one_more_endpoint": [{"level": level, **each} for level, each in more.items()],
            "one_more_small_route": [{"level": level, **each} for level, each in small.items()],
            **({"modules": modules(arguments.module_compiler, arguments.rounds)} if shutil.which(arguments.module_compiler) else {})}


def markdown(results):
    measured = {(row["file"], row["level"]): row for row in results["compile_time"]}
    lines = ["| one file | -O0 s | of the timer's | of by hand | text KiB | -O2 s | of the timer's | of by hand | text KiB |",
             "| --- | --: | --: | --: | --: | --: | --: | --: | --: |"]
    for what in dict.fromkeys(row["file"] for row in results["compile_time"]):
        line = f"| {what} |"
        for level in LEVELS:
            each = measured[what, level]
            ratios = [each["seconds"] / measured[other, level]["seconds"] for other in (BASELINE, BY_HAND)]
            line += f" {each['seconds']:.2f} | {ratios[0]:.2f} | {ratios[1]:.2f} | {each['text_bytes'] / 1024:,.0f} |"
        lines.append(line)
    lines.append("| one more endpoint |" + "".join(
        f" +{row['seconds']:.2f} | | | +{row['text_bytes'] / 1024:,.1f} |" for row in results["one_more_endpoint"]))
    return "\n".join(lines + markdown_of_small_routes(results.get("one_more_small_route")) + markdown_of_modules(results.get("modules")))


def markdown_of_small_routes(results):
    if not results:
        return []
    lines = ["", "| one more route of two members each | -O0 s | text KiB | -O2 s | text KiB |", "| --- | --: | --: | --: | --: |"]
    for title, name in (("with written classes", "written"), ("with `parameters<>` and `fields<>`", "made")):
        lines.append(f"| {title} |" + "".join(
            f" +{row[name + '_seconds']:.2f} | +{row[name + '_text_bytes'] / 1024:,.1f} |" for row in results))
    ratios = "".join(f" {row['made_seconds'] / row['written_seconds']:.2f} | {row['made_text_bytes'] / row['written_text_bytes']:.2f} |" for row in results)
    return [*lines, f"| ratio |{ratios}"]


def markdown_of_modules(results):
    if not results:
        return []
    lines = ["", f"| with {results['compiler']} | -O0 s | text KiB | -O2 s | text KiB |", "| --- | --: | --: | --: | --: |"]
    for what in dict.fromkeys(row["file"] for row in results["files"]):
        rows = {row["level"]: row for row in results["files"] if row["file"] == what}
        lines.append(f"| {what} |" + "".join(f" {rows[level]['seconds']:.2f} | {rows[level]['text_bytes'] / 1024:,.0f} |" for level in LEVELS))
    return lines
