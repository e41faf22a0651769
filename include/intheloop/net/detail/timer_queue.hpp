// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_TIMER_QUEUE_HPP
#define INTHELOOP_NET_DETAIL_TIMER_QUEUE_HPP

// One Asio timer for the many deadlines of a client: each costs only a node of a tree. With another
// time source, the timer only keeps the handler alive and the context busy.

#include <intheloop/base/time_source.hpp>
#include <intheloop/net/detail/strand.hpp>

#include <boost/asio/post.hpp>
#include <boost/intrusive/set.hpp>
#include <boost/intrusive/set_hook.hpp>

#include <memory>
#include <utility>

namespace intheloop::net {

// Called at a point in time, unless destroyed or cancelled before.
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

// A timer whose owner settles after it anyway.
class wake_up final : public timed {
    void on_time() override {}
};

// A timer that runs a step of its owner.
template <class Owner>
class alarm final : public timed {
public:
    alarm(Owner& owner, void (Owner::*step)()) : owner_(owner), step_(step) {}

private:
    void on_time() override { (owner_.*step_)(); }

    Owner& owner_;
    void (Owner::*step_)();
};

// Runs on the strand of its timer. While it is not empty, the timer keeps the context busy.
class timer_queue {
public:
    timer_queue(strand const& runs_on, std::shared_ptr<time_source> time)
        : time_(std::move(time)), timer_(runs_on) {}

    policy::clock::time_point now() const { return intheloop::detail::steady_now(time_); }

    void schedule(timed& entry, policy::clock::time_point at) {
        entry.unlink();
        entry.at_ = at;
        queue_.insert(entry);
    }
    void cancel(timed& entry) { entry.unlink(); }

    // Returns whether the timer must be set for the first entry, once all due entries have run. A
    // timer that expires early is checked again then.
    bool must_wait() const {
        return !queue_.empty() && (!armed_ || queue_.begin()->at() < armed_for_);
    }
    // Waits for the first entry, then calls the handler, unless the timer was set anew. The handler
    // calls run(), and keeps alive the owner of this queue.
    template <class Owner, class Handler>
    void async_wait(Owner& owner, Handler handler) {
        auto const first = queue_.begin()->at();
        auto elsewhere = time_ ? wait_elsewhere(owner.shared_from_this(), first) : nullptr;
        armed_ = false; // if a step below throws
        // Ends the previous wait.
        timer_.expires_at(time_ ? policy::clock::time_point::max() : first);
        timer_.async_wait([this, first, handler = std::move(handler),
                           elsewhere = std::move(elsewhere)](boost::system::error_code ec) mutable {
            if ((ec && !due_) || !armed_ || armed_for_ != first)
                return;
            armed_ = due_ = false;
            handler();
        });
        armed_ = true;
        armed_for_ = first;
        due_ = false;
    }
    // Sets or stops the timer; see async_wait().
    template <class Owner, class Handler>
    void arm(Owner& owner, Handler handler) {
        if (waits_for_nothing())
            stop();
        else if (must_wait())
            async_wait(owner, std::move(handler));
    }

    bool waits_for_nothing() const { return armed_ && queue_.empty(); }
    void stop() {
        armed_ = false;
        timer_.cancel();
    }

    // Ends the wait at once, without memory: its handler runs.
    void wake() {
        due_ = armed_;
        timer_.cancel();
    }
    // The handler of the wait was destroyed without being called.
    void forget_wait() noexcept { armed_ = false; }

    void run() {
        auto const now = this->now();
        while (!queue_.empty() && queue_.begin()->at() <= now) {
            timed& due = *queue_.begin();
            due.unlink();
            due.on_time();
        }
    }

private:
    // Kept by the timer's handler: so the wait ends, at the latest, with the context to which it
    // posts.
    template <class Owner>
    std::unique_ptr<intheloop::detail::pending_wait> wait_elsewhere(std::shared_ptr<Owner> owner,
                                                                    policy::clock::time_point at) {
        std::weak_ptr<timer_queue> const self =
            std::shared_ptr<timer_queue>(std::move(owner), this);
        auto due = [on = timer_.get_executor(), self, at] {
            boost::asio::post(on, [self, at] {
                if (auto const alive = self.lock())
                    alive->on_due(at);
            });
        };
        return std::make_unique<intheloop::detail::pending_wait>(
            time_, time_->begin_wait(at, std::move(due)));
    }
    void on_due(policy::clock::time_point at) {
        if (!armed_ || armed_for_ != at)
            return;
        due_ = true;
        timer_.cancel();
    }

    std::shared_ptr<time_source> const time_; // null: the system's clocks
    boost::intrusive::multiset<timed, boost::intrusive::constant_time_size<false>> queue_;
    timer timer_;
    policy::clock::time_point armed_for_{};
    bool armed_ = false;
    bool due_ = false; // set when the other time source has reached the time
};

} // namespace intheloop::net

#endif
