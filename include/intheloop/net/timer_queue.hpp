// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_TIMER_QUEUE_HPP
#define INTHELOOP_NET_TIMER_QUEUE_HPP

// One timer of Asio for the many points in time of a client: its own cost is that of a tree's node.

#include <intheloop/net/strand.hpp>

#include <boost/intrusive/set.hpp>
#include <boost/intrusive/set_hook.hpp>

#include <memory>
#include <utility>

namespace intheloop::net {

// Something that is to happen at a point in time. Destroyed or cancelled, it does not happen.
class timed : public boost::intrusive::set_base_hook<
                  boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    timed() = default;
    timed(timed const&) = delete;
    timed& operator=(timed const&) = delete;

    policy::clock::time_point at() const noexcept { return at_; }
    friend bool operator<(timed const& a, timed const& b) noexcept { return a.at_ < b.at_; }

protected:
    ~timed() = default;

private:
    friend class timer_queue;
    virtual void on_time() = 0;

    policy::clock::time_point at_{};
};

// Runs on the strand of its timer. While anything is in it, the timer keeps the context at work.
class timer_queue {
public:
    explicit timer_queue(strand const& runs_on) : timer_(runs_on) {}

    void schedule(timed& what, policy::clock::time_point at) {
        what.unlink();
        what.at_ = at;
        queue_.insert(what);
    }
    void cancel(timed& what) { what.unlink(); }

    // To be called when what was to be done is done: sets the timer for what is first. The owner
    // and what it works on are kept by the timer's wait.
    template <class Owner, class Work>
    void arm(std::shared_ptr<Owner> owner, std::shared_ptr<Work> work) {
        if (queue_.empty()) {
            if (std::exchange(armed_, false))
                timer_.cancel();
            return;
        }
        auto const first = queue_.begin()->at();
        if (armed_ && armed_for_ <= first)
            return; // it comes early, and looks again then
        armed_ = true;
        armed_for_ = first;
        timer_.expires_at(first); // ends a wait that is under way
        timer_.async_wait([this, owner = std::move(owner), work = std::move(work),
                           first](boost::system::error_code ec) {
            if (ec || !armed_ || armed_for_ != first)
                return;
            armed_ = false;
            run();
            owner->settle();
        });
    }

private:
    void run() {
        auto const now = policy::clock::now();
        while (!queue_.empty() && queue_.begin()->at() <= now) {
            timed& due = *queue_.begin();
            due.unlink();
            due.on_time();
        }
    }

    boost::intrusive::multiset<timed, boost::intrusive::constant_time_size<false>> queue_;
    timer timer_;
    policy::clock::time_point armed_for_{};
    bool armed_ = false;
};

} // namespace intheloop::net

#endif
