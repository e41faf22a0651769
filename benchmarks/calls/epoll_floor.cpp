// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The least that calls on many connections can cost: OpenSSL over non-blocking sockets and one
// edge-triggered epoll set, the request's bytes made once, and an answer that is compared as a
// whole instead of being parsed.
#include "calls.hpp"
#include "floor.hpp"

#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace {

using floors::require;

// Makes one call after another.
class caller {
public:
    caller(SSL_CTX* context, calls::arguments const& chosen, int set, std::string const& request)
        : context_(context), chosen_(chosen), set_(set), request_(request) {}

    void begin(calls::series& series) {
        series_ = &series;
        left_ = series.each();
        next();
    }
    bool is_done() const { return left_ == 0; }

    // Goes on as far as the socket lets it.
    void on_ready() {
        while (left_ != 0 && (is_shaken_ ? read() : shake_hands()))
            ;
    }

    void check_time(calls::steady::time_point now) const {
        require(left_ == 0 || now - began_ < calls::deadline, "a call took too long");
    }

private:
    void next() {
        began_ = calls::steady::now();
        used_ = 0;
        if (connection_)
            return write();
        connection_.emplace(context_, chosen_);
        connection_->stop_blocking();
        is_shaken_ = false;
        epoll_event event{};
        event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
        event.data.ptr = this;
        require(::epoll_ctl(set_, EPOLL_CTL_ADD, connection_->socket(), &event) == 0, "epoll_ctl");
        on_ready();
    }

    // Each returns whether to go on at once.
    bool shake_hands() {
        int const done = SSL_connect(connection_->ssl());
        if (done != 1) {
            require_wait(done, "handshake");
            return false;
        }
        is_shaken_ = true;
        epoll_event event{};
        event.events = EPOLLIN | EPOLLRDHUP | EPOLLET; // a request always fits into the socket
        event.data.ptr = this;
        require(::epoll_ctl(set_, EPOLL_CTL_MOD, connection_->socket(), &event) == 0, "epoll_ctl");
        write();
        return false;
    }

    void write() {
        int const size = static_cast<int>(request_.size());
        require(SSL_write(connection_->ssl(), request_.data(), size) == size, "write");
    }

    // An answer that is there ends the call, so nothing is read just to see that nothing is left:
    // what comes later is another edge.
    bool read() {
        int const room = static_cast<int>(buffer_.size() - used_);
        int const got = room == 0 ? 0 : SSL_read(connection_->ssl(), buffer_.data() + used_, room);
        if (got <= 0) {
            require_wait(got, "read");
            return false;
        }
        used_ += static_cast<std::size_t>(got);
        std::string_view const text(buffer_.data(), used_);
        if (!text.ends_with(calls::server_answer))
            return true;
        require(text.starts_with("HTTP/1.1 200 "), "status");
        if (!chosen_.keeps_connections())
            connection_.reset(); // which leaves the set, too
        series_->add(began_);
        if (--left_ != 0)
            next();
        return false;
    }

    void require_wait(int result, char const* what) const {
        int const why = SSL_get_error(connection_->ssl(), result);
        require(why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE, what);
    }

    SSL_CTX* context_;
    calls::arguments const& chosen_;
    int set_;
    std::string const& request_;
    std::optional<floors::connection> connection_;
    bool is_shaken_ = false;
    calls::series* series_ = nullptr;
    std::size_t left_ = 0;
    std::size_t used_ = 0;
    calls::steady::time_point began_;
    std::array<char, 4096> buffer_;
};

void run(calls::arguments const& chosen) {
    auto const context = floors::make_context(chosen);
    std::string const request = calls::request_text(chosen);
    int const set = ::epoll_create1(0);
    require(set >= 0, "epoll_create1");
    std::deque<caller> callers;
    for (std::size_t i = 0; i < chosen.concurrency; ++i)
        callers.emplace_back(context.get(), chosen, set, request);
    calls::measure(chosen, [&](calls::series& series) {
        for (caller& one : callers)
            one.begin(series);
        std::size_t at_work = callers.size();
        auto check_at = calls::steady::now() + std::chrono::seconds(1);
        while (at_work != 0) {
            std::array<epoll_event, 128> events;
            int const count =
                ::epoll_wait(set, events.data(), static_cast<int>(events.size()), 1000);
            require(count >= 0 || errno == EINTR, "epoll_wait");
            for (int i = 0; i < count; ++i) {
                caller& one = *static_cast<caller*>(events[static_cast<std::size_t>(i)].data.ptr);
                bool const was_done = one.is_done();
                one.on_ready();
                at_work -= !was_done && one.is_done() ? 1 : 0;
            }
            if (auto const now = calls::steady::now(); now >= check_at) {
                for (caller const& one : callers)
                    one.check_time(now);
                check_at = now + std::chrono::seconds(1);
            }
        }
    });
    ::close(set);
}

} // namespace

int main(int argc, char** argv) {
    return calls::run_program(argc, argv, run);
}
