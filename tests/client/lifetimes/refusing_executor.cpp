// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// An executor of the program may refuse a function, with an exception of its own. What a thread
// outside of the client has to say is not lost then.
#include <client/black_hole.hpp>
#include <client/fixture.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

TEST_SUITE("client/lifetimes/refusing_executor") {

using namespace fixture;
using outcome = loop::result<report::export_result>;

namespace {

// Refuses so many of the next functions.
class refusing_executor {
    using blocking = asio::execution::blocking_t;
    using outstanding_work = asio::execution::outstanding_work_t;

public:
    refusing_executor(asio::any_io_executor to, int& refusals)
        : to_(std::move(to)), refusals_(&refusals) {}

    asio::execution_context& query(asio::execution::context_t asked) const noexcept {
        return asio::query(to_, asked);
    }
    blocking query(blocking asked) const noexcept { return asio::query(to_, asked); }
    refusing_executor require(blocking::never_t asked) const {
        return {asio::require(to_, asked), *refusals_};
    }
    refusing_executor require(outstanding_work::tracked_t asked) const {
        return {asio::prefer(to_, asked), *refusals_};
    }
    refusing_executor require(outstanding_work::untracked_t asked) const {
        return {asio::prefer(to_, asked), *refusals_};
    }
    template <class Function>
    void execute(Function function) const {
        if (*refusals_ > 0) {
            --*refusals_;
            throw std::runtime_error("the queue is full");
        }
        to_.execute(std::move(function));
    }
    friend bool operator==(refusing_executor const& a, refusing_executor const& b) noexcept {
        return a.to_ == b.to_;
    }

private:
    asio::any_io_executor to_;
    int* refusals_;
};

// A thread outside posts its step, and then hands it over once more.
constexpr int both_tries = 2;

struct setup {
    server s;
    asio::io_context io;
    int refusals = 0;
    std::optional<loop::client> made;

    loop::client& client() {
        if (!made)
            made.emplace(asio::any_io_executor(refusing_executor(io.get_executor(), refusals)),
                         options_for(s));
        return *made;
    }
};

class resumable final : public loop::byte_sink {
public:
    explicit resumable(std::function<void()>& resume) : resume_(resume) {}

    void start(std::function<void()> resume) noexcept override { resume_ = std::move(resume); }
    std::optional<loop::error> write(std::string_view) override { return std::nullopt; }

private:
    std::function<void()>& resume_;
};

} // namespace

TEST_CASE("async_close completes after the last handler, which has returned elsewhere") {
    setup t;
    asio::io_context elsewhere;
    bool is_called = false, is_closed = false;
    t.client().async_call(report::export_report, week(),
                          asio::bind_executor(elsewhere.get_executor(), [&](outcome const& r) {
                              CHECK(r);
                              is_called = true;
                          }));
    t.client().async_close([&] { is_closed = true; });
    run_until(t.io, [&] {
        auto const now = t.client().statistics();
        return now.calls_started == 1 && now.calls == 0;
    });
    run_until_quiet(t.io);
    CHECK_FALSE(is_closed);
    t.refusals = both_tries;
    elsewhere.run();
    CHECK(is_called);
    CHECK(t.refusals == 0);
    run_until(t.io, [&] { return is_closed; });
}

TEST_CASE("a call is cancelled") {
    setup t;
    t.s.hold_next();
    asio::cancellation_signal signal;
    std::optional<loop::errc> code;
    t.client().async_call(report::export_report, week(),
                          asio::bind_cancellation_slot(signal.slot(), [&](outcome const& r) {
                              REQUIRE_FALSE(r);
                              code = static_cast<loop::errc>(r.error().code().value());
                          }));
    run_until(t.io, [&] { return t.s.wait_until_held(0ms); });
    t.refusals = both_tries;
    CHECK_NOTHROW(signal.emit(asio::cancellation_type::terminal));
    CHECK(t.refusals == 0);
    run_until(t.io, [&] { return code.has_value(); });
    CHECK(code == loop::errc::cancelled);
}

TEST_CASE("a sink that resumes a download gets no exception") {
    setup t;
    black_hole const hole;
    std::function<void()> resume;
    loop::async_download(t.client(), "https://127.0.0.1:" + std::to_string(hole.port()) + "/file",
                         std::make_shared<resumable>(resume), [](auto const&) {});
    run_until(t.io, [&] { return resume != nullptr; });
    t.refusals = both_tries;
    CHECK_NOTHROW(resume());
    CHECK(t.refusals == 0);
}

} // TEST_SUITE("client/lifetimes/refusing_executor")
