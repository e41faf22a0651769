// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The calls with Asio and Beast's parser, tuned by hand for this very call: a concrete executor,
// the request's bytes made once, buffers that stay, one timer for the time limits of all
// connections.
#include "calls.hpp"
#include "parse.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http.hpp>

#include <array>
#include <deque>
#include <exception>
#include <optional>
#include <string>

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

using executor = asio::io_context::executor_type;
using stream = asio::ssl::stream<asio::basic_stream_socket<asio::ip::tcp, executor>>;
using timer = asio::basic_waitable_timer<calls::steady, asio::wait_traits<calls::steady>, executor>;
template <class T>
using task = asio::awaitable<T, executor>;
constexpr asio::use_awaitable_t<executor> use_task;

// All connections share this.
struct common {
    common(asio::io_context& context, calls::arguments const& how)
        : io(context), chosen(how), request(calls::request_text(how)) {
        SSL_CTX_set_min_proto_version(tls.native_handle(), TLS1_2_VERSION);
        tls.set_verify_mode(asio::ssl::verify_peer);
        tls.load_verify_file(how.ca_file);
        SSL_CTX_set_session_cache_mode(tls.native_handle(),
                                       SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_set_ex_data(tls.native_handle(), own_index(), this);
        SSL_CTX_sess_set_new_cb(tls.native_handle(), &common::keep_session);
    }
    common(common const&) = delete;
    common& operator=(common const&) = delete;
    ~common() { SSL_SESSION_free(last_session); }

    static int own_index() {
        static int const index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
        return index;
    }
    static int keep_session(SSL* ssl, SSL_SESSION* session) {
        auto& self = *static_cast<common*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), own_index()));
        SSL_SESSION_free(self.last_session);
        self.last_session = session;
        return 1;
    }

    asio::io_context& io;
    calls::arguments const& chosen;
    std::string const request;
    asio::ssl::context tls{asio::ssl::context::tls_client};
    SSL_SESSION* last_session = nullptr;
};

class caller {
public:
    explicit caller(common& shared) : shared_(shared) {}

    task<void> call_in_turn(calls::series& series) {
        for (std::size_t i = 0; i < series.each(); ++i) {
            auto const began = calls::steady::now();
            expires_ = began + calls::deadline;
            if (!stream_)
                co_await connect();
            co_await exchange();
            if (!shared_.chosen.keeps_connections()) {
                SSL_shutdown(stream_->native_handle()); // else its session is not resumed
                stream_.reset();
            }
            series.add(began);
        }
        expires_.reset();
    }

    // Ends the call if it takes too long.
    void check_time(calls::steady::time_point now) {
        if (stream_ && expires_ && now >= *expires_)
            stream_->lowest_layer().close();
    }

private:
    task<void> connect() {
        stream_.emplace(shared_.io.get_executor(), shared_.tls);
        stream_->set_verify_callback(asio::ssl::host_name_verification(shared_.chosen.host));
        SSL* const ssl = stream_->native_handle();
        SSL_set_tlsext_host_name(ssl, shared_.chosen.host.c_str());
        SSL_clear_mode(ssl, SSL_MODE_RELEASE_BUFFERS); // Asio sets it
        if (shared_.chosen.resumes() && shared_.last_session)
            SSL_set_session(ssl, shared_.last_session);
        asio::ip::basic_resolver<asio::ip::tcp, executor> resolver(shared_.io.get_executor());
        auto const addresses = co_await resolver.async_resolve(
            asio::ip::tcp::v4(), shared_.chosen.host, shared_.chosen.port, use_task);
        co_await asio::async_connect(stream_->lowest_layer(), addresses, use_task);
        stream_->lowest_layer().set_option(asio::ip::tcp::no_delay(true));
        co_await stream_->async_handshake(asio::ssl::stream_base::client, use_task);
    }

    task<void> exchange() {
        auto const request = asio::buffer(shared_.request);
        co_await asio::async_write(*stream_, request, use_task);
        http::response_parser<http::string_body> parser;
        parser.eager(true);
        parser.body_limit(calls::max_answer);
        std::size_t used = 0;
        while (!parser.is_done()) {
            auto const room = asio::buffer(buffer_) + used;
            used += co_await stream_->async_read_some(room, use_task);
            boost::beast::error_code error;
            std::size_t const taken = parser.put(asio::buffer(buffer_.data(), used), error);
            if (error && error != http::error::need_more)
                throw boost::system::system_error(error);
            std::copy(buffer_.data() + taken, buffer_.data() + used, buffer_.data());
            used -= taken;
        }
        calls::parse_and_check(parser.get().result_int(), parser.get().body());
    }

    common& shared_;
    std::optional<stream> stream_;
    std::optional<calls::steady::time_point> expires_;
    std::array<char, 16384> buffer_;
};

// Looks once a second which calls have taken too long, as long as any is at work.
void watch(timer& every_second, std::deque<caller>& callers, std::size_t const& at_work) {
    every_second.expires_after(std::chrono::seconds(1));
    every_second.async_wait([&](boost::system::error_code stopped) {
        if (stopped || at_work == 0)
            return;
        auto const now = calls::steady::now();
        for (caller& one : callers)
            one.check_time(now);
        watch(every_second, callers, at_work);
    });
}

void run(calls::arguments const& chosen) {
    asio::io_context io(1);
    common shared(io, chosen);
    std::deque<caller> callers;
    for (std::size_t i = 0; i < chosen.concurrency; ++i)
        callers.emplace_back(shared);
    timer every_second(io.get_executor());
    calls::measure(chosen, [&](calls::series& series) {
        std::size_t at_work = callers.size();
        auto const on_end = [&](std::exception_ptr failure) {
            if (failure)
                std::rethrow_exception(failure);
            if (--at_work == 0)
                every_second.cancel();
        };
        io.restart();
        watch(every_second, callers, at_work);
        for (caller& one : callers)
            co_spawn(io.get_executor(), one.call_in_turn(series), on_end);
        io.run();
    });
}

} // namespace

int main(int argc, char** argv) {
    return calls::run_program(argc, argv, run);
}
