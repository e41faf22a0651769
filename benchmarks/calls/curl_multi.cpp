// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The calls with libcurl's multi interface: one handle for each concurrent call, in one thread.
// The handles wait with curl_multi_socket_action() on epoll, as a program with thousands of them
// does.
#include "curl.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <stdexcept>

namespace {

void require(CURLMcode code) {
    if (code != CURLM_OK)
        throw std::runtime_error(curl_multi_strerror(code));
}

class event_loop {
public:
    event_loop() : multi_(curl_multi_init(), curl_multi_cleanup), epoll_(::epoll_create1(0)) {
        curl_multi_setopt(get(), CURLMOPT_SOCKETFUNCTION, &event_loop::watch);
        curl_multi_setopt(get(), CURLMOPT_SOCKETDATA, this);
        curl_multi_setopt(get(), CURLMOPT_TIMERFUNCTION, &event_loop::set_timer);
        curl_multi_setopt(get(), CURLMOPT_TIMERDATA, this);
    }
    event_loop(event_loop const&) = delete;
    event_loop& operator=(event_loop const&) = delete;
    ~event_loop() {
        multi_.reset(); // it still tells of sockets
        ::close(epoll_);
    }

    CURLM* get() const { return multi_.get(); }

    // Waits once, and lets libcurl go on with what is ready.
    void step() {
        std::array<epoll_event, 256> ready{};
        int const count =
            ::epoll_wait(epoll_, ready.data(), static_cast<int>(ready.size()), milliseconds_left());
        int running = 0;
        for (int i = 0; i < count; ++i) {
            auto const& event = ready[static_cast<std::size_t>(i)];
            int const what = ((event.events & EPOLLIN) ? CURL_CSELECT_IN : 0) |
                             ((event.events & EPOLLOUT) ? CURL_CSELECT_OUT : 0) |
                             ((event.events & (EPOLLERR | EPOLLHUP)) ? CURL_CSELECT_ERR : 0);
            require(curl_multi_socket_action(get(), event.data.fd, what, &running));
        }
        if (timer_ && calls::steady::now() >= *timer_) {
            timer_.reset();
            require(curl_multi_socket_action(get(), CURL_SOCKET_TIMEOUT, 0, &running));
        }
    }

private:
    int milliseconds_left() const {
        using namespace std::chrono;
        if (!timer_)
            return -1;
        auto const left = ceil<milliseconds>(*timer_ - calls::steady::now());
        return static_cast<int>(std::max<milliseconds::rep>(0, left.count()));
    }

    static int watch(CURL*, curl_socket_t socket, int what, void* self, void* known) {
        auto& loop = *static_cast<event_loop*>(self);
        if (what == CURL_POLL_REMOVE) {
            ::epoll_ctl(loop.epoll_, EPOLL_CTL_DEL, socket, nullptr);
            return 0;
        }
        epoll_event event{};
        event.events =
            ((what & CURL_POLL_IN) ? EPOLLIN : 0u) | ((what & CURL_POLL_OUT) ? EPOLLOUT : 0u);
        event.data.fd = socket;
        ::epoll_ctl(loop.epoll_, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, socket, &event);
        curl_multi_assign(loop.get(), socket, self);
        return 0;
    }

    static int set_timer(CURLM*, long milliseconds, void* self) {
        auto& timer = static_cast<event_loop*>(self)->timer_;
        timer.reset();
        if (milliseconds >= 0)
            timer = calls::steady::now() + std::chrono::milliseconds(milliseconds);
        return 0;
    }

    std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)> multi_;
    int epoll_;
    std::optional<calls::steady::time_point> timer_;
};

// Each handle makes its calls in turn.
class caller {
public:
    caller(calls::arguments const& chosen, calls::curl_lines const& lines) : call(chosen, lines) {
        curl_easy_setopt(call.handle(), CURLOPT_PRIVATE, this);
    }

    calls::curl_call call;
    std::size_t left = 0;
};

void begin(event_loop& loop, caller& one) {
    --one.left;
    one.call.begin();
    require(curl_multi_add_handle(loop.get(), one.call.handle()));
}

// How many handles have made their last call.
std::size_t handle_ended(event_loop& loop, calls::series& series) {
    std::size_t done = 0;
    int queued = 0;
    while (CURLMsg const* message = curl_multi_info_read(loop.get(), &queued)) {
        CURL* const handle = message->easy_handle;
        CURLcode const result = message->data.result;
        caller* one = nullptr;
        curl_easy_getinfo(handle, CURLINFO_PRIVATE, &one);
        require(curl_multi_remove_handle(loop.get(), handle));
        one->call.end(result, series);
        if (one->left > 0)
            begin(loop, *one);
        else
            ++done;
    }
    return done;
}

void run(calls::arguments const& chosen) {
    calls::require(curl_global_init(CURL_GLOBAL_ALL));
    calls::curl_lines const lines(chosen);
    std::deque<caller> callers;
    for (std::size_t i = 0; i < chosen.concurrency; ++i)
        callers.emplace_back(chosen, lines);
    event_loop loop;
    curl_multi_setopt(loop.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(chosen.concurrency));
    calls::measure(chosen, [&](calls::series& series) {
        for (caller& one : callers) {
            one.left = series.each();
            begin(loop, one);
        }
        for (std::size_t done = 0; done < callers.size();) {
            loop.step();
            done += handle_ended(loop, series);
        }
    });
}

} // namespace

int main(int argc, char** argv) {
    return calls::run_program(argc, argv, run);
}
