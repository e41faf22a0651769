// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Traces what a client does, with opentelemetry-cpp.
//
//     opentelemetry FILE
//
// Starts an export of the last seven days, looks at it once, downloads it to FILE if it is
// completed, and prints the spans to the standard output. Each call is a span, and below it each
// attempt, whose context goes to the service as traceparent and tracestate.
#include "open_spans.hpp"

#include <intheloop.hpp>

#include <opentelemetry/context/context.h>
#include <opentelemetry/context/propagation/text_map_propagator.h>
#include <opentelemetry/exporters/ostream/span_exporter_factory.h>
#include <opentelemetry/sdk/trace/processor.h>
#include <opentelemetry/sdk/trace/simple_processor_factory.h>
#include <opentelemetry/sdk/trace/tracer_provider.h>
#include <opentelemetry/sdk/trace/tracer_provider_factory.h>
#include <opentelemetry/trace/context.h>
#include <opentelemetry/trace/propagation/http_trace_context.h>
#include <opentelemetry/trace/span.h>
#include <opentelemetry/trace/span_startoptions.h>
#include <opentelemetry/trace/tracer.h>

#include <chrono>
#include <cstdint>
#include <exception>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace loop = intheloop;
namespace asio = boost::asio;
namespace otel = opentelemetry;

namespace {

using span = otel::nostd::shared_ptr<otel::trace::Span>;
using tracer = otel::nostd::shared_ptr<otel::trace::Tracer>;

otel::nostd::string_view view(std::string_view text) {
    return {text.data(), text.size()};
}

// Lets a propagator of OpenTelemetry write into headers.
class header_carrier : public otel::context::propagation::TextMapCarrier {
public:
    explicit header_carrier(loop::headers& into) : into_(into) {}

    otel::nostd::string_view Get(otel::nostd::string_view) const noexcept override { return {}; }
    void Set(otel::nostd::string_view key, otel::nostd::string_view value) noexcept override {
        into_.append({key.data(), key.size()}, {value.data(), value.size()});
    }

private:
    loop::headers& into_;
};

// Makes the spans. Begins the one of an attempt before the attempt is sent, since its context goes
// with it; a download has none to send, so its attempts begin when they are told of. For one
// client.
class tracing : public loop::observer, public loop::propagator {
public:
    // All calls are parts of the work that `parent` is the span of.
    tracing(tracer by, span const& parent) : by_(std::move(by)), parent_(parent->GetContext()) {}

    void on_call_started(loop::call_started const& e) override {
        otel::trace::StartSpanOptions how;
        how.parent = parent_;
        open_.add_call(e, start("call", e, how));
    }
    void inject(loop::attempt_attributes const& e, loop::headers& carrier) override {
        span const attempt = begin_attempt(e);
        if (!attempt)
            return;
        otel::context::Context nothing;
        auto const context = otel::trace::SetSpan(nothing, attempt);
        header_carrier into(carrier);
        w3c_.Inject(into, context);
    }
    void on_attempt_started(loop::attempt_started const& e) override {
        span const attempt = begin_attempt(e);
        if (attempt)
            attempt->SetAttribute("http.request.size", std::uint64_t{e.http_request_size});
    }
    void on_attempt_ended(loop::attempt_ended const& e) override {
        span const attempt = open_.take_attempt(e);
        if (attempt)
            end(attempt, e);
    }
    void on_call_ended(loop::call_ended const& e) override {
        auto const ended = open_.take_call(e);
        for (auto const& [number, attempt] : ended.attempts)
            if (attempt) // its headers were refused: it was not sent
                attempt->End();
        span const call = ended.call;
        if (!call)
            return;
        using seconds = std::chrono::duration<double>;
        call->SetAttribute("loop.attempts", std::uint32_t{e.attempts});
        call->SetAttribute("loop.waited.token", seconds(e.waited.for_token).count());
        call->SetAttribute("loop.waited.limit", seconds(e.waited.for_limit).count());
        call->SetAttribute("loop.waited.connection", seconds(e.waited.for_connection).count());
        call->SetAttribute("loop.waited.pause", seconds(e.waited.between_attempts).count());
        end(call, e);
    }

private:
    span start(std::string name, loop::call_attributes const& e,
               otel::trace::StartSpanOptions const& how) {
        name += ' ';
        name += e.http_request_method;
        name += ' ';
        name += e.url_template.empty() ? "(file)" : e.url_template;
        span begun = by_->StartSpan(name, how);
        begun->SetAttribute("http.request.method", view(e.http_request_method));
        if (!e.url_template.empty())
            begun->SetAttribute("url.template", view(e.url_template));
        begun->SetAttribute("server.address", view(e.server_address));
        begun->SetAttribute("server.port", std::uint32_t{e.server_port});
        return begun;
    }
    // Returns the span of the attempt, which it begins unless it is there already.
    span begin_attempt(loop::attempt_attributes const& e) {
        return open_.attempt(e, [&](span const& call) {
            otel::trace::StartSpanOptions how;
            how.kind = otel::trace::SpanKind::kClient;
            how.parent = call->GetContext();
            span begun = start("attempt", e, how);
            if (e.http_request_resend_count != 0)
                begun->SetAttribute("http.request.resend_count",
                                    std::uint32_t{e.http_request_resend_count});
            return begun;
        });
    }
    static void end(span const& ended, auto const& e) {
        if (e.http_response_status_code != 0)
            ended->SetAttribute("http.response.status_code",
                                std::uint32_t{e.http_response_status_code});
        if (!e.error_type.empty()) {
            ended->SetAttribute("error.type", view(e.error_type));
            ended->SetStatus(otel::trace::StatusCode::kError);
        }
        ended->End();
    }

    tracer const by_;
    otel::trace::SpanContext const parent_;
    otel::trace::propagation::HttpTraceContext w3c_;
    example::open_spans<span> open_;
};

asio::awaitable<void> last_week(loop::client& client, std::string file) {
    using namespace std::chrono;
    auto const now = floor<seconds>(system_clock::now());
    loop::report::export_request week(now - days(7), now);
    auto job = (co_await loop::async_start_export(client, week)).value();
    auto const polled = (co_await job.async_poll()).value();
    std::cerr << polled.status << '\n';
    if (polled.status == loop::report::export_status::completed)
        (co_await loop::async_download(client, job, file)).value();
}

} // namespace

int main(int argc, char** argv) try {
    if (argc != 2) {
        std::cerr << "usage: opentelemetry FILE\n";
        return 2;
    }
    namespace sdk = otel::sdk::trace;
    auto const provider =
        sdk::TracerProviderFactory::Create(sdk::SimpleSpanProcessorFactory::Create(
            otel::exporter::trace::OStreamSpanExporterFactory::Create(std::cout)));
    tracer const by = provider->GetTracer("opentelemetry-example");
    span const whole = by->StartSpan("last week");

    auto const traces = std::make_shared<tracing>(by, whole);
    loop::options options = loop::options::from_env();
    options.observer = traces;
    options.propagator = traces;
    asio::io_context io;
    loop::client client(io.get_executor(), options);
    std::exception_ptr failure;
    co_spawn(io, last_week(client, argv[1]), [&](std::exception_ptr why) { failure = why; });
    io.run();
    whole->End();
    if (failure)
        std::rethrow_exception(failure);
} catch (std::exception const& e) {
    std::cerr << "opentelemetry: " << e.what() << '\n';
    return 1;
}
