// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// A second request beside interceptors, a propagator and an idempotency key: each of the two is an
// attempt of the same call.
#include <client/interceptors/fixture.hpp>
#include <testing/virtual_clock/fixture.hpp>

#include <intheloop/endpoint/endpoint.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

TEST_SUITE("client/hedging/with_others") {

using namespace fixture;

namespace {

constexpr std::chrono::milliseconds after = 300ms;

inline constexpr loop::endpoint<loop::verb::post, "/api/v1/order",
                                loop::parameters<loop::json_field<"item", std::string>>,
                                loop::fields<loop::json_field<"id", std::string>>,
                                loop::idempotency_key<"Idempotency-Key">, loop::observed>
    order{};

class spans final : public loop::propagator {
public:
    void inject(loop::attempt_attributes const& of, loop::headers& carrier) override {
        told.push_back(std::to_string(of.call_id) + '/' +
                       std::to_string(of.http_request_resend_count));
        carrier.append(name, told.back());
    }
    std::string name = "traceparent";
    lines told;
};

class ends final : public loop::observer {
public:
    void on_call_ended(loop::call_ended const& e) override {
        told.push_back(std::to_string(e.call_id) + '/' + std::to_string(e.attempts) +
                       (e.answered_by_interceptor ? " by an interceptor" : ""));
    }
    lines told;
};

struct setup : virtual_setup {
    setup() {
        how.stall_timeout = 1h;
        how.deadline = 1h;
        how.propagator = traces;
        how.observer = observer;
        how.interceptors.push_back(one);
        id = s.add_export();
    }

    void begin() {
        loop::call_options per_call;
        report::get_request const request(id);
        client().async_call(report::get_report, request, per_call.hedge(after),
                            asio::bind_cancellation_slot(
                                stop.slot(), [this](loop::result<report::export_result> r) {
                                    CHECK_FALSE(got);
                                    got.emplace(std::move(r));
                                }));
    }

    void run_for(std::chrono::milliseconds time) {
        io.restart();
        clock->run_for(io, time);
    }

    std::shared_ptr<spans> const traces = std::make_shared<spans>();
    std::shared_ptr<ends> const observer = std::make_shared<ends>();
    std::vector<std::string> notes;
    std::shared_ptr<scripted> const one = std::make_shared<scripted>(notes);
    std::string id;
    asio::cancellation_signal stop;
    std::optional<loop::result<report::export_result>> got;
};

} // namespace

TEST_CASE("both requests are attempts of one call, for interceptors and the propagator") {
    setup t;
    std::vector<std::uint64_t> calls;
    std::vector<unsigned> sent_before;
    t.one->on_before = [&](intercepted_request const& request) {
        calls.push_back(request.attributes().call_id);
        sent_before.push_back(request.resend_count());
        return interception().header("X-Try", std::to_string(request.resend_count()));
    };
    t.s.script(report::get_report, {fault::delay(20s)});
    t.begin();
    t.run();
    REQUIRE(t.got);
    REQUIRE_MESSAGE(*t.got, t.got->error());
    CHECK(calls == std::vector<std::uint64_t>{1, 1});
    CHECK(sent_before == std::vector<unsigned>{0, 1});
    CHECK(t.traces->told == lines{"1/0", "1/1"});
    CHECK(t.notes == lines{"before it", "before it", "after it 200"});
    CHECK(t.observer->told == lines{"1/2"});
    auto const sent = t.s.requests();
    REQUIRE(sent.size() == 2);
    CHECK(sent[0].header("X-Try") == "0");
    CHECK(sent[1].header("X-Try") == "1");
    CHECK(sent[1].header("traceparent") == "1/1");
}

TEST_CASE("an interceptor may answer the second request") {
    setup t;
    t.one->on_before = [](intercepted_request const& request) {
        return request.resend_count() == 0 ? interception()
                                           : interception::answer(json(200, completed));
    };
    t.s.script(report::get_report, {fault::delay(20s)});
    t.begin();
    t.run();
    REQUIRE(t.got);
    REQUIRE_MESSAGE(*t.got, t.got->error());
    CHECK((*t.got)->id == "made_up");
    CHECK(t.clock->elapsed() < 1s); // nothing is left that would wait for the deadline
    CHECK(t.s.requests().size() == 1);
    CHECK(t.observer->told == lines{"1/2 by an interceptor"});
    auto const now = t.client().statistics();
    CHECK(now.requests_in_flight == 0);
    CHECK(now.connections_open == now.connections_idle);
}

TEST_CASE("an answer that is being looked at needs no second request") {
    setup t;
    auto const slow_one = std::make_shared<slow>();
    slow_one->takes_its_time_before = false;
    t.how.interceptors.push_back(slow_one);
    t.s.script(report::get_report, {fault::delay(after - 10ms)});
    t.begin();
    t.run_for(10s);
    CHECK_FALSE(t.got);
    CHECK(t.s.requests().size() == 1);
    REQUIRE(slow_one->asked.size() == 2);
    slow_one->decide();
    t.run();
    REQUIRE(t.got);
    REQUIRE_MESSAGE(*t.got, t.got->error());
    CHECK((*t.got)->id == t.id);
}

TEST_CASE("a review that has no end is stopped by the answer to the second request") {
    setup t;
    auto const slow_one = std::make_shared<slow>();
    slow_one->takes_its_time_before = false;
    t.how.interceptors.push_back(slow_one);
    t.s.script(report::get_report, {fault::delay(after + 100ms), fault::delay(1s)});
    t.begin();
    t.run_for(10s);
    CHECK_FALSE(t.got); // both answers are being looked at
    REQUIRE(slow_one->asked.size() == 4);
    CHECK(slow_one->asked[2].request.resend_count() == 0);
    CHECK(slow_one->asked[3].request.resend_count() == 1);
    slow_one->decide(); // about the second one
    t.run();
    REQUIRE(t.got);
    REQUIRE_MESSAGE(*t.got, t.got->error());
    CHECK(t.observer->told == lines{"1/2"});
    (*slow_one->asked[2].handler)(interception::refuse(errc::queue_full, "too late"));
    t.run();
    CHECK(t.observer->told == lines{"1/2"});
    CHECK(t.client().statistics().calls == 0);
    CHECK(t.client().statistics().requests_in_flight == 0);
}

TEST_CASE("a failed first request counts, when the call ends while it waits for the second one") {
    setup t;
    auto const slow_one = std::make_shared<slow>();
    slow_one->takes_its_time_after = false;
    t.how.interceptors.push_back(slow_one);
    t.s.script(report::get_report, {fault::hang_up().delayed(after + 100ms)});
    t.begin();
    t.run_for(50ms);
    REQUIRE(slow_one->asked.size() == 1);
    slow_one->decide(); // about the first request, and never about the second one
    t.run_for(1s);
    CHECK_FALSE(t.got);
    t.stop.emit(asio::cancellation_type::terminal);
    t.run();
    REQUIRE(t.got);
    REQUIRE_FALSE(*t.got);
    CHECK(t.got->error().code() == errc::cancelled);
    CHECK(t.got->error().progress == request_progress::sent);
    REQUIRE(t.got->error().earlier_attempts.size() == 1);
    CHECK(t.got->error().earlier_attempts[0].code == errc::connection_lost);
    CHECK(t.s.requests().size() == 1);
}

TEST_CASE("a header that an interceptor and the propagator both add is sent by neither") {
    setup t;
    t.one->on_before = [](intercepted_request const&) {
        return interception().header("Traceparent", "mine");
    };
    t.begin();
    t.run();
    REQUIRE(t.got);
    REQUIRE_FALSE(*t.got);
    CHECK(t.got->error().code() == errc::invalid_option);
    CHECK(t.got->error().detail ==
          "propagator: traceparent can't be set: the request has it already");
    CHECK(t.s.requests().empty());
}

TEST_CASE("both requests of a POST with a key have the same key") {
    setup t;
    int asked = 0;
    t.s.on(order, [&](loop::request_of<order> const&) -> loop::response_of<order> {
        ++asked;
        return loop::response_of<order>("o1");
    });
    t.s.script(order, {fault::delay(20s)});
    loop::call_options per_call;
    loop::request_of<order> const request("tea");
    std::optional<std::string> ordered;
    t.client().async_call(order, request, per_call.hedge(after), [&](auto r) {
        REQUIRE_MESSAGE(r, r.error());
        ordered = r->template get<"id">();
    });
    t.run();
    CHECK(ordered == "o1");
    CHECK(asked == 1); // the server knows the key
    auto const sent = t.s.requests();
    REQUIRE(sent.size() == 2);
    REQUIRE(sent[0].header("Idempotency-Key"));
    CHECK(sent[0].header("Idempotency-Key") == sent[1].header("Idempotency-Key"));
}

} // TEST_SUITE("client/hedging/with_others")
