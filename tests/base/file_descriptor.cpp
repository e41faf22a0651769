// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/base/detail/file_descriptor.hpp>

#include <support/full_disk.hpp>
#include <support/other_umask.hpp>

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>

TEST_SUITE("base/file_descriptor") {

namespace {

using intheloop::errc;
using intheloop::detail::file_descriptor;
using intheloop::detail::file_failure;
using intheloop::detail::flush_directory_of;

class scratch_directory {
public:
    scratch_directory() {
        std::string name = (std::filesystem::temp_directory_path() / "intheloop.XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path = name;
    }
    scratch_directory(scratch_directory const&) = delete;
    scratch_directory& operator=(scratch_directory const&) = delete;
    ~scratch_directory() { std::filesystem::remove_all(path); }

    std::string operator/(char const* name) const { return (path / name).string(); }

    std::filesystem::path path;
};

file_descriptor opened(std::string const& path, int flags) {
    return file_descriptor(::open(path.c_str(), flags | O_CLOEXEC, 0600));
}

} // namespace

TEST_CASE("what was written is read again") {
    scratch_directory const d;
    std::string const text(100'000, 'x');
    file_descriptor out = opened(d / "f", O_WRONLY | O_CREAT);
    REQUIRE(out);
    CHECK(out.write(text));
    CHECK(out.write(""));
    CHECK(out.close());
    CHECK_FALSE(out);

    std::string content = "something else";
    CHECK(opened(d / "f", O_RDONLY).read_all(content));
    CHECK((content == text));
    char first[10];
    CHECK(opened(d / "f", O_RDONLY).read(first, sizeof first) == sizeof first);
    CHECK(opened(d / "f", O_WRONLY | O_TRUNC));
    CHECK(opened(d / "f", O_RDONLY).read(first, sizeof first) == 0u);
}

TEST_CASE("a failure says what was done, to which file, and why") {
    scratch_directory const d;
    CHECK_FALSE(opened(d / "none", O_RDONLY));
    auto const failure = file_failure("open", d / "none");
    CHECK(failure.code() == errc::file_failed);
    CHECK(failure.detail == "can't open " + (d / "none") + ": No such file or directory");

    file_descriptor const reading = opened(d / "f", O_RDONLY | O_CREAT);
    CHECK_FALSE(reading.write("x"));
    CHECK(errno == EBADF);
    std::string content;
    CHECK_FALSE(opened(d.path.string(), O_RDONLY).read_all(content));
    CHECK(errno == EISDIR);
    CHECK_FALSE(opened("/dev/full", O_WRONLY).write("x"));
    CHECK(errno == ENOSPC);
}

TEST_CASE("a limit on the size of files is an error, and no signal") {
    scratch_directory const d;
    file_descriptor const file = opened(d / "f", O_RDWR | O_CREAT);
    static int signals = 0;
    signals = 0;
    auto const before = std::signal(SIGXFSZ, [](int) { ++signals; });
    {
        tests::full_disk const disk(10);
        CHECK(file.write("0123456"));
        CHECK_FALSE(file.write("789abc"));
        CHECK(errno == EFBIG);
        CHECK(file.write_at(2, "cdefghij"));
        CHECK_FALSE(file.write_at(8, "xyz"));
        CHECK(errno == EFBIG);
        CHECK(signals == 0);
        REQUIRE(::lseek(file.get(), 0, SEEK_END) == 10);
        CHECK(::write(file.get(), "x", 1) == -1); // the program's own write
        CHECK(signals == 1);
    }
    std::signal(SIGXFSZ, before);
    CHECK(file.write("0123"));
    std::string content;
    REQUIRE(::lseek(file.get(), 0, SEEK_SET) == 0);
    CHECK(file.read_all(content));
    CHECK(content == "01cdefghxy0123");
}

TEST_CASE("a file can be made its owner's alone, whatever the umask leaves of its mode") {
    scratch_directory const d;
    tests::other_umask const narrow(0777);
    file_descriptor const file = opened(d / "f", O_RDWR | O_CREAT);
    CHECK(file.make_private());
    CHECK(std::filesystem::status(d / "f").permissions() == std::filesystem::perms(0600));
}

TEST_CASE("a pipe is opened without waiting for its writer, and read as it is written") {
    using intheloop::detail::open_without_waiting;
    scratch_directory const d;
    REQUIRE(::mkfifo((d / "f").c_str(), 0600) == 0);
    file_descriptor const out = opened(d / "f", O_RDWR);
    file_descriptor const in = open_without_waiting(d / "f");
    REQUIRE(in);
    CHECK((::fcntl(in.get(), F_GETFL) & O_NONBLOCK) == 0);
    CHECK(out.write("rows"));
    char bytes[10];
    CHECK(in.read(bytes, sizeof bytes) == 4u);
    CHECK_FALSE(open_without_waiting(d / "none"));
    CHECK(errno == ENOENT);
}

TEST_CASE("one descriptor at a time has the lock") {
    scratch_directory const d;
    file_descriptor first = opened(d / "f", O_RDWR | O_CREAT);
    file_descriptor const second = opened(d / "f", O_RDWR);
    CHECK(first.try_lock());
    CHECK_FALSE(second.try_lock());
    CHECK(errno == EWOULDBLOCK);
    file_descriptor moved = std::move(first);
    CHECK_FALSE(second.try_lock());
    moved = file_descriptor();
    CHECK(second.try_lock());
}

TEST_CASE("a file has a name until another one or a link stands there") {
    scratch_directory const d;
    file_descriptor const file = opened(d / "f", O_RDWR | O_CREAT);
    CHECK(file.has_name(d / "f"));
    std::filesystem::create_symlink(d / "f", d / "link");
    CHECK_FALSE(file.has_name(d / "link"));
    std::filesystem::rename(d / "f", d / "g");
    CHECK(file.has_name(d / "g"));
    CHECK_FALSE(file.has_name(d / "f"));
    CHECK(opened(d / "f", O_RDWR | O_CREAT));
    CHECK_FALSE(file.has_name(d / "f"));
}

TEST_CASE("a path that ends with a slash, is empty or holds a NUL names no file") {
    using intheloop::detail::names_a_file;
    CHECK(names_a_file("f"));
    CHECK(names_a_file("/a/f"));
    CHECK_FALSE(names_a_file(""));
    CHECK_FALSE(names_a_file("/"));
    CHECK_FALSE(names_a_file("a/"));
    CHECK_FALSE(names_a_file(std::string("f\0x", 3)));
}

TEST_CASE("a path is taken from the directory of the program on") {
    using intheloop::detail::absolute_path;
    CHECK(absolute_path("/a/f") == "/a/f");
    CHECK(absolute_path("a/../f") ==
          (std::filesystem::canonical(std::filesystem::current_path()) / "a/../f").string());
}

TEST_CASE("the directory of a path is flushed") {
    scratch_directory const d;
    CHECK_FALSE(flush_directory_of(d / "f"));
    CHECK_FALSE(flush_directory_of("f"));
    CHECK_FALSE(flush_directory_of("/f"));
    auto const failure = flush_directory_of(d / "none/f");
    REQUIRE(failure);
    CHECK(failure->detail == "can't open " + (d / "none") + ": No such file or directory");
}

TEST_CASE("a file beside another one has its name, which is cut where it would be too long") {
    using intheloop::detail::beside;
    CHECK(beside("r", ".part") == "r.part");
    CHECK(beside("/tmp/a/r", ".part") == "/tmp/a/r.part");
    CHECK(beside("a.b/r.json", ".part.info") == "a.b/r.json.part.info");
    std::string const fits(231, 'x'), longer(232, 'x'), other = std::string(231, 'x') + 'y';
    CHECK(beside("/tmp/" + fits, ".part") == "/tmp/" + fits + ".part");
    std::string const cut = beside("/tmp/" + longer, ".part");
    CHECK(cut.starts_with("/tmp/xxx"));
    CHECK(cut.ends_with(".part"));
    CHECK(cut.size() == std::string("/tmp/").size() + 231 + 5);
    CHECK(beside("/tmp/" + longer, ".part") == cut);
    CHECK(beside("/tmp/" + other, ".part") != cut);
    CHECK(beside("/tmp/" + longer, ".part.info") == cut + ".info");
}

} // TEST_SUITE("base/file_descriptor")
