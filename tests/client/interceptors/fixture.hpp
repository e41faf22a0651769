// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_CLIENT_INTERCEPTORS_FIXTURE_HPP
#define INTHELOOP_TESTS_CLIENT_INTERCEPTORS_FIXTURE_HPP

#include <client/fixture.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace fixture {

using loop::errc;
using loop::intercepted_request;
using loop::intercepted_response;
using loop::interception;
using loop::request_progress;

// Notes when it is asked, and does what the test says.
class scripted : public loop::interceptor {
public:
    explicit scripted(std::vector<std::string>& notes, std::string name = "it")
        : notes_(notes), name_(std::move(name)) {}

    std::function<interception(intercepted_request const&)> on_before;
    std::function<interception(intercepted_request const&, intercepted_response const&)> on_after;

    interception before(intercepted_request const& request) override {
        notes_.push_back("before " + name_);
        return on_before ? on_before(request) : interception();
    }
    interception after(intercepted_request const& request,
                       intercepted_response const& response) override {
        notes_.push_back("after " + name_ + ' ' + std::to_string(response.status()));
        return on_after ? on_after(request, response) : interception();
    }

private:
    std::vector<std::string>& notes_;
    std::string name_;
};

// Keeps each handler until the test completes it.
class slow : public loop::async_interceptor {
public:
    struct question {
        intercepted_request request;
        std::optional<intercepted_response> response; // nothing: before
        std::optional<loop::interception_handler> handler;
    };
    std::vector<question> asked;
    bool takes_its_time_before = true;
    bool takes_its_time_after = true;

    void async_before(intercepted_request request, loop::interception_handler handler) override {
        asked.push_back({std::move(request), std::nullopt, std::move(handler)});
        if (!takes_its_time_before)
            decide();
    }
    void async_after(intercepted_request request, intercepted_response response,
                     loop::interception_handler handler) override {
        asked.push_back({std::move(request), std::move(response), std::move(handler)});
        if (!takes_its_time_after)
            decide();
    }
    // Completes the last question.
    void decide(interception decided = {}) { (*asked.back().handler)(std::move(decided)); }
};

// A client with interceptors, and the server that it calls. It is made at its first use.
struct scene {
    server s;
    loop::options how = options_for(s);
    std::vector<std::string> notes;
    asio::io_context io;
    std::optional<loop::client> made;

    std::shared_ptr<scripted> add(std::string name = "it") {
        auto one = std::make_shared<scripted>(notes, std::move(name));
        how.interceptors.push_back(one);
        return one;
    }
    std::shared_ptr<slow> add_slow() {
        auto one = std::make_shared<slow>();
        how.interceptors.push_back(one);
        return one;
    }
    void retry_at_once(unsigned attempts = 2) {
        how.retry.max_attempts = attempts;
        how.retry.base = 0ms;
    }
    loop::client& client() {
        if (!made)
            made.emplace(io.get_executor(), how);
        return *made;
    }
    auto get(std::string const& id = "x") {
        return call(client(), io, report::get_report, report::get_request(id));
    }
    auto post() { return call(client(), io, report::export_report, week()); }
};

// An answer as the service gives it.
inline intercepted_response json(unsigned status, std::string body) {
    loop::headers fields;
    fields.append("Content-Type", "application/json");
    return intercepted_response(status, std::move(fields), std::move(body));
}
inline std::string const completed = R"({"id":"made_up","status":"Completed"})";

template <class T>
void check_failed(loop::result<T> const& r, errc code, std::string const& detail) {
    REQUIRE_FALSE(r);
    CHECK_MESSAGE(r.error().code() == code, r.error());
    CHECK(r.error().detail == detail);
}

using lines = std::vector<std::string>;

} // namespace fixture

#endif
