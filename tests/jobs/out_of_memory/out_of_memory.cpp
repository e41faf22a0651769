// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Fails the allocations of a client and its exports.
#include <client/bodies/raw_routes.hpp>
#include <jobs/download/fixture.hpp>
#include <jobs/out_of_memory/sweep.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

TEST_SUITE("jobs/out_of_memory/out_of_memory") {

using namespace out_of_memory;

namespace {

// Takes the bytes of a file.
class counting_sink final : public loop::byte_sink {
public:
    std::optional<loop::error> write(std::string_view bytes) override {
        size += bytes.size();
        return std::nullopt;
    }
    std::optional<loop::error> rewind() override {
        size = 0;
        return std::nullopt;
    }
    std::size_t size = 0;
};

// Reads all rows, then calls the handler.
template <class Row = boost::json::object>
class row_loop : public std::enable_shared_from_this<row_loop<Row>> {
public:
    row_loop(std::unique_ptr<loop::byte_source> from, noting_handler handler)
        : rows_(std::move(from)), handler_(std::move(handler)) {}

    void next() {
        rows_.async_next([self = this->shared_from_this()](auto row) {
            if (row.has_error())
                self->handler_(loop::result<int>(row.error()));
            else if (!row)
                self->handler_(loop::result<int>(loop::response<int>(0)));
            else
                self->next();
        });
    }

private:
    loop::row_reader<Row> rows_;
    noting_handler handler_;
};

void write_file(std::filesystem::path const& path, std::string const& content) {
    std::ofstream(path, std::ios::binary) << content;
}

} // namespace

TEST_CASE("a call over TLS") {
    world in{server_options()};
    report::get_request const request(in.s.add_export());
    sweep(in, [&](loop::client& client, asio::io_context&, noting_handler handler) {
        client.async_call(report::get_report, request, std::move(handler));
    });
}

TEST_CASE("a GET") {
    world in;
    SUBCASE("on a new connection") {}
    SUBCASE("on one that stands") {
        in.is_warm = true;
    }
    report::get_request const request = get_of(in);
    sweep(in, [&](loop::client& client, asio::io_context&, noting_handler handler) {
        client.async_call(report::get_report, request, std::move(handler));
    });
}

TEST_CASE("a POST") {
    world in;
    SUBCASE("on a new connection") {}
    SUBCASE("on one that stands") {
        in.is_warm = true;
    }
    report::export_request const request = week();
    sweep(in, [&](loop::client& client, asio::io_context&, noting_handler handler) {
        client.async_call(report::export_report, request, std::move(handler));
    });
}

TEST_CASE("a call with a second request") {
    world in;
    report::get_request const request = get_of(in);
    sweep(in, [&](loop::client& client, asio::io_context&, noting_handler handler) {
        {
            spared const none_fails;
            in.s.script(report::get_report, {loop::testing::fault::delay(20ms)});
        }
        client.async_call(report::get_report, request, loop::call_options().hedge(1ms),
                          std::move(handler));
    });
}

TEST_CASE("a handler with an executor of its own") {
    world in;
    report::get_request const request = get_of(in);
    sweep(in, [&](loop::client& client, asio::io_context& io, noting_handler handler) {
        std::optional<asio::any_io_executor> own;
        {
            spared const none_fails; // Asio's strand crashes if one does
            own = asio::make_strand(io);
        }
        client.async_call(report::get_report, request,
                          asio::bind_executor(*own, std::move(handler)));
    });
}

TEST_CASE("a call that is tried again") {
    world in;
    in.how.retry.max_attempts = 2;
    std::atomic<bool> refuses = false;
    in.s.on(report::get_report,
            [&](report::get_request const&) -> loop::testing::answer<report::export_result> {
                if (refuses.exchange(false))
                    return loop::testing::refuse(503, "not yet");
                report::export_result made;
                made.id = "some-id";
                return made;
            });
    report::get_request const request("some-id");
    sweep(in, [&](loop::client& client, asio::io_context&, noting_handler handler) {
        refuses = true;
        client.async_call(report::get_report, request, std::move(handler));
    });
}

TEST_CASE("a call that needs a token of a provider, a turn and an observer") {
    world in;
    in.how.token_provider = [token = in.s.token()](loop::token_request,
                                                   loop::token_handler handler) {
        std::move(handler)(std::nullopt, loop::secret(token));
    };
    in.how.token = loop::secret();
    in.how.token_timeout = 1s; // where not even the token of the provider could be posted
    in.how.limits.requests_per_second = 1000;
    in.how.limits.max_in_flight = 1;
    in.how.observer = std::make_shared<loop::observer>();
    report::get_request const request = get_of(in);
    sweep(in, [&](loop::client& client, asio::io_context&, noting_handler handler) {
        client.async_call(report::get_report, request, std::move(handler));
    });
}

TEST_CASE("a call that interceptors look at, one of which answers the first attempt") {
    class adds : public loop::interceptor {
        loop::interception before(loop::intercepted_request const&) override {
            spared const none_fails;
            return loop::interception().header("X-A", "1");
        }
    };
    class answers_every_second : public loop::async_interceptor {
        void async_before(loop::intercepted_request, loop::interception_handler handler) override {
            spared const none_fails;
            bool const answers = std::exchange(answers_, !answers_);
            auto const strand = handler.get_executor();
            asio::post(strand, [answers, handler = std::move(handler)]() mutable {
                loop::interception decided;
                if (spared const none_fails_here; answers)
                    decided = loop::interception::answer(loop::intercepted_response(503));
                handler(std::move(decided));
            });
        }
        bool answers_ = true;
    };
    world in;
    in.how.retry.max_attempts = 3;
    in.how.interceptors = {std::make_shared<adds>(), std::make_shared<answers_every_second>()};
    report::get_request const request = get_of(in);
    sweep(in, [&](loop::client& client, asio::io_context&, noting_handler handler) {
        client.async_call(report::get_report, request, std::move(handler));
    });
}

TEST_CASE("an error of the service") {
    world in;
    report::get_request const request("no-such-export");
    asio::io_context io(1);
    loop::client client(io.get_executor(), in.how);
    long n = 0;
    for (bool has_failed = true; has_failed; ++n) {
        CAPTURE(n);
        end_of_operation ended;
        noting_handler handler(ended);
        allocations = {true, false, n, 0};
        bool threw_at_once = false;
        try {
            client.async_call(report::get_report, request, std::move(handler));
        } catch (std::bad_alloc const&) {
            threw_at_once = true;
        }
        CHECK(run_out(io) == 0);
        allocations.counts = false;
        has_failed = allocations.failed != 0;
        CHECK((ended.called == 1) != threw_at_once);
        if (ended.called == 1)
            CHECK((ended.failure->code() == loop::errc::not_found ||
                   ended.failure->code() == loop::errc::response_too_large || // for the memory
                   ended.failure->code() == loop::errc::out_of_memory));
    }
}

TEST_CASE("several calls at once: each of them ends, and the next ones succeed") {
    world in;
    in.how.pool.max_connections = 2;
    in.how.limits.max_in_flight = 3;
    report::get_request const request = get_of(in);
    long n = 0;
    for (bool has_failed = true; has_failed; ++n) {
        CAPTURE(n);
        asio::io_context io(1);
        loop::client client(io.get_executor(), in.how);
        end_of_operation ended[6];
        allocations = {true, false, n, 0};
        int thrown_at_once = 0;
        for (auto& one : ended)
            try {
                client.async_call(report::get_report, request, noting_handler(one));
            } catch (std::bad_alloc const&) {
                ++thrown_at_once;
            }
        CHECK(run_out(io) == 0);
        allocations.counts = false;
        has_failed = allocations.failed != 0;
        CHECK(io.stopped());
        int called = 0;
        for (auto const& one : ended) {
            CHECK(one.called <= 1);
            called += one.called;
            if (one.failure) // of the call whose answer there was no memory for, or of all
                CHECK_MESSAGE((one.failure->code() == loop::errc::out_of_memory ||
                               one.failure->code() == loop::errc::response_too_large),
                              *one.failure);
        }
        CHECK(called + thrown_at_once == 6);
        CHECK(client.statistics().calls == 0);
        CHECK(client.statistics().requests_in_flight == 0);
        CHECK(call(client, io, report::get_report, request));
    }
}

TEST_CASE("the start of an export") {
    world in;
    in.ends_late = true;
    loop::start_options how;
    std::shared_ptr<loop::export_journal> journal;
    SUBCASE("alone") {}
    SUBCASE("that others may share") {
        how.shared = std::make_shared<loop::single_flight>();
    }
    SUBCASE("with a journal") {
        journal = loop::export_journal::open(in.files.path / "journal").value();
        how.journal = journal;
    }
    report::export_request const request = week();
    sweep(in, [&](loop::client& client, asio::io_context&, noting_handler handler) {
        loop::async_start_export(client, request, how, std::move(handler));
    });
}

TEST_CASE("the wait for an export") {
    world in;
    in.ends_late = true;
    loop::poll_options polls;
    polls.first_poll = 0ms;
    polls.interval = 1ms;
    sweep(in, [&](loop::client& client, asio::io_context&, noting_handler handler) {
        std::optional<loop::export_job> job;
        {
            spared const none_fails;
            job = loop::attach_export(client, in.s.add_export(), polls);
        }
        job->async_wait(limit,
                        [job = *job, handler = std::move(handler)](auto r) mutable { handler(r); });
    });
}

TEST_CASE("one poll of an export") {
    world in;
    in.ends_late = true;
    sweep(in, [&](loop::client& client, asio::io_context&, noting_handler handler) {
        std::optional<loop::export_job> job;
        {
            spared const none_fails;
            job = loop::attach_export(client, in.s.add_export());
        }
        job->async_poll([job = *job, handler = std::move(handler)](auto r) mutable { handler(r); });
    });
}

TEST_CASE("a download in several streams") {
    server_options options = world::plain();
    loop::download_options how;
    how.deadline = limit;
    how.streams = 2;
    SUBCASE("to a part that goes") {}
    SUBCASE("to a part that stays") {
        how.keep_part = true;
    }
    SUBCASE("that goes on in one, since the server has no ranges") {
        options.ignore_ranges = true;
    }
    world in(options);
    in.ends_late = true;
    std::string const id = in.s.add_export({"Completed"}, odd_content(6'000'000));
    auto const begin = [&](loop::client& client, asio::io_context&, noting_handler handler) {
        std::string url;
        {
            spared const none_fails;
            url = in.s.file_url(id);
        }
        loop::async_download(client, url, in.files.path / "export.json", how, std::move(handler));
    };
    if (options.ignore_ranges)
        sweep(in, false, begin);
    else
        sweep(in, begin);
    for (std::string const& name : in.files.names())
        CHECK((name == "export.json" || how.keep_part));
}

TEST_CASE("a download of a job") {
    world in;
    in.ends_late = true;
    loop::poll_options polls;
    polls.first_poll = 0ms;
    polls.interval = 1ms;
    loop::download_options how;
    how.deadline = limit;
    int target = 0;
    SUBCASE("to a file") {}
    SUBCASE("to a file, with a part that stays") {
        how.keep_part = true;
    }
    SUBCASE("to a sink") {
        target = 1;
    }
    SUBCASE("row by row") {
        target = 2;
        in.begins_more = true;
    }
    sweep(in, [&](loop::client& client, asio::io_context&, noting_handler handler) {
        std::optional<loop::export_job> job;
        {
            spared const none_fails;
            job = loop::attach_export(client, in.s.add_export(), polls);
        }
        if (target == 0)
            loop::async_download(client, *job, in.files.path / "export.json", how,
                                 std::move(handler));
        else if (target == 1)
            loop::async_download(client, *job, std::make_shared<counting_sink>(), how,
                                 std::move(handler));
        else
            std::make_shared<row_loop<>>(loop::open_download(client, *job, how), std::move(handler))
                ->next();
    });
    // Nothing stays of the downloads that failed.
    for (std::string const& name : in.files.names())
        CHECK((name == "export.json" || how.keep_part));
}

TEST_CASE("a body that comes from a source") {
    world in;
    in.ends_late = true;
    in.s.on(raw::upload, [](raw::upload_request const& request) {
        raw::stored made;
        made.size = static_cast<int>(request.content.bytes.size());
        return made;
    });
    std::string const content(200'000, 'x'); // several blocks of the source
    write_file(in.files.path / "body", content);
    sweep(in, [&](loop::client& client, asio::io_context& io, noting_handler handler) {
        std::optional<raw::upload_request> request;
        {
            spared const none_fails;
            std::shared_ptr<loop::byte_source> file =
                loop::open_file(io.get_executor(), in.files.path / "body").value();
            request.emplace("some-id", loop::raw_body(std::move(file)));
        }
        client.async_call(raw::upload, *request, std::move(handler));
    });
}

TEST_CASE("a response that is read row by row") {
    world in;
    in.ends_late = true;
    in.s.on(raw::get_file, [rows = std::string(3000, '1')](raw::file_request const&) {
        return loop::raw_body("[\"" + rows + "\",\"" + rows + "\"]", "application/json");
    });
    in.begins_more = true;
    raw::file_request const request("some-id");
    sweep(in, [&](loop::client& client, asio::io_context&, noting_handler handler) {
        std::make_shared<row_loop<boost::json::value>>(
            loop::open_response(client, raw::get_file, request), std::move(handler))
            ->next();
    });
}

TEST_CASE("a call on a clock of its own") {
    world in;
    in.use_clock();
    std::atomic<bool> refuses = false;
    in.how.retry.max_attempts = 2;
    in.s.on(report::get_report,
            [&](report::get_request const&) -> loop::testing::answer<report::export_result> {
                if (refuses.exchange(false))
                    return loop::testing::refuse(503, "not yet");
                report::export_result made;
                made.id = "some-id";
                return made;
            });
    report::get_request const request("some-id");
    sweep(in, [&](loop::client& client, asio::io_context&, noting_handler handler) {
        refuses = true;
        client.async_call(report::get_report, request, std::move(handler));
    });
}

TEST_CASE("a call that looks a name up") {
    world in;
    in.how.addresses.clear();
    report::get_request const request = get_of(in);
    sweep(in, [&](loop::client& client, asio::io_context&, noting_handler handler) {
        client.async_call(report::get_report, request, std::move(handler));
    });
}

TEST_CASE("no memory where the name is looked up") {
    world in;
    in.how.addresses.clear();
    in.use_clock();
    report::get_request const request = get_of(in);
    long n = 0;
    for (bool has_failed = true; has_failed; ++n) {
        CAPTURE(n);
        asio::io_context io(1);
        loop::client client(io.get_executor(), in.how);
        end_of_operation ended;
        look_up_has_failed = false;
        first_of_look_up = n;
        client.async_call(report::get_report, request, noting_handler(ended));
        CHECK(run_out(io, in.clock.get()) == 0);
        first_of_look_up = -1;
        has_failed = look_up_has_failed;
        CHECK(ended.called == 1);
        if (!has_failed)
            CHECK(ended.succeeded);
        auto const again = call(client, io, report::get_report, request);
        CHECK_MESSAGE(again, again.error());
    }
    MESSAGE("allocations: ", n - 1);
}

TEST_CASE("closing a client") {
    world in;
    report::get_request const request = get_of(in);
    for (bool const goes_on : {false, true}) {
        long n = 0;
        for (bool has_failed = true; has_failed; ++n) {
            CAPTURE(n);
            asio::io_context io(1);
            loop::client client(io.get_executor(), in.how);
            end_of_operation ended;
            client.async_call(report::get_report, request, noting_handler(ended));
            io.poll();
            int closed = 0;
            bool threw_at_once = false;
            allocations = {true, goes_on, n, 0};
            try {
                client.async_close([&closed] { ++closed; });
            } catch (std::bad_alloc const&) {
                threw_at_once = true;
                allocations.goes_on = false;
            }
            int const thrown = run_out(io);
            allocations.counts = false;
            has_failed = allocations.failed != 0;
            CHECK(io.stopped());
            CHECK(ended.called <= 1);
            CHECK(closed <= 1);
            CHECK((closed == 1 || threw_at_once || thrown != 0));
            if (!goes_on)
                CHECK((closed == 1) != threw_at_once);
        }
    }
}

} // TEST_SUITE("jobs/out_of_memory/out_of_memory")
