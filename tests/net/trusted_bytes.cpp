// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Which options trust the same, as far as can be known.
#include <support/process.hpp>

#include <intheloop/net/detail/tls_trust.hpp>
#include <intheloop/net/detail/trusted_bytes.hpp>

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

TEST_SUITE("net/trusted_bytes") {

namespace {

using intheloop::tls_options;
using intheloop::net::trusted_bytes;

// Without waiting: what was just written is old enough.
std::time_t later() {
    return std::time(nullptr) + 60;
}

auto of(tls_options const& options) {
    return trusted_bytes(options, later()).hash();
}

void write(std::filesystem::path const& path, std::string const& text) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

tls_options with_file(std::filesystem::path const& path) {
    tls_options made;
    made.ca_file = path.string();
    return made;
}

tls_options with_directory(std::string const& path) {
    tls_options made;
    made.ca_directory = path;
    return made;
}

} // namespace

TEST_CASE("each option counts by itself, with all of its bytes") {
    tests::scratch_directory const files;
    write(files.path / "a", "A");
    write(files.path / "b", "B");
    std::filesystem::create_directory(files.path / "directory");
    std::set<trusted_bytes::fingerprint> found;
    auto const is_new = [&](tls_options const& options) {
        auto const made = of(options);
        REQUIRE(made);
        CHECK(of(options) == made);
        return found.insert(*made).second;
    };
    CHECK(is_new(tls_options()));
    CHECK(is_new(with_file(files.path / "a")));
    CHECK(is_new(with_file(files.path / "b")));
    CHECK(is_new(with_directory((files.path / "directory").string())));
    for (auto const member : {&tls_options::ca_pem, &tls_options::crl_pem})
        for (char const* const text : {"A", "B", "AB", "1:A", "a file"}) {
            CAPTURE(text);
            tls_options alone, with_a_file = with_file(files.path / "a");
            alone.*member = with_a_file.*member = text;
            CHECK(is_new(alone));
            CHECK(is_new(with_a_file));
        }
    tls_options list;
    list.crl_file = (files.path / "a").string();
    CHECK(is_new(list));
    list.ca_file = list.crl_file;
    CHECK(is_new(list));
    tls_options both;
    both.ca_pem = "A";
    both.crl_pem = "B";
    CHECK(is_new(both));
}

TEST_CASE("equal files are equal wherever they stand, and the client's certificate is no trust") {
    tests::scratch_directory const files;
    write(files.path / "a", "A");
    write(files.path / "b", "A");
    CHECK(of(with_file(files.path / "a")) == of(with_file(files.path / "b")));
    auto with_certificate = with_file(files.path / "a");
    with_certificate.certificate_pem = "a certificate";
    with_certificate.private_key_pem = std::string("a key");
    CHECK(of(with_certificate) == of(with_file(files.path / "a")));
}

TEST_CASE("a file that is written anew is another, even with the size and the time of before") {
    tests::scratch_directory const files;
    auto const path = files.path / "a";
    write(path, "AAAA");
    auto const time = std::filesystem::last_write_time(path);
    auto const before = of(with_file(path));
    write(path, "BBBB");
    std::filesystem::last_write_time(path, time);
    CHECK(of(with_file(path)) != before);
    write(path, "AAAA");
    CHECK(of(with_file(path)) == before);
}

TEST_CASE("what can't be read, or not twice, is not known") {
    tests::scratch_directory const files;
    CHECK_FALSE(of(with_file(files.path / "missing")));
    CHECK_FALSE(of(with_file(files.path)));
    CHECK_FALSE(of(with_directory((files.path / "missing").string())));
    write(files.path / "a", "A");
    CHECK_FALSE(of(with_directory((files.path / "a").string())));
    auto const pipe = files.path / "pipe";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    CHECK_FALSE(of(with_file(pipe))); // and nobody waits for a writer
}

TEST_CASE("a pipe keeps its bytes for the one who reads them") {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    REQUIRE(::write(ends[1], "bytes", 5) == 5);
    CHECK_FALSE(of(with_file("/dev/fd/" + std::to_string(ends[0]))));
    char bytes[6] = {};
    CHECK(::read(ends[0], bytes, 5) == 5);
    CHECK(std::string(bytes) == "bytes");
    ::close(ends[0]);
    ::close(ends[1]);
}

TEST_CASE("a directory is another with each change of its entries, and with another path") {
    tests::scratch_directory const files;
    auto const path = files.path / "certificates";
    std::filesystem::create_directory(path);
    write(files.path / "target", "A");
    std::filesystem::create_symlink("../target", path / "cafe0000.0");
    std::set<trusted_bytes::fingerprint> found;
    auto const is_new = [&] {
        auto const made = of(with_directory(path.string()));
        REQUIRE(made);
        CHECK(of(with_directory(path.string())) == made);
        return found.insert(*made).second;
    };
    CHECK(is_new());
    write(path / "cafe0001.0", "B");
    CHECK(is_new());
    auto const time = std::filesystem::last_write_time(path / "cafe0001.0");
    // Another name for another file, of the same size and time.
    write(files.path / "other", "C");
    std::filesystem::last_write_time(files.path / "other", time);
    std::filesystem::rename(files.path / "other", path / "cafe0001.0");
    CHECK(is_new());
    std::filesystem::rename(path / "cafe0001.0", path / "cafe0002.0");
    CHECK(is_new());
    // Where a link leads.
    write(files.path / "new target", "A");
    std::filesystem::rename(files.path / "new target", files.path / "target");
    CHECK(is_new());
    std::filesystem::remove(files.path / "target");
    CHECK(is_new());
    CHECK(of(with_directory((path / ".").string())) != of(with_directory(path.string())));
    // OpenSSL takes several.
    auto const two = of(with_directory(path.string() + ':' + files.path.string()));
    CHECK(two);
    CHECK(two != of(with_directory(path.string())));
    CHECK_FALSE(of(with_directory(path.string() + ':' + (files.path / "missing").string())));
}

TEST_CASE("a directory that was changed just now is not known yet") {
    tests::scratch_directory const files;
    std::filesystem::create_directory(files.path / "certificates");
    auto const options = with_directory((files.path / "certificates").string());
    CHECK_FALSE(trusted_bytes(options, std::time(nullptr)).hash());
    CHECK_FALSE(trusted_bytes(options, std::time(nullptr) - 60).hash()); // a clock that went back
    CHECK(trusted_bytes(options, later()).hash());
}

} // TEST_SUITE("net/trusted_bytes")
