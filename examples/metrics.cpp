// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Tells Prometheus what a client does, with prometheus-cpp.
//
//     metrics [PORT]
//
// Serves http://127.0.0.1:PORT/metrics, on a port that the system chooses if none is given, starts
// an export of the last seven days and looks at it once. Then it can be scraped until Ctrl-C.
#include <intheloop.hpp>

#include <boost/asio/signal_set.hpp>
#include <prometheus/counter.h>
#include <prometheus/exposer.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <exception>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

namespace loop = intheloop;
namespace asio = boost::asio;

namespace {

// Counts and times requests (each attempt is one) and whole calls (with all waiting and attempts).
// The names are OpenTelemetry's where it has one, with the prefix loop_ where not.
class metrics_observer : public loop::observer {
public:
    explicit metrics_observer(prometheus::Registry& registry)
        : requests_(prometheus::BuildHistogram()
                        .Name("http_client_request_duration_seconds")
                        .Help("Duration of HTTP requests.")
                        .Register(registry)),
          calls_(prometheus::BuildHistogram()
                     .Name("loop_call_duration_seconds")
                     .Help("Duration of calls, with their waiting and all their requests.")
                     .Register(registry)),
          retries_(prometheus::BuildCounter()
                       .Name("loop_retries_total")
                       .Help("Attempts planned after one that failed, by its error.")
                       .Register(registry)),
          waiting_(prometheus::BuildCounter()
                       .Name("loop_call_waiting_seconds_total")
                       .Help("Time that calls waited with no request under way, by its cause.")
                       .Register(registry)),
          resent_(prometheus::BuildCounter()
                      .Name("loop_requests_resent_total")
                      .Help("Requests sent that were not the first of their call.")
                      .Register(registry)) {}

    void on_attempt_started(loop::attempt_started const& e) override {
        if (e.http_request_resend_count != 0)
            resent_.Add(labels_of(e)).Increment();
    }
    void on_attempt_ended(loop::attempt_ended const& e) override {
        requests_.Add(labels_of_end(e), bounds_).Observe(seconds(e.duration));
    }
    void on_retry_planned(loop::retry_planned const& e) override {
        auto labels = labels_of(e);
        labels.emplace("error_type", e.error_type);
        retries_.Add(labels).Increment();
    }
    void on_call_ended(loop::call_ended const& e) override {
        calls_.Add(labels_of_end(e), bounds_).Observe(seconds(e.duration));
        add_waiting(e, "token", e.waited.for_token);
        add_waiting(e, "limit", e.waited.for_limit);
        add_waiting(e, "connection", e.waited.for_connection);
        add_waiting(e, "pause", e.waited.between_attempts);
    }

private:
    static prometheus::Labels labels_of(loop::call_attributes const& call) {
        prometheus::Labels labels;
        labels.emplace("http_request_method", call.http_request_method);
        labels.emplace("url_template", call.url_template);
        labels.emplace("server_address", call.server_address);
        labels.emplace("server_port", std::to_string(call.server_port));
        return labels;
    }
    static prometheus::Labels labels_of_end(auto const& ended) {
        auto labels = labels_of(ended);
        if (ended.http_response_status_code != 0)
            labels.emplace("http_response_status_code",
                           std::to_string(ended.http_response_status_code));
        if (!ended.error_type.empty())
            labels.emplace("error_type", ended.error_type);
        return labels;
    }
    void add_waiting(loop::call_ended const& e, char const* cause, std::chrono::nanoseconds time) {
        auto labels = labels_of(e);
        labels.emplace("cause", cause);
        waiting_.Add(labels).Increment(seconds(time));
    }
    static double seconds(std::chrono::duration<double> time) { return time.count(); }

    // Those that OpenTelemetry recommends, and the length of a call's deadline.
    prometheus::Histogram::BucketBoundaries const bounds_{
        0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 60};
    prometheus::Family<prometheus::Histogram>& requests_;
    prometheus::Family<prometheus::Histogram>& calls_;
    prometheus::Family<prometheus::Counter>& retries_;
    prometheus::Family<prometheus::Counter>& waiting_;
    prometheus::Family<prometheus::Counter>& resent_;
};

// The connections of a client at the moment of a scrape. (Events tell when one is opened or closed,
// not when a call takes one that was idle.)
class connection_gauge : public prometheus::Collectable {
public:
    explicit connection_gauge(loop::client const& client) : client_(client) {}

    std::vector<prometheus::MetricFamily> Collect() const override {
        auto const now = client_.statistics();
        prometheus::MetricFamily connections;
        connections.name = "http_client_open_connections";
        connections.help = "Connections that are open.";
        connections.type = prometheus::MetricType::Gauge;
        connections.metric.push_back(gauge("idle", now.connections_idle));
        connections.metric.push_back(gauge("active", now.connections_open - now.connections_idle));
        return {connections};
    }

private:
    static prometheus::ClientMetric gauge(char const* state, std::size_t value) {
        prometheus::ClientMetric metric;
        metric.label.push_back({"http_connection_state", state});
        metric.gauge.value = static_cast<double>(value);
        return metric;
    }

    loop::client const& client_;
};

asio::awaitable<void> last_week(loop::client& client) {
    using namespace std::chrono;
    auto const now = floor<seconds>(system_clock::now());
    loop::report::export_request week(now - days(7), now);
    auto const started = co_await client.async_call(loop::report::export_report, week);
    if (!started) {
        std::cerr << started.error() << '\n';
        co_return;
    }
    loop::report::get_request which(started->id);
    auto const polled = co_await client.async_call(loop::report::get_report, which);
    if (polled)
        std::cerr << polled->status << '\n';
    else
        std::cerr << polled.error() << '\n';
}

} // namespace

int main(int argc, char** argv) try {
    if (argc > 2) {
        std::cerr << "usage: metrics [PORT]\n";
        return 2;
    }
    auto const registry = std::make_shared<prometheus::Registry>();
    loop::options options = loop::options::from_env();
    options.observer = std::make_shared<metrics_observer>(*registry);
    asio::io_context io;
    loop::client client(io.get_executor(), options);
    auto const connections = std::make_shared<connection_gauge>(client);

    // Its threads look at the others, so it is the first to go.
    prometheus::Exposer exposer(std::string("127.0.0.1:") + (argc == 2 ? argv[1] : "0"));
    exposer.RegisterCollectable(registry);
    exposer.RegisterCollectable(connections);
    std::cerr << "http://127.0.0.1:" << exposer.GetListeningPorts().front() << "/metrics\n";

    asio::signal_set stop(io, SIGINT, SIGTERM);
    stop.async_wait([&](boost::system::error_code, int) { io.stop(); });
    co_spawn(io, last_week(client), [](std::exception_ptr failure) {
        if (failure)
            std::rethrow_exception(failure);
        std::cerr << "Ctrl-C ends it\n";
    });
    io.run();
} catch (std::exception const& e) {
    std::cerr << "metrics: " << e.what() << '\n';
    return 1;
}
