// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_CLIENT_OBSERVER_OBSERVED_HPP
#define INTHELOOP_TESTS_CLIENT_OBSERVER_OBSERVED_HPP

#include <client/fixture.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace fixture {

using lines = std::vector<std::string>;

// Holds one event of an observer. `line` and `about` hold all its texts.
struct told {
    std::string line;  // "attempt_ended 0 500 response_begun error=500"
    std::string about; // "GET /v1/things/{id} localhost:443", or of a connection the server alone
    std::uint64_t call_id = 0;           // 0: about a connection
    std::size_t size = 0;                // of the request, or of the answer's body
    std::chrono::nanoseconds duration{}; // or the pause
    std::size_t open = 0;                // connections, of which
    std::size_t idle = 0;
    bool resumed = false;
    loop::waiting_times waited; // of a call that has ended
    std::thread::id thread;
};

// Keeps all that it is told.
class recorder final : public intheloop::observer {
public:
    // Copies; any thread.
    std::vector<told> all() const {
        std::lock_guard const lock(mutex_);
        return told_;
    }
    fixture::lines lines() const {
        fixture::lines found;
        for (told const& one : all())
            found.push_back(one.line);
        return found;
    }
    // The only one that begins so.
    told only(std::string_view beginning) const {
        std::vector<told> found;
        for (told const& one : all())
            if (one.line.starts_with(beginning))
                found.push_back(one);
        REQUIRE(found.size() == 1);
        return found.front();
    }
    void clear() {
        std::lock_guard const lock(mutex_);
        told_.clear();
    }

    void on_call_started(intheloop::call_started const& e) override { add(e, "call_started"); }
    void on_attempt_started(intheloop::attempt_started const& e) override {
        add(e,
            "attempt_started " + std::to_string(e.http_request_resend_count) +
                (e.connection_reused ? " reused" : " new"),
            {}, e.http_request_size);
    }
    void on_attempt_ended(intheloop::attempt_ended const& e) override {
        add(e, "attempt_ended " + std::to_string(e.http_request_resend_count) + end_of(e),
            e.duration, e.http_response_body_size);
    }
    void on_retry_planned(intheloop::retry_planned const& e) override {
        add(e,
            "retry_planned " + std::to_string(e.http_request_resend_count) +
                " error=" + std::string(e.error_type),
            e.pause);
    }
    void on_call_ended(intheloop::call_ended const& e) override {
        add(e, "call_ended " + std::to_string(e.attempts) + end_of(e), e.duration, 0, e.waited);
    }
    void on_connection_event(intheloop::connection_event const& e) override {
        told one;
        one.line = "connection " + std::string(to_string(e.kind));
        for (std::string_view text : {e.error_type, e.close_reason})
            if (!text.empty())
                one.line += ' ' + std::string(text);
        one.about = server_of(e);
        one.duration = e.duration;
        one.open = e.connections_open;
        one.idle = e.connections_idle;
        one.resumed = e.tls_session_resumed;
        add(std::move(one));
    }

private:
    static std::string server_of(auto const& e) {
        return std::string(e.server_address) + ':' + std::to_string(e.server_port);
    }
    static std::string end_of(auto const& e) {
        std::string text = ' ' + std::to_string(e.http_response_status_code) + ' ' +
                           std::string(to_string(e.progress));
        if (!e.error_type.empty())
            text += " error=" + std::string(e.error_type);
        return text;
    }
    void add(intheloop::call_attributes const& call, std::string line,
             std::chrono::nanoseconds duration = {}, std::size_t size = 0,
             intheloop::waiting_times const& waited = {}) {
        told one;
        one.line = std::move(line);
        one.about = std::string(call.http_request_method) + ' ' + std::string(call.url_template) +
                    ' ' + server_of(call);
        one.call_id = call.call_id;
        one.size = size;
        one.duration = duration;
        one.waited = waited;
        add(std::move(one));
    }
    void add(told one) {
        one.thread = std::this_thread::get_id();
        std::lock_guard const lock(mutex_);
        told_.push_back(std::move(one));
    }

    mutable std::mutex mutex_;
    std::vector<told> told_;
};

inline std::string const good_body = R"({"id":"x"})";

// A client that is observed, with the server that it calls. It is made at its first use.
struct scene {
    explicit scene(server_options options = server_options()) : s(std::move(options)) {
        how.observer = log;
    }

    loop::client& client() {
        if (!made)
            made.emplace(io.get_executor(), how);
        return *made;
    }
    auto get() { return call(client(), io, report::get_report, report::get_request("x")); }
    auto post() { return call(client(), io, report::export_report, week()); }
    auto download(std::string const& url) {
        std::optional<loop::result<loop::download_summary>> outcome;
        auto const path = std::filesystem::temp_directory_path() /
                          ("intheloop-observed-" + std::to_string(s.api_port()));
        loop::async_download(client(), url, path, [&](auto r) { outcome.emplace(std::move(r)); });
        run();
        std::filesystem::remove(path);
        REQUIRE(outcome);
        return std::move(*outcome);
    }
    void run() {
        io.restart();
        io.run();
    }
    void retry_at_once() {
        how.retry.max_attempts = 3;
        how.retry.base = 0ms;
    }

    server s;
    loop::options how = options_for(s);
    std::shared_ptr<recorder> const log = std::make_shared<recorder>();
    asio::io_context io;
    std::optional<loop::client> made;
};

// How a call begins on a new connection.
inline lines began() {
    return {"call_started", "connection opened", "attempt_started 0 new"};
}
inline lines operator+(lines first, lines const& then) {
    first.insert(first.end(), then.begin(), then.end());
    return first;
}

} // namespace fixture

#endif
