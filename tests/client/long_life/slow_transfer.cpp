// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// A least rate ends a transfer that drips, and no other. (When it is too slow is a table in
// tests/policy/transfer_watch.cpp.)
#include <net/faults/bad_peer.hpp>
#include <support/process.hpp>
#include <testing/virtual_clock/fixture.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

TEST_SUITE("client/long_life/slow_transfer") {

using namespace fixture;
using loop::slow_transfer_options;

namespace {

class upload {
public:
    explicit upload(loop::raw_body of) : content(std::move(of)) {}

    loop::raw_body content;
    using members = loop::members<&upload::content>;
};
constexpr loop::endpoint<loop::verb::put, "/files", upload, loop::raw_body,
                         loop::body<&upload::content>>
    put_file{};

// Gives a piece after each pause.
class slow_source final : public loop::byte_source {
public:
    slow_source(asio::any_io_executor on, std::shared_ptr<virtual_clock> clock, int pieces)
        : on_(std::move(on)), clock_(std::move(clock)), left_(pieces) {}

    asio::any_io_executor get_executor() const override { return on_; }
    void async_read(std::string& into, read_handler handler) override {
        auto kept = std::make_shared<std::optional<read_handler>>(std::move(handler));
        clock_->async_sleep_for(
            10s, asio::bind_executor(on_, [this, &into, kept](boost::system::error_code) {
                into = left_-- > 0 ? "a piece" : "";
                auto last = std::move(**kept);
                kept->reset();
                std::move(last)(std::nullopt);
            }));
    }

private:
    asio::any_io_executor on_;
    std::shared_ptr<virtual_clock> clock_;
    int left_;
};

loop::result<report::export_result> poll(virtual_setup& t, std::string const& id,
                                         loop::call_options const& how = loop::call_options()) {
    std::optional<loop::result<report::export_result>> got;
    t.client().async_call(report::get_report, report::get_request(id), how,
                          [&](auto r) { got.emplace(std::move(r)); });
    t.run();
    REQUIRE(got);
    return *got;
}

} // namespace

TEST_CASE("an answer that drips ends when its rate was too low for so long") {
    virtual_setup t;
    t.how.deadline = 1h;
    t.how.slow_transfer = slow_transfer_options(100, 8s);
    t.s.script(report::get_report, {fault::drip(10, 1s)});
    auto const r = poll(t, t.s.add_export());
    REQUIRE_FALSE(r);
    CHECK(r.error().code() == errc::stalled);
    CHECK(r.error().code() == loop::condition::timeout);
    CHECK(r.error().detail == "slower than 100 bytes a second for 8 s");
    CHECK(r.error().progress == loop::request_progress::response_begun);
    CHECK(r.elapsed() >= 8s);
    CHECK(r.elapsed() <= 9s);
}

TEST_CASE("an answer that is fast enough comes, however long it takes") {
    virtual_setup t;
    t.how.deadline = 1h;
    t.how.slow_transfer = slow_transfer_options(9, 8s);
    t.s.script(report::get_report, {fault::drip(10, 1s)});
    auto const r = poll(t, t.s.add_export());
    REQUIRE_MESSAGE(r, r.error());
    CHECK(r.elapsed() > 20s);
}

TEST_CASE("without a least rate an answer may drip until its deadline") {
    virtual_setup t;
    t.how.deadline = 1h;
    t.s.script(report::get_report, {fault::drip(1, 5s)});
    CHECK(poll(t, t.s.add_export()));
    CHECK(t.clock->elapsed() > 10min);
}

TEST_CASE("the time in which the service works on its answer does not count") {
    virtual_setup t;
    t.how.deadline = 1h;
    t.how.stall_timeout = 30min;
    t.how.slow_transfer = slow_transfer_options(1000, 2s);
    t.s.script(report::get_report, {fault::delay(10min)});
    auto const r = poll(t, t.s.add_export());
    REQUIRE_MESSAGE(r, r.error());
    CHECK(r.elapsed() == 10min);
}

TEST_CASE("an interim answer does not begin the transfer") {
    bad_peer peer({handshake, read_request, respond("HTTP/1.1 103 Early Hints\r\n\r\n"), stall});
    loop::options how = options_for_port(peer.port());
    how.tls.ca_pem = test_authority().certificate_pem();
    how.deadline = 1s;
    how.slow_transfer = slow_transfer_options(1000, 100ms);
    auto const r = call(how, report::get_report, report::get_request("x"));
    REQUIRE_FALSE(r);
    CHECK(r.error().code() == errc::deadline_exceeded);
}

TEST_CASE("the options of a call replace the client's, and are checked") {
    virtual_setup t;
    t.how.deadline = 1h;
    t.how.slow_transfer = slow_transfer_options(100, 8s);
    t.s.script(report::get_report, {fault::drip(10, 1s)});
    loop::call_options patient;
    patient.slow_transfer.emplace(); // no least rate
    CHECK(poll(t, t.s.add_export(), patient));
    patient.slow_transfer.emplace(1, 0ms);
    auto const refused = poll(t, "x", patient);
    CHECK(refused.error().code() == errc::invalid_option);
    CHECK(refused.error().detail == "slow_transfer.duration is not above zero");
    t.how.slow_transfer.duration = -1ms;
    CHECK_THROWS_WITH_AS(loop::client(t.io, t.how), doctest::Contains("slow_transfer.duration"),
                         loop::exception);
}

TEST_CASE("an attempt that was too slow is tried again where that is right") {
    virtual_setup t;
    t.how.deadline = 1h;
    t.how.retry.max_attempts = 2;
    t.how.slow_transfer = slow_transfer_options(100, 8s);
    t.s.script(report::get_report, {fault::drip(10, 1s)});
    auto const r = poll(t, t.s.add_export());
    REQUIRE_MESSAGE(r, r.error());
    CHECK(r.attempts() == 2);
}

TEST_CASE("a source of this program that is slow does not make the upload slow") {
    virtual_setup t;
    t.how.deadline = 1h;
    t.how.slow_transfer = slow_transfer_options(1000, 2s);
    t.s.on(put_file, [](upload const& got) { return got.content; });
    loop::raw_body content;
    content.content_type = "text/plain";
    content.source = std::make_shared<slow_source>(t.io.get_executor(), t.clock, 5);
    std::optional<loop::result<loop::raw_body>> put;
    t.client().async_call(put_file, upload(content), [&](auto r) { put.emplace(std::move(r)); });
    t.run();
    REQUIRE(put);
    REQUIRE_MESSAGE(*put, put->error());
    CHECK(t.clock->elapsed() >= 50s);
}

TEST_CASE("a reader of this program that is slow does not make the download slow") {
    server_options how;
    how.content = loop::testing::export_content(std::string(2'000'000, 'x'));
    virtual_setup t(how);
    t.how.slow_transfer = slow_transfer_options(1000, 10s);
    t.clock->set_patience(1h);
    t.spawn([&]() -> asio::awaitable<void> {
        std::string const url = t.s.file_url(t.s.add_export());
        loop::download_options chosen;
        chosen.deadline = 100h;
        auto const source = loop::open_download(t.client(), url, chosen);
        std::string bytes;
        std::size_t total = 0;
        do {
            auto read = [&](auto handler) { source->async_read(bytes, std::move(handler)); };
            std::optional<loop::error> const failed =
                co_await asio::async_initiate<decltype(asio::use_awaitable) const,
                                              void(std::optional<loop::error>)>(
                    read, asio::use_awaitable);
            CHECK_FALSE(failed);
            total += bytes.size();
            co_await t.clock->async_sleep_for(1min, asio::use_awaitable);
        } while (!bytes.empty());
        CHECK(total == 2'000'000);
        CHECK(t.clock->elapsed() > 2min);
    });
    t.run();
}

TEST_CASE("a download that drips ends when attempt after attempt was too slow") {
    tests::scratch_directory const files;
    server_options how;
    how.content = loop::testing::export_content(std::string(20'000, 'x'));
    how.file_bytes_per_second = 100;
    virtual_setup t(how);
    t.how.slow_transfer = slow_transfer_options(1000, 10s);
    auto const download = [&](loop::download_options const& chosen) {
        std::optional<loop::result<loop::download_summary>> ended;
        loop::async_download(t.client(), t.s.file_url(t.s.add_export()),
                             (files.path / "x").string(), chosen,
                             [&](auto r) { ended.emplace(std::move(r)); });
        t.run();
        REQUIRE(ended);
        return *ended;
    };
    loop::download_options chosen;
    chosen.deadline = 100h;
    chosen.retry.max_attempts = 3;
    auto const dripped = download(chosen);
    REQUIRE_FALSE(dripped);
    CHECK(dripped.error().code() == errc::stalled);
    CHECK(contains(dripped.error().detail, "slower than 1000 bytes a second for 10 s"));
    CHECK(t.s.requests(origin::files).size() == 3);
    CHECK(t.clock->elapsed() < 5min);
    CHECK(files.names().empty());

    chosen.slow_transfer.emplace(100, 0ms);
    CHECK(download(chosen).error().code() == errc::invalid_option);
    chosen.slow_transfer.emplace(50, 10s); // that much comes
    auto const fetched = download(chosen);
    REQUIRE_MESSAGE(fetched, fetched.error());
    CHECK(fetched->bytes == 20'000);
}

TEST_CASE("a peer that sends a byte now and then, on a real clock") {
    std::string const body(100'000, ' ');
    bad_peer peer({handshake, read_request,
                   respond("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                           "Content-Length: 100000\r\n\r\n"),
                   drip(body, 5ms)});
    loop::options how = options_for_port(peer.port());
    how.tls.ca_pem = test_authority().certificate_pem();
    how.deadline = patience;
    how.slow_transfer = slow_transfer_options(100'000, 400ms);
    auto const r = call(how, report::get_report, report::get_request("x"));
    REQUIRE_FALSE(r);
    CHECK(r.error().code() == errc::stalled);
    CHECK(r.error().detail == "slower than 100000 bytes a second for 400 ms");
    CHECK(peer.wait_for_end(patience));
}

} // TEST_SUITE("client/long_life/slow_transfer")
