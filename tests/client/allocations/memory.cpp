// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// How many bytes an idle connection and an idle client keep: those of this thread, as the server
// runs on another.
#include <client/allocations/heap.hpp>
#include <client/fixture.hpp>
#include <support/process.hpp>
#include <support/sanitizers.hpp>

#include <openssl/crypto.h>

#include <cstddef>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace version_of_openssl {

// Replaces the version that the client sees; 0 for the one that is there.
unsigned long pretended = 0;

} // namespace version_of_openssl

// Stands before the function of the shared library.
extern "C" unsigned long OpenSSL_version_num() {
    if (version_of_openssl::pretended != 0)
        return version_of_openssl::pretended;
    return OPENSSL_version_major() << 28 | OPENSSL_version_minor() << 20 |
           OPENSSL_version_patch() << 4;
}

TEST_SUITE("client/allocations/memory") {

namespace {

using namespace fixture;

constexpr unsigned long without_the_mend = 0x30000020; // 3.0.2

struct pretends {
    explicit pretends(unsigned long version) { version_of_openssl::pretended = version; }
    ~pretends() { version_of_openssl::pretended = 0; }
};

// Makes calls at the same time, each with a connection, on a client of its own.
class crowd {
public:
    explicit crowd(server& of, std::size_t calls) : server_(of), id_(of.add_export()) {
        loop::options how = options_for(of);
        how.pool.max_connections = how.pool.max_idle = calls;
        client_.emplace(io_.get_executor(), how);
    }

    // Returns the bytes that are kept while all of them wait for their answers.
    long call_at_once(std::size_t calls) {
        std::size_t answered = 0;
        std::size_t const before = server_.requests().size();
        for (std::size_t i = 0; i != calls; ++i) {
            server_.hold_next();
            client_->async_call(report::get_report, report::get_request(id_), [&](auto const& r) {
                CHECK_MESSAGE(r, r.error());
                ++answered;
            });
        }
        run_until(io_, [&] { return server_.requests().size() == before + calls; });
        long const kept = heap::kept();
        server_.release();
        io_.restart();
        io_.run();
        REQUIRE(answered == calls);
        return kept;
    }
    loop::client& client() { return *client_; }
    asio::io_context& io() { return io_; }

private:
    server& server_;
    std::string const id_;
    asio::io_context io_;
    std::optional<loop::client> client_;
};

// Of a connection that has carried so many calls, beside others.
long bytes_of_idle_connection(int calls) {
    constexpr std::size_t more = 32;
    server s;
    crowd c(s, 1 + more);
    c.call_at_once(1);
    long const one = heap::kept();
    for (int i = 0; i != calls; ++i)
        c.call_at_once(1 + more);
    REQUIRE(c.client().statistics().connections_idle == 1 + more);
    return (heap::kept() - one) / static_cast<long>(more);
}

} // namespace

TEST_CASE("an idle connection keeps no buffer" * doctest::skip(support::is_sanitized)) {
    // OpenSSL 3.0 keeps this much besides; later versions may differ.
    long const most =
        OPENSSL_version_major() == 3 && OPENSSL_version_minor() == 0 ? 20'000 : 30'000;
    REQUIRE(heap::openssl_is_counted == 1);
    long const as_it_is = bytes_of_idle_connection(1);
    MESSAGE("bytes of an idle connection: ", as_it_is);
    CHECK(as_it_is <= most);
    pretends const old(without_the_mend);
    // OpenSSL keeps one buffer until the second call.
    long const in_the_other_way = bytes_of_idle_connection(2);
    MESSAGE("the same in a version that must not be told to free its buffers: ", in_the_other_way);
    CHECK(in_the_other_way <= most);
}

TEST_CASE("where many connections wait for an answer, most of them keep no buffer" *
          doctest::skip(support::is_sanitized)) {
    constexpr std::size_t few = 64, more = 64;
    for (unsigned long const version : {0UL, without_the_mend}) {
        pretends const one(version);
        server s;
        crowd c(s, few + more);
        c.call_at_once(few);
        long const with_few = c.call_at_once(few);
        c.call_at_once(few + more);
        long const with_more = c.call_at_once(few + more);
        long const each = (with_more - with_few) / static_cast<long>(more);
        MESSAGE("bytes of one more connection, and of the call on it: ", each);
        CHECK(each <= 36'000); // one buffer would make more
    }
}

TEST_CASE("a connection that has shrunk carries long answers and long requests again") {
    server s;
    for (unsigned long const version : {0UL, without_the_mend}) {
        pretends const one(version);
        crowd c(s, 8);
        for (int round = 0; round != 5; ++round)
            c.call_at_once(8);
        CHECK(c.client().statistics().connections_opened == 8);
        report::export_request asked = week();
        asked.tag_ids = {std::string(300'000, 'x')};
        auto const r = call(c.client(), c.io(), report::export_report, asked);
        CHECK_MESSAGE((r || r.error().progress != loop::request_progress::not_sent), r.error());
        c.call_at_once(8);
    }
}

TEST_CASE("clients that trust the same keep it once, and the last one gives it back" *
          doctest::skip(support::is_sanitized)) {
    constexpr int authorities = 50, clients = 20;
    tests::scratch_directory const files;
    auto const path = files.path / "ca.pem";
    {
        std::ofstream bundle(path);
        for (int i = 0; i != authorities; ++i)
            bundle << loop::testing::certificate_authority().certificate_pem();
    }
    loop::options how = options_for_port(1);
    how.tls.ca_file = path.string();
    asio::io_context io(1);
    auto const make = [&] { return std::make_unique<loop::client>(io.get_executor(), how); };
    make(); // what is made once in a process
    io.run();
    io.restart();
    long const before = heap::kept();
    std::vector<std::unique_ptr<loop::client>> all;
    all.push_back(make());
    long const first = heap::kept() - before;
    for (int i = 0; i != clients; ++i)
        all.push_back(make());
    long const each = (heap::kept() - before - first) / clients;
    MESSAGE("bytes of the first client: ", first, ", of each other: ", each);
    CHECK(first - each > authorities * 1000);
    CHECK(each <= 40'000);
    for (auto const& one : all)
        one->reload_tls();
    io.run();
    CHECK((heap::kept() - before - first) / clients <= each + 1000);
    all.clear();
    io.restart();
    io.run();
    CHECK(heap::kept() - before <= 2000); // a place in the list of what is shared
}

} // TEST_SUITE("client/allocations/memory")
