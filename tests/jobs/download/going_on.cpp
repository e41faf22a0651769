// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Downloads that break, and go on from the byte where they stopped.
#include <jobs/download/fixture.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

TEST_SUITE("jobs/download/going_on") {

using namespace fixture;
using loop::errc;
using loop::testing::connection_end;

TEST_CASE("twenty broken connections cost nothing but time") {
    for (bool chunked : {false, true})
        for (auto how : {connection_end::cut, connection_end::close}) {
            CAPTURE(chunked);
            server_options options;
            options.chunked_files = chunked;
            server s(options);
            directory d;
            std::string const content = odd_content(2'000'003);
            std::string const url = s.file_url(s.add_export(finished, content));
            for (int i = 0; i != 20; ++i)
                s.cut_file_after(static_cast<std::uint64_t>(i * i) * 451, how);
            auto r = download(options_for(s), url, d.path / "r", impatient());
            REQUIRE_MESSAGE(r, r.error());
            CHECK(r->bytes == content.size());
            CHECK(r->breaks == 19); // what broke before the file began, the call repeated itself
            CHECK(r.attempts() == 21);
            CHECK((content_of(d.path / "r") == content));
            CHECK(d.names() == std::vector<std::string>{"r"});
            auto const ranges = ranges_of(s);
            REQUIRE(ranges.size() == 21);
            CHECK(ranges[0] == "whole");
            CHECK(ranges[1] == "whole"); // nothing had come
            CHECK(ranges[2] == "bytes=451-");
            CHECK(ranges[3] == "bytes=2255-");
        }
}

TEST_CASE("a reset, a stall, and a server that is in trouble in between") {
    server s;
    directory d;
    std::string const content = odd_content(3'000'000);
    std::string const url = s.file_url(s.add_export(finished, content));
    s.cut_file_after(1'000'000, connection_end::reset);
    s.cut_file_after(1'000'000, connection_end::cut);
    loop::download_options how = impatient();
    auto r = download(options_for(s), url, d.path / "r", how);
    REQUIRE_MESSAGE(r, r.error());
    CHECK((content_of(d.path / "r") == content));
    CHECK(r->breaks == 2);

    // 503 and 429 are repeated by the call itself, with the same range.
    s.clear_requests();
    s.cut_file_after(1'000'000);
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    bool overridden = false;
    how.on_progress = [&](loop::download_progress p) {
        if (p.bytes < 500'000 || std::exchange(overridden, true))
            return;
        s.respond_next(response_override(503, "busy"), origin::files);
        s.respond_next(response_override(429, "slow").header("Retry-After", "0"), origin::files);
    };
    int completed = 0;
    loop::async_download(client, url, d.path / "r2", how, [&](auto second) {
        REQUIRE_MESSAGE(second, second.error());
        CHECK(second.attempts() == 4);
        ++completed;
    });
    io.run();
    CHECK(completed == 1);
    CHECK((content_of(d.path / "r2") == content));
    CHECK(ranges_of(s) ==
          std::vector<std::string>{"whole", "bytes=1000000-", "bytes=1000000-", "bytes=1000000-"});
}

TEST_CASE("another file, or one that does not say which it is, is fetched from the start") {
    server_options options;
    bool const has_etag = [&] {
        bool with = true;
        SUBCASE("with a tag") {}
        SUBCASE("without") {
            with = false;
        }
        return with;
    }();
    options.send_etag = has_etag;
    server s(options);
    directory d;
    std::string const content = odd_content(1'000'000);
    std::string const other = std::string(900'000, 'n');
    auto const id = s.add_export(finished, content);
    s.cut_file_after(700'000);
    loop::download_options how = impatient();
    bool replaced = false;
    std::uint64_t last = 0;
    int restarts = 0;
    how.on_progress = [&](loop::download_progress p) {
        if (p.bytes < last)
            ++restarts;
        last = p.bytes;
        if (!std::exchange(replaced, true))
            s.replace_content(id, other);
    };
    auto r = download(options_for(s), s.file_url(id), d.path / "r", how);
    REQUIRE_MESSAGE(r, r.error());
    CHECK((content_of(d.path / "r") == other));
    CHECK(r->bytes == other.size());
    CHECK(restarts == 1);
    CHECK(ranges_of(s) == std::vector<std::string>{"whole", has_etag ? "bytes=700000-" : "whole"});
}

TEST_CASE("a server that knows no ranges sends the whole, of which the known part is skipped") {
    server_options options;
    options.ignore_ranges = true;
    server s(options);
    directory d;
    std::string const content = odd_content(1'000'000);
    std::string const url = s.file_url(s.add_export(finished, content));
    for (std::uint64_t at : {300'000u, 600'000u, 599'999u})
        s.cut_file_after(at);
    loop::download_options how = impatient();
    std::uint64_t last = 0;
    how.on_progress = [&](loop::download_progress p) {
        CHECK(p.bytes > last);
        CHECK(p.total == 1'000'000u);
        CHECK(p.bytes_per_second >= 0);
        last = p.bytes;
    };
    auto r = download(options_for(s), url, d.path / "r", how);
    REQUIRE_MESSAGE(r, r.error());
    CHECK((content_of(d.path / "r") == content));
    CHECK(r->breaks == 3);
}

TEST_CASE("attempts that bring nothing are counted, and end it") {
    server s;
    directory d;
    std::string const url = s.file_url(s.add_export(finished, odd_content(100'000)));
    s.cut_file_after(50'000);
    for (int i = 0; i != 10; ++i)
        s.cut_file_after(0);
    loop::download_options how = impatient();
    how.retry.max_attempts = 3;
    auto r = download(options_for(s), url, d.path / "r", how);
    REQUIRE_FALSE(r);
    CHECK(r.error().code() == errc::connection_lost);
    CHECK(r.error().verdict == loop::retry_verdict::attempts_used_up);
    CHECK(contains(r.error().detail, "after 50000 bytes of the file"));
    CHECK(r.error().attempts == 4); // the one that brought something, and three
    CHECK(s.requests(origin::files).size() == 4);
    CHECK(d.names().empty());
}

TEST_CASE("the same bytes again and again are no progress") {
    server_options options;
    options.send_etag = false;
    server s(options);
    directory d;
    std::string const url = s.file_url(s.add_export(finished, odd_content(5000)));
    for (int i = 0; i != 10; ++i)
        s.cut_file_after(1000);
    loop::download_options how = impatient();
    how.retry.max_attempts = 3;
    auto r = download(options_for(s), url, d.path / "r", how);
    REQUIRE_FALSE(r);
    CHECK(r.error().verdict == loop::retry_verdict::attempts_used_up);
    CHECK(s.requests(origin::files).size() == 4);
}

TEST_CASE("an address does not come back after a redirect either") {
    server s;
    directory d;
    s.respond_next(response_override(302).header("Location", "/elsewhere"), origin::files);
    s.respond_next(response_override(404, "no key SUPERSECRETVALUE")
                       .header("X-Request-Id", "SUPERSECRETVALUE"),
                   origin::files);
    auto r = download(options_for(s), s.files_url() + "/f?key=SUPERSECRETVALUE", d.path / "r");
    REQUIRE_FALSE(r);
    CHECK_FALSE(contains(r.error().body, "SUPERSECRET"));
    CHECK_FALSE(contains(printed(r.error()), "SUPERSECRET"));
}

TEST_CASE("a download is cancelled at each moment of its life") {
    server s;
    std::string const url = s.file_url(s.add_export(finished, odd_content(500'000)));
    bool ended_by_itself = false;
    for (int steps = 0; !ended_by_itself; ++steps) {
        CAPTURE(steps);
        directory d;
        asio::io_context io;
        loop::client client(io.get_executor(), options_for(s));
        auto const job = loop::attach_export(client, s.add_export(finished, "[1]"));
        asio::cancellation_signal stop;
        int completed = 0;
        auto const ended = [&](loop::result<loop::download_summary> r) {
            ++completed;
            if (r)
                ended_by_itself = true;
            else
                CHECK(r.error().code() == errc::cancelled);
        };
        loop::async_download(client, job, d.path / "r",
                             asio::bind_cancellation_slot(stop.slot(), ended));
        bool whole = false; // all had come by then
        for (int i = 0; i != steps && completed == 0; ++i) {
            io.run_one();
            whole = fs::exists(d.path / "r");
        }
        stop.emit(asio::cancellation_type::partial);
        io.run();
        CHECK(completed == 1);
        CHECK(ended_by_itself == fs::exists(d.path / "r"));
        if (ended_by_itself)
            CHECK((whole || s.wait_for_answers(1, 0ms)));
        ended_by_itself = ended_by_itself && whole;
        CHECK(client.statistics().connections_open <= 2);
        REQUIRE(steps < 1000);
    }
}

TEST_CASE("an answer with another part than asked for is not put together with the first") {
    server s;
    directory d;
    std::string const content = odd_content(1000);
    std::string const url = s.file_url(s.add_export(finished, content));
    s.cut_file_after(500);
    loop::download_options how = impatient();
    bool told = false;
    how.on_progress = [&](loop::download_progress) {
        if (!std::exchange(told, true))
            s.respond_next(response_override(206, std::string(400, 'x'))
                               .header("Content-Range", "bytes 600-999/1000"),
                           origin::files);
    };
    auto r = download(options_for(s), url, d.path / "r", how);
    REQUIRE_MESSAGE(r, r.error());
    CHECK((content_of(d.path / "r") == content));
    CHECK(ranges_of(s) == std::vector<std::string>{"whole", "bytes=500-", "whole"});
}

TEST_CASE("a redirect is followed within the origin, and only so often") {
    server s;
    directory d;
    std::string const url = s.file_url(s.add_export(finished, "[1]"));
    std::string const target = url.substr(s.files_url().size());
    for (unsigned status : {301u, 302u, 303u, 307u, 308u})
        for (std::string const& to : {url, target}) {
            s.respond_next(response_override(status).header("Location", to), origin::files);
            auto r = download(options_for(s), s.files_url() + "/moved", d.path / "r");
            REQUIRE_MESSAGE(r, r.error());
            CHECK(content_of(d.path / "r") == "[1]");
        }
    for (std::string const& to : {s.base_url() + target, std::string("//elsewhere.test/x"),
                                  "http" + url.substr(5), std::string("::")}) {
        s.respond_next(response_override(302).header("Location", to), origin::files);
        auto r = download(options_for(s), s.files_url() + "/moved", d.path / "none");
        REQUIRE_FALSE(r);
        CHECK(r.error().code() == errc::unexpected_status);
    }
    for (int i = 0; i != 6; ++i)
        s.respond_next(response_override(302).header("Location", "/round"), origin::files);
    auto round = download(options_for(s), s.files_url() + "/round", d.path / "none");
    REQUIRE_FALSE(round);
    CHECK(round.error().code() == errc::unexpected_status);
    CHECK(round.error().attempts == 6);
    CHECK(s.requests(origin::api).empty());
    CHECK(d.names() == std::vector<std::string>{"r"});
}

TEST_CASE("a client that is destroyed between two requests ends the download") {
    server s;
    directory d;
    std::string const url = s.file_url(s.add_export(finished, odd_content(100'000)));
    s.cut_file_after(50'000);
    asio::io_context io;
    std::optional<loop::client> client;
    client.emplace(io.get_executor(), options_for(s));
    int completed = 0;
    loop::download_options how;
    how.retry.base = 1h; // the pause
    how.retry.cap = 1h;
    how.deadline = 20h;
    s.cut_file_after(0);
    loop::async_download(*client, url, d.path / "r", how, [&](auto r) {
        REQUIRE_FALSE(r);
        CHECK(r.error().code() == errc::client_closed);
        ++completed;
    });
    run_until(io, [&] { return client->statistics().calls_between_attempts != 0; });
    client.reset();
    io.run();
    CHECK(completed == 1);
    CHECK(d.names().empty());
}

TEST_CASE("a sink gets each byte once, and may forget them") {
    class text_sink : public loop::byte_sink {
    public:
        std::optional<loop::error> write(std::string_view bytes) override {
            if (throws)
                throw std::runtime_error("no");
            text += bytes;
            return std::nullopt;
        }
        std::string text;
        bool throws = false;
    };
    class forgetful_sink : public text_sink {
    public:
        std::optional<loop::error> rewind() override {
            text.clear();
            return std::nullopt;
        }
    };
    server s;
    std::string const content = odd_content(400'000);
    auto const id = s.add_export(finished, content);
    auto const fetch = [&](auto sink, loop::download_options const& how) {
        asio::io_context io;
        loop::client client(io.get_executor(), options_for(s));
        std::optional<loop::result<loop::download_summary>> outcome;
        loop::async_download(client, s.file_url(id), sink, how,
                             [&](auto r) { outcome.emplace(std::move(r)); });
        io.run();
        REQUIRE(outcome);
        return std::move(*outcome);
    };
    auto const plain = std::make_shared<text_sink>();
    s.cut_file_after(100'000);
    auto r = fetch(plain, impatient());
    REQUIRE_MESSAGE(r, r.error());
    CHECK((plain->text == content));

    bool replaced = false;
    loop::download_options replacing = impatient();
    replacing.on_progress = [&](loop::download_progress) {
        if (!std::exchange(replaced, true))
            s.replace_content(id, "[2]");
    };
    s.cut_file_after(100'000);
    auto changed = fetch(std::make_shared<text_sink>(), replacing);
    REQUIRE_FALSE(changed);
    CHECK(changed.error().code() == errc::file_changed);

    s.replace_content(id, content);
    replaced = false;
    s.cut_file_after(100'000);
    auto const forgetful = std::make_shared<forgetful_sink>();
    auto again = fetch(forgetful, replacing);
    REQUIRE_MESSAGE(again, again.error());
    CHECK(forgetful->text == "[2]");

    class failing_sink : public text_sink {
    public:
        std::optional<loop::error> write(std::string_view) override {
            return loop::error(errc::connection_lost, "the sink's own");
        }
    };
    auto failed = fetch(std::make_shared<failing_sink>(), impatient());
    REQUIRE_FALSE(failed);
    CHECK(contains(failed.error().detail, "the sink's own"));

    class nameless_sink : public text_sink {
    public:
        std::optional<loop::error> write(std::string_view) override { return loop::error(); }
    };
    auto nameless = fetch(std::make_shared<nameless_sink>(), impatient());
    REQUIRE_FALSE(nameless);
    CHECK(nameless.error().code() == errc::invalid_option);
    CHECK(contains(nameless.error().detail, "an error without a code was given"));

    plain->throws = true;
    auto thrown = fetch(plain, impatient());
    REQUIRE_FALSE(thrown);
    CHECK(thrown.error().code() == errc::invalid_option);
}

namespace {

// Notes what it is told, and is full once for a while.
class noting_sink : public loop::byte_sink {
public:
    explicit noting_sink(asio::io_context& on) : on_(on) {}

    void start(std::function<void()> resume) noexcept override { resume_ = std::move(resume); }
    std::optional<loop::error> begin(head const& of) override {
        CHECK(of.offset == text.size());
        CHECK(of.fields.find("ETag").has_value());
        statuses.push_back(of.status);
        total = of.total;
        resource = of.resource;
        return std::nullopt;
    }
    std::optional<loop::error> write(std::string_view bytes) override {
        text += bytes;
        if (!paused_) {
            paused_ = full_ = true;
            asio::post(on_, [this] {
                full_ = false;
                resume_();
            });
        }
        return std::nullopt;
    }
    bool is_full() noexcept override { return full_; }
    std::optional<loop::error> commit() override {
        ++commits;
        if (throws)
            throw std::runtime_error("no");
        return fails ? std::optional(loop::error()) : std::nullopt;
    }
    void abandon() noexcept override { ++abandoned; }

    std::string text, resource;
    std::vector<unsigned> statuses;
    std::optional<std::uint64_t> total;
    int commits = 0, abandoned = 0;
    bool throws = false, fails = false;

private:
    asio::io_context& on_;
    std::function<void()> resume_;
    bool paused_ = false, full_ = false;
};

} // namespace

TEST_CASE("a sink is told of each answer and of the end, and may be full") {
    server s;
    std::string const content = odd_content(400'000);
    std::string const url = s.file_url(s.add_export(finished, content));
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    auto const fetch = [&](std::shared_ptr<noting_sink> const& sink) {
        std::optional<loop::result<loop::download_summary>> outcome;
        loop::async_download(client, url, sink, impatient(),
                             [&](auto r) { outcome.emplace(std::move(r)); });
        io.restart();
        io.run();
        REQUIRE(outcome);
        return std::move(*outcome);
    };
    auto const whole = std::make_shared<noting_sink>(io);
    s.cut_file_after(300'000);
    auto r = fetch(whole);
    REQUIRE_MESSAGE(r, r.error());
    CHECK((whole->text == content));
    CHECK(whole->statuses == std::vector<unsigned>{200, 206});
    CHECK(whole->total == content.size());
    CHECK(whole->resource == url.substr(0, url.find('?')));
    CHECK(whole->commits == 1);
    CHECK(whole->abandoned == 0);

    auto const throwing = std::make_shared<noting_sink>(io);
    throwing->throws = true;
    auto thrown = fetch(throwing);
    REQUIRE_FALSE(thrown);
    CHECK(thrown.error().code() == errc::invalid_option);
    CHECK(throwing->commits == 1);
    CHECK(throwing->abandoned == 1);

    auto const failing = std::make_shared<noting_sink>(io);
    failing->fails = true; // with an error that has no code
    auto failed = fetch(failing);
    REQUIRE_FALSE(failed);
    CHECK(failed.error().code() == errc::invalid_option);
    CHECK(contains(failed.error().detail, "an error without a code was given"));
}

TEST_CASE("a sink is for one download") {
    server s;
    std::string const content = odd_content(100'000);
    std::string const url = s.file_url(s.add_export(finished, content));
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    auto const sink = std::make_shared<noting_sink>(io);
    auto twice = loop::async_download(client, url, sink);
    int whole = 0, refused = 0;
    for (int i = 0; i != 2; ++i)
        twice([&](auto r) {
            whole += r ? 1 : 0;
            refused += !r && r.error().code() == errc::invalid_request ? 1 : 0;
        });
    io.run();
    CHECK(whole == 1);
    CHECK(refused == 1);
    CHECK((sink->text == content));
}

TEST_CASE("a download that stalls goes on from where it stalled") {
    server_options timed;
    timed.clock = std::make_shared<loop::testing::virtual_clock>();
    server s(timed);
    directory d;
    std::string const content = odd_content(300'000);
    std::string const url = s.file_url(s.add_export(finished, content));
    response_override stalls(200, content);
    stalls.pause_after = 100'000;
    stalls.header("ETag", "\"of-a-test\"");
    s.respond_next(stalls, origin::files);
    asio::io_context io;
    loop::options of_client = options_for(s);
    of_client.time = timed.clock;
    loop::client client(io.get_executor(), of_client);
    loop::download_options how = impatient();
    how.stall_timeout = 20s;
    std::optional<loop::result<loop::download_summary>> outcome;
    loop::async_download(client, url, d.path / "r", how,
                         [&](auto r) { outcome.emplace(std::move(r)); });
    timed.clock->run(io);
    REQUIRE(outcome);
    REQUIRE_MESSAGE(*outcome, outcome->error());
    CHECK(timed.clock->elapsed() >= 20s);
    CHECK((content_of(d.path / "r") == content));
    auto const sent = s.requests(origin::files);
    REQUIRE(sent.size() == 2);
    CHECK(sent[1].header("Range").value_or("").starts_with("bytes="));
    CHECK((*outcome)->breaks == 1);
    CHECK(client.statistics().retries == 0);
}

} // TEST_SUITE("jobs/download/going_on")
