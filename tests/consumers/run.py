#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""Uses the library in every way that README.md tells, with the text that stands there: the address of a clone on this
machine takes the place of the repository's. Each consumer builds the first program, runs it against the test server, and
installs it: nothing of the library may come along. Needs no network."""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAM = ROOT / "examples" / "quick_start.cpp"
SERVER = ROOT / "tools" / "test_server" / "main.cpp"
CXX = os.environ.get("CXX", "c++")
ADDRESS = "<address of this repository>"  # stands so in README
# As old as we allow, so that no policy of CMake is set by chance; each warning to developers counts.
CMAKE_HEAD = """cmake_minimum_required(VERSION 3.20)
project(consumer LANGUAGES CXX)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
add_executable(app app.cpp)
"""
CMAKE_END = "install(TARGETS app)\n"
# Programs that link what a library of ours brings along.
USERS = {
    "recording": """#include <intheloop/recording.hpp>
int main() {
    intheloop::testing::player player{intheloop::testing::recording()};
    return player.played_as_recorded() ? 0 : 1;
}
""",
    "redis": """#include <intheloop.hpp>
#include <intheloop/fleet/redis.hpp>
#include <memory>
int main() {
    intheloop::fleet_options how;
    how.key = intheloop::secret("a key of sixteen characters");
    boost::asio::io_context context;
    intheloop::options options;
    options.token = intheloop::secret("token");
    options.fleet = std::make_shared<intheloop::redis_fleet>(
        how, intheloop::redis_options(intheloop::secret("redis://127.0.0.1:6379")));
    intheloop::client client(context.get_executor(), options);
    return client.statistics().fleet_failures == 0 ? 0 : 1;
}
""",
}
LIBRARIES = ["compiled", "testing", "recording", "fleet", "redis"] # hiredis is among what the tests need


class Failure(Exception):
    pass


def call(command, directory, **environment):
    """Runs a command to its end; gives what it printed on the standard output."""
    done = subprocess.run([str(word) for word in command], text=True, capture_output=True, cwd=directory,
                          env={**os.environ, **environment})
    if done.returncode != 0:
        raise Failure(f"$ {shlex.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def require(condition, message):
    if not condition:
        raise Failure(message)


def files_below(directory):
    return {p.relative_to(directory).as_posix() for p in directory.rglob("*") if not p.is_dir()}


def readme_block(language, *words):
    """The one block of README's section "Install" that has all of the words."""
    section = (ROOT / "README.md").read_text().split("\n## Install\n")[1].split("\n## ")[0]
    found = [text for kind, text in re.findall(r"^```(\w+)\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
             if kind == language and all(word in text for word in words)]
    require(len(found) == 1, f"README.md has {len(found)} blocks of {language} with {words}, and not one")
    return found[0]


class Consumers:
    def __init__(self, directory):
        self.directory = directory
        self.clone = directory / "intheloop"
        self.server = directory / "server" / "app"
        self.prefixes = {}

    def prepare_clone(self):
        """A repository of what lies here, committed or not."""
        shutil.copytree(ROOT, self.clone, ignore=shutil.ignore_patterns(".git", "build*", "node_modules", "subprojects"))
        identity = ["-c", "user.name=consumer", "-c", "user.email=consumer@example.com"]
        call(["git", "init", "-q", "-b", "main"], self.clone)
        call(["git", "add", "-A"], self.clone)
        call(["git", *identity, "commit", "-q", "-m", "what lies here"], self.clone)

    def project(self, name, **files):
        directory = self.directory / name
        directory.mkdir()
        shutil.copy(PROGRAM, directory / "app.cpp")
        for path, text in files.items():
            (directory / path).write_text(text)
        return directory

    def from_clone(self, text):
        require(ADDRESS in text, f"no address of a repository in\n{text}")
        return text.replace(ADDRESS, f"file://{self.clone}")

    def run(self, program):
        printed = call([self.server, program], self.directory)
        require(re.fullmatch(r"\S+ \w+\n\w+\n", printed), f"{program} printed:\n{printed}")

    def check_installed(self, directory):
        """The program alone, which runs from there."""
        found = files_below(directory / "installed")
        require(found == {"bin/app"}, f"{directory.name} installs\n{sorted(found)}")
        self.run(directory / "installed" / "bin" / "app")

    def check_system(self, build):
        """The library's headers give no warning to those who use them."""
        commands = json.loads((build / "compile_commands.json").read_text())
        command = next(c["command"] for c in commands if c["file"].endswith("app.cpp"))
        own = re.findall(r"(-I|-isystem)\s*(\S+/include)(?:\s|$)", command)
        require(own and all(kind == "-isystem" for kind, _ in own), f"not as headers of the system:\n{command}")

    # Meson and CMake install alike.

    def install(self, name, configure, build):
        prefix = self.directory / f"{name}-prefix"
        call(configure(prefix), self.clone)
        call(build, self.clone)
        moved = self.directory / f"{name}-moved"
        prefix.rename(moved)
        self.prefixes[name] = moved
        found = files_below(moved)
        headers = {path for path in found if path.startswith("include/")}
        require(headers == {f"include/{path}" for path in files_below(ROOT / "include")}, f"other headers:\n{headers}")
        others = sorted(pathlib.PurePath(path).name for path in found - headers)
        targets = ["intheloop-targets-noconfig.cmake"] if name == "cmake" else []
        require(others == sorted([
            "intheloop-config.cmake", "intheloop-config-version.cmake", "intheloop-targets.cmake", *targets,
            "intheloop.pc", *(f"intheloop-{library}.pc" for library in LIBRARIES),
            *(f"libintheloop-{library}.a" for library in LIBRARIES)]), f"{name} installs beside the headers:\n{others}")
        for path in found - headers:
            if path.endswith((".pc", ".cmake")):
                require(str(prefix) not in (moved / path).read_text(), f"{path} holds the prefix, which may move")

    def install_by_cmake(self):
        build = self.directory / "cmake-build"
        self.install("cmake", lambda prefix: ["cmake", "-G", "Ninja", "-S", ".", "-B", build, "-Werror=dev", f"-DCMAKE_INSTALL_PREFIX={prefix}"],
                     ["cmake", "--build", build, "--target", "install"])

    def install_by_meson(self):
        build = self.directory / "meson-build"
        self.install("meson", lambda prefix: ["meson", "setup", build, f"--prefix={prefix}", "-Ddebug=false", "-Doptimization=0",
                                              "--auto-features=disabled", "-Dtests=disabled", "-Dexamples=disabled", "-Dtools=disabled"],
                     ["meson", "install", "-C", build])

    # CMake

    def cmake(self, name, text, *options):
        directory = self.project(name, **{"CMakeLists.txt": CMAKE_HEAD + text + CMAKE_END})
        build = directory / "build"
        call(["cmake", "-G", "Ninja", "-S", directory, "-B", build, "-Werror=dev", f"-DCMAKE_INSTALL_PREFIX={directory}/installed", *options],
             directory)
        call(["cmake", "--build", build, "--target", "install"], directory)
        self.check_system(build)
        self.check_installed(directory)

    def cmake_subdirectory_header_only(self):
        text = readme_block("cmake", "add_subdirectory").replace("intheloop::compiled", "intheloop::intheloop")
        self.cmake("cmake_subdirectory", text.replace("add_subdirectory(intheloop", f"add_subdirectory({self.clone} intheloop"))
        built = files_below(self.directory / "cmake_subdirectory" / "build")
        require(not any(path.endswith(".a") for path in built), f"builds libraries that it does not use: {built}")

    def cmake_fetch_content(self):
        self.cmake("cmake_fetch_content", self.from_clone(readme_block("cmake", "FetchContent_Declare")))

    def cmake_find_package(self, by):
        self.cmake(f"cmake_find_package_{by}", readme_block("cmake", "find_package"),
                   f"-DCMAKE_PREFIX_PATH={self.prefixes[by]}")

    # Meson

    def meson_wrap(self):
        directory = self.project("meson_wrap", **{"meson.build": readme_block("meson", "dependency")})
        (directory / "subprojects").mkdir()
        wrap = self.from_clone(readme_block("ini", "[wrap-git]"))
        (directory / "subprojects" / "intheloop.wrap").write_text(wrap)
        # Packagers turn all features on, also those of a subproject.
        call(["meson", "setup", "build", f"--prefix={directory}/installed", "-Ddebug=false", "--auto-features=enabled"], directory)
        call(["meson", "install", "-C", "build"], directory)
        self.check_system(directory / "build")
        self.check_installed(directory)

    # A compiler alone

    def shell(self, name, text, **environment):
        directory = self.project(name)
        call(["sh", "-ec", re.sub(r"^c\+\+(?= )", lambda _: CXX, text, flags=re.MULTILINE)], directory, **environment)
        return directory / "app"

    def pkg_config(self, by):
        where = next(self.prefixes[by].rglob("intheloop.pc")).parent
        self.run(self.shell(f"pkg_config_{by}", readme_block("sh", "pkg-config"), PKG_CONFIG_PATH=str(where)))

    def two_files(self):
        text = readme_block("sh", "<intheloop/src.hpp>").replace("-Iintheloop/include", f"-I{self.clone}/include")
        program = self.shell("two_files", text)
        linked = call(["ldd", program], self.directory)
        require("boost" not in linked, f"links a library of Boost:\n{linked}")
        self.run(program)

    def test_server(self):
        """intheloop-testing, by its user of every day; the others need it."""
        directory = self.server.parent
        directory.mkdir()
        shutil.copy(SERVER, directory / "app.cpp")
        shutil.copytree(SERVER.parent.parent / "shared", directory.parent / "shared")
        where = next(self.prefixes["cmake"].rglob("intheloop.pc")).parent
        text = readme_block("sh", "pkg-config").replace("intheloop-compiled", "intheloop-testing")
        call(["sh", "-ec", re.sub(r"^c\+\+(?= )", lambda _: CXX, text)], directory, PKG_CONFIG_PATH=str(where))
        call([self.server, "true"], directory)

    def user_by_pkg_config(self, library):
        where = next(self.prefixes["cmake"].rglob("intheloop.pc")).parent
        directory = self.directory / f"{library}_pkg_config"
        directory.mkdir()
        (directory / "app.cpp").write_text(USERS[library])
        text = readme_block("sh", "pkg-config").replace("intheloop-compiled", f"intheloop-{library}")
        call(["sh", "-ec", re.sub(r"^c\+\+(?= )", lambda _: CXX, text)], directory, PKG_CONFIG_PATH=str(where))
        call([directory / "app"], directory)

    def user_by_find_package(self, library, by):
        directory = self.directory / f"{library}_find_package_{by}"
        directory.mkdir()
        (directory / "app.cpp").write_text(USERS[library])
        text = readme_block("cmake", "find_package").replace("intheloop::compiled", f"intheloop::{library}")
        (directory / "CMakeLists.txt").write_text(CMAKE_HEAD + text)
        call(["cmake", "-G", "Ninja", "-S", directory, "-B", directory / "build", "-Werror=dev",
              f"-DCMAKE_PREFIX_PATH={self.prefixes[by]}"], directory)
        call(["cmake", "--build", directory / "build"], directory)
        call([directory / "build" / "app"], directory)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", nargs="?", type=pathlib.Path, default=ROOT / "build" / "consumers",
                        help="where all is made; what lies there is removed first")
    parser.add_argument("--share", default="1/1", help="K/N: each N-th of those that use what is installed, from the K-th on")
    args = parser.parse_args()
    first, of_all = map(int, args.share.split("/"))
    if not 1 <= first <= of_all:
        parser.error("--share takes K/N, K from 1 to N")
    directory = args.directory.resolve()
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    of = Consumers(directory)
    of.prepare_clone()
    # Each stage uses what the one before has made.
    stages = [
        {"install by CMake": of.install_by_cmake, "install by Meson": of.install_by_meson},
        {"intheloop-testing by pkg-config": of.test_server},
        {"CMake, subdirectory, header-only": of.cmake_subdirectory_header_only,
         "CMake, FetchContent": of.cmake_fetch_content,
         "CMake, find_package after CMake": lambda: of.cmake_find_package("cmake"),
         "CMake, find_package after Meson": lambda: of.cmake_find_package("meson"),
         "Meson, wrap": of.meson_wrap,
         "pkg-config after CMake": lambda: of.pkg_config("cmake"),
         "pkg-config after Meson": lambda: of.pkg_config("meson"),
         "intheloop-recording by pkg-config after CMake": lambda: of.user_by_pkg_config("recording"),
         "intheloop::recording by find_package after Meson": lambda: of.user_by_find_package("recording", "meson"),
         "intheloop-redis by pkg-config after CMake": lambda: of.user_by_pkg_config("redis"),
         "intheloop::redis by find_package after CMake": lambda: of.user_by_find_package("redis", "cmake"),
         "intheloop::redis by find_package after Meson": lambda: of.user_by_find_package("redis", "meson"),
         "a compiler alone, two files": of.two_files},
    ]
    stages[-1] = dict(list(stages[-1].items())[first - 1::of_all])
    passed = failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for stage in stages:
            pending = [(what, pool.submit(consumer)) for what, consumer in stage.items()]
            for what, result in pending:
                failure = result.exception()
                if failure:
                    print(f"{what}: failed\n{failure}", flush=True)
                    failed += 1
                else:
                    print(f"{what}: good", flush=True)
                    passed += 1
            if failed:
                break  # the others would fail for this reason
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
