// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// A download whose handler is bound to another executor than the client's: the steps in between run
// there, and the client's context must not run out of work meanwhile.
#include <jobs/download/fixture.hpp>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <utility>

TEST_SUITE("jobs/download/elsewhere") {

using namespace fixture;
using loop::testing::connection_end;

namespace {

struct apart {
    explicit apart(server_options how = server_options()) : s(std::move(how)) {}

    server s;
    directory d;
    std::string const content = odd_content(300'000);
    asio::io_context io;
    loop::client client{io.get_executor(), options_for(s)};
    asio::io_context elsewhere;

    // Runs the other context only when the client's has nothing more to do without it.
    template <class From>
    void check_whole(From const& from, loop::download_options const& how = impatient()) {
        std::optional<loop::result<loop::download_summary>> outcome;
        auto const here = elsewhere.get_executor();
        loop::async_download(client, from, d.path / "r", how,
                             asio::bind_executor(here, [&](auto r) {
                                 CHECK(here.running_in_this_thread());
                                 outcome.emplace(std::move(r));
                             }));
        io.restart();
        auto const end = std::chrono::steady_clock::now() + patience;
        while (!outcome) {
            REQUIRE(std::chrono::steady_clock::now() < end);
            while (io.run_one_for(1ms) != 0) {
            }
            REQUIRE_FALSE(io.stopped());
            elsewhere.restart();
            elsewhere.poll();
        }
        REQUIRE_MESSAGE(*outcome, outcome->error());
        CHECK((content_of(d.path / "r") == content));
        io.run_for(patience);
        CHECK(io.stopped()); // nothing keeps it at work any more
    }
    std::size_t requests() const { return s.requests(origin::files).size(); }
};

} // namespace

TEST_CASE("the client's context waits for the steps that run elsewhere") {
    apart t;
    std::string const url = t.s.file_url(t.s.add_export(finished, t.content));
    SUBCASE("one after the other") {
        t.check_whole(url);
        CHECK(t.requests() == 1);
    }
    SUBCASE("after a redirect") {
        t.s.respond_next(response_override(302).header("Location", url), origin::files);
        t.check_whole(t.s.files_url() + "/moved");
        CHECK(t.requests() == 2);
    }
    SUBCASE("after a break") {
        t.s.cut_file_after(451, connection_end::close);
        t.check_whole(url);
        CHECK(t.requests() == 2);
    }
}

TEST_CASE("it waits for a job that is asked for a fresh address") {
    apart t;
    auto const job = loop::attach_export(t.client, t.s.add_export(finished, t.content));
    t.s.respond_next(response_override(403, "<Error/>", "application/xml"), origin::files);
    t.check_whole(job);
    CHECK(t.requests() == 2);
    CHECK(t.s.requests(origin::api).size() == 2);
}

TEST_CASE("it waits for the one stream that goes on for several") {
    server_options options;
    options.ignore_ranges = true;
    apart t(options);
    auto how = impatient();
    how.streams = 4;
    t.check_whole(t.s.file_url(t.s.add_export(finished, t.content)), how);
    CHECK(t.requests() == 2);
}

TEST_CASE("a handler on threads of its own is all that keeps them") {
    { // or the threads would be waited for in vain
        apart first;
        first.check_whole(first.s.file_url(first.s.add_export(finished, first.content)));
    }
    for (bool in_streams : {false, true}) {
        CAPTURE(in_streams);
        server_options options;
        options.ignore_ranges = true;
        apart t(options);
        std::string const url = t.s.file_url(t.s.add_export(finished, t.content));
        auto how = impatient();
        how.streams = in_streams ? 4 : 1;
        for (int round = 0; round != 10; ++round) {
            asio::thread_pool own(4);
            std::optional<loop::result<loop::download_summary>> outcome;
            loop::async_download(
                t.client, url, t.d.path / "r", how,
                asio::bind_executor(own, [&](auto r) { outcome.emplace(std::move(r)); }));
            t.io.restart();
            t.io.run();
            own.join();
            REQUIRE(outcome);
            REQUIRE_MESSAGE(*outcome, outcome->error());
            CHECK((content_of(t.d.path / "r") == t.content));
        }
    }
}

TEST_CASE(
    "a step may be left in a context that outlives the client's, to run there or be dropped") {
    server s;
    std::string const url = s.file_url(s.add_export(finished, "[1]"));
    for (bool on_strand : {false, true})
        for (bool is_run : {false, true}) {
            CAPTURE(on_strand);
            CAPTURE(is_run);
            directory d;
            asio::io_context elsewhere;
            std::optional<loop::result<loop::download_summary>> outcome;
            {
                asio::io_context io;
                asio::any_io_executor on = io.get_executor();
                if (on_strand)
                    on = asio::make_strand(io);
                loop::client client(on, options_for(s));
                loop::async_download(
                    client, url, d.path / "r", impatient(),
                    asio::bind_executor(elsewhere, [&](auto r) { outcome.emplace(r); }));
                while (io.poll() != 0) {
                }
                CHECK(elsewhere.poll() != 0); // it has the address
                run_until(io, [&] {
                    auto const now = client.statistics();
                    return now.calls_started == 1 && now.calls == 0;
                });
                while (io.poll() != 0) {
                }
                REQUIRE_FALSE(outcome);
            }
            if (is_run) {
                elsewhere.restart();
                CHECK(elsewhere.poll() != 0);
                REQUIRE(outcome);
                REQUIRE_MESSAGE(*outcome, outcome->error());
                CHECK(content_of(d.path / "r") == "[1]");
            }
        }
}

} // TEST_SUITE("jobs/download/elsewhere")
