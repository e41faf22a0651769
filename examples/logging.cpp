// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Logs what a client does, with spdlog: one line per event, as key=value in OpenTelemetry's names.
//
//     logging FILE
//
// Starts an export of the last seven days, looks at it once, and if it is done already downloads it
// to FILE. SPDLOG_LEVEL=debug shows each attempt and each connection.
#include <intheloop.hpp>

#include <spdlog/cfg/env.h>
#include <spdlog/fmt/fmt.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <exception>
#include <iostream>
#include <memory>
#include <string>
#include <utility>

namespace loop = intheloop;
namespace asio = boost::asio;

namespace {

// spdlog's loggers with "_mt" may be used by several threads, as an observer is. Where the log can
// be slow, make it with spdlog::async_factory: an observer holds its client up.
class log_observer : public loop::observer {
public:
    void on_call_started(loop::call_started const& e) override {
        spdlog::debug("event=call_started {}", text(e));
    }
    void on_attempt_started(loop::attempt_started const& e) override {
        spdlog::debug("event=attempt_started {} http.request.resend_count={} http.request.size={} "
                      "connection.reused={}",
                      text(e), e.http_request_resend_count, e.http_request_size,
                      e.connection_reused);
    }
    void on_attempt_ended(loop::attempt_ended const& e) override {
        spdlog::debug("event=attempt_ended {} http.request.resend_count={}{}{} "
                      "http.response.body.size={} progress={} duration={:.6f}",
                      text(e), e.http_request_resend_count,
                      known("http.response.status_code", e.http_response_status_code),
                      known("error.type", e.error_type), e.http_response_body_size,
                      to_string(e.progress), seconds(e.duration));
    }
    void on_retry_planned(loop::retry_planned const& e) override {
        spdlog::warn("event=retry_planned {} http.request.resend_count={} error.type={} pause={}",
                     text(e), e.http_request_resend_count, e.error_type, seconds(e.pause));
    }
    void on_call_ended(loop::call_ended const& e) override {
        spdlog::log(e.error_type.empty() ? spdlog::level::info : spdlog::level::warn,
                    "event=call_ended {} attempts={}{}{} progress={} duration={:.6f}", text(e),
                    e.attempts, known("http.response.status_code", e.http_response_status_code),
                    known("error.type", e.error_type), to_string(e.progress), seconds(e.duration));
    }
    void on_connection_event(loop::connection_event const& e) override {
        bool const failed = e.kind == loop::connection_event_kind::failed;
        spdlog::log(failed ? spdlog::level::warn : spdlog::level::debug,
                    "event=connection_{} server.address={} server.port={}{}{} duration={:.6f}",
                    to_string(e.kind), e.server_address, e.server_port,
                    known("error.type", e.error_type), known("reason", e.close_reason),
                    seconds(e.duration));
    }

private:
    static std::string text(loop::call_attributes const& call) {
        return fmt::format("call.id={} http.request.method={}{} server.address={} server.port={}",
                           call.call_id, call.http_request_method,
                           known("url.template", call.url_template), call.server_address,
                           call.server_port);
    }
    // By OpenTelemetry's rules an attribute without a value is left out.
    template <class T>
    static std::string known(char const* name, T const& value) {
        return value == T() ? std::string() : fmt::format(" {}={}", name, value);
    }
    static double seconds(std::chrono::duration<double> time) { return time.count(); }
};

asio::awaitable<void> last_week(loop::client& client, std::string file) {
    using namespace std::chrono;
    auto const now = floor<seconds>(system_clock::now());
    loop::report::export_request week(now - days(7), now);
    auto const started = co_await client.async_call(loop::report::export_report, week);
    loop::report::get_request which(started.value().id); // value() throws where there is an error
    auto const polled = co_await client.async_call(loop::report::get_report, which);
    std::cout << polled.value().status << '\n';
    if (polled->url && !polled->url->empty()) { // it may come empty
        auto const done = co_await loop::async_download(client, *polled->url, file);
        std::cout << done.value().bytes << " bytes\n";
    }
    co_await client.async_close(); // so that the log tells of the connections' end too
}

} // namespace

int main(int argc, char** argv) try {
    if (argc != 2) {
        std::cerr << "usage: logging FILE\n";
        return 2;
    }
    spdlog::set_default_logger(spdlog::stderr_logger_mt("loop"));
    spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%eZ level=%l %v", spdlog::pattern_time_type::utc);
    spdlog::cfg::load_env_levels();

    loop::options options = loop::options::from_env();
    options.observer = std::make_shared<log_observer>();
    asio::io_context io;
    loop::client client(io.get_executor(), options);
    co_spawn(io, last_week(client, argv[1]), [](std::exception_ptr failure) {
        if (failure)
            std::rethrow_exception(failure);
    });
    io.run();
} catch (std::exception const& e) {
    std::cerr << "logging: " << e.what() << '\n';
    return 1;
}
