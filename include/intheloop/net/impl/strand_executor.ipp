// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_IMPL_STRAND_EXECUTOR_IPP
#define INTHELOOP_NET_IMPL_STRAND_EXECUTOR_IPP

#include <intheloop/net/detail/memory_reserve.hpp>
#include <intheloop/net/detail/strand_executor.hpp>

#include <boost/asio/execution/blocking.hpp>

#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <utility>

namespace intheloop::net {

// The queues whose operations this thread runs now, the innermost first; and the one that it gives
// to an executor.
class strand_queue::frame {
public:
    explicit frame(strand_queue const& runs)
        : runs_(runs), outer_(std::exchange(innermost(), this)) {}
    ~frame() { innermost() = outer_; }
    frame(frame const&) = delete;
    frame& operator=(frame const&) = delete;

    static frame const*& innermost() noexcept {
        static thread_local frame const* of_this_thread = nullptr;
        return of_this_thread;
    }
    // While this thread gives a queue to an executor.
    class scheduling {
    public:
        explicit scheduling(strand_queue const& queue)
            : queue_(queue), before_(std::exchange(scheduled(), this)) {}
        ~scheduling() { scheduled() = before_; }
        scheduling(scheduling const&) = delete;
        scheduling& operator=(scheduling const&) = delete;

        bool gives(strand_queue const& queue) const noexcept { return &queue_ == &queue; }

        bool is_destroyed = false; // what was given

    private:
        strand_queue const& queue_;
        scheduling* before_;
    };
    static scheduling*& scheduled() noexcept {
        static thread_local scheduling* by_this_thread = nullptr;
        return by_this_thread;
    }
    bool runs(strand_queue const& queue) const noexcept { return &runs_ == &queue; }
    frame const* outer() const noexcept { return outer_; }

private:
    strand_queue const& runs_;
    frame const* outer_;
};

// Destroyed without being called, as the context ends, it takes the operations with it: they may
// own the queue.
class strand_queue::runner {
public:
    runner(std::shared_ptr<strand_queue> queue, client_executor executor)
        : queue_(std::move(queue)), executor_(std::move(executor)) {}
    runner(runner&& other) noexcept : queue_(std::move(other.queue_)), executor_(other.executor_) {}
    runner& operator=(runner&&) = delete;
    ~runner() {
        if (!queue_)
            return;
        if (auto* const now = frame::scheduled(); now && now->gives(*queue_))
            now->is_destroyed = true; // the executor did not take it, or its context ends
        else
            queue_->drop_all();
    }

    void operator()() {
        auto const queue = std::move(queue_);
        frame::scheduled() = nullptr; // an executor that runs it at once has taken it
        queue->run(executor_);
    }

private:
    std::shared_ptr<strand_queue> queue_;
    client_executor executor_;
};

INTHELOOP_DECL void strand_queue::list::push(operation* added) noexcept {
    (last_ ? last_->next_ : first_) = added;
    last_ = added;
}

INTHELOOP_DECL strand_queue::operation* strand_queue::list::pop() noexcept {
    operation* const popped = first_;
    if (popped) {
        first_ = popped->next_;
        if (!first_)
            last_ = nullptr;
    }
    return popped;
}

INTHELOOP_DECL bool strand_queue::runs_on_this_thread() const noexcept {
    for (frame const* each = frame::innermost(); each; each = each->outer())
        if (each->runs(*this))
            return true;
    return false;
}

INTHELOOP_DECL void strand_queue::list::remove(operation* added) noexcept {
    list others;
    while (operation* const each = pop()) {
        each->next_ = nullptr;
        if (each != added)
            others.push(each);
    }
    *this = others;
}

INTHELOOP_DECL void strand_queue::add(operation* added, client_executor const& executor,
                                      if_refused then, remains& lost) {
    // Until the executor has the queue: what others add meanwhile may be all that the context waits
    // for, and it would end.
    auto const kept = executor.keep_at_work();
    {
        std::lock_guard const lock(mutex_);
        waiting_.push(added);
        if (std::exchange(is_scheduled_, true))
            return;
    }
    auto const refused = schedule(executor, false, lost);
    if (!refused)
        return;
    if (then == if_refused::run_here)
        return run(executor);
    withdraw(added, executor, lost);
    std::rethrow_exception(refused);
}

// An executor keeps what its functions throw, and so it gets that here too.
INTHELOOP_DECL bool strand_queue::run_at_once(operation& called, client_executor const& executor) {
    {
        std::lock_guard const lock(mutex_);
        if (is_scheduled_ || !waiting_.is_empty())
            return false;
        is_scheduled_ = true;
    }
    // The operation may own both, the queue and the executor.
    auto const self = shared_from_this();
    auto const on = executor; // NOLINT(performance-unnecessary-copy-initialization)
    try {
        run(on, &called);
    } catch (...) {
        intheloop::detail::with_reserve([&, thrown = std::current_exception()] {
            on.execute([thrown] { std::rethrow_exception(thrown); });
        });
    }
    return true;
}

// A context that ends may destroy what it is given, and say nothing: Asio's strand does.
INTHELOOP_DECL std::exception_ptr strand_queue::schedule(client_executor const& executor,
                                                         bool never_within, remains& lost) {
    auto const self = shared_from_this();
    frame::scheduling now(*this);
    auto const is_taken = [&now] { return frame::scheduled() != &now; };
    try {
        intheloop::detail::with_reserve(
            [&] {
                now.is_destroyed = false;
                if (never_within)
                    executor.require(boost::asio::execution::blocking.never)
                        .execute(runner(self, executor));
                else
                    executor.execute(runner(self, executor));
            },
            is_taken);
    } catch (...) {
        if (is_taken())
            throw; // of an operation
        return std::current_exception();
    }
    if (now.is_destroyed)
        lost.of_ = self;
    return nullptr;
}

// For operations that were added meanwhile the executor is tried once more; should it refuse them
// too, they wait for the next one that is added.
INTHELOOP_DECL void strand_queue::withdraw(operation* added, client_executor const& executor,
                                           remains& lost) noexcept {
    bool others_wait;
    {
        std::lock_guard const lock(mutex_);
        waiting_.remove(added);
        others_wait = is_scheduled_ = !waiting_.is_empty();
    }
    added->drop();
    if (!others_wait || !schedule(executor, true, lost))
        return;
    std::lock_guard const lock(mutex_);
    is_scheduled_ = false;
}

// Runs the operations that are there. Those that come meanwhile go behind the other functions of
// the executor.
INTHELOOP_DECL void strand_queue::run(client_executor const& executor, operation* first) {
    std::exception_ptr failure;
    frame const here(*this);
    for (;;) {
        list batch;
        if (first)
            batch.push(std::exchange(first, nullptr));
        else
            batch = take_waiting();
        while (operation* const next = batch.pop())
            try {
                next->run();
            } catch (...) {
                failure = failure ? failure : std::current_exception();
            }
        {
            std::lock_guard const lock(mutex_);
            is_scheduled_ = !waiting_.is_empty();
            if (!is_scheduled_)
                break;
        }
        remains lost;
        if (!schedule(executor, true, lost))
            break;
    }
    if (failure)
        std::rethrow_exception(failure);
}

INTHELOOP_DECL void strand_queue::drop_all() noexcept {
    for (;;) {
        list dropped;
        {
            std::lock_guard const lock(mutex_);
            dropped = std::exchange(waiting_, list());
            is_scheduled_ = !dropped.is_empty();
            if (!is_scheduled_)
                return;
        }
        while (operation* const next = dropped.pop())
            next->drop();
    }
}

INTHELOOP_DECL strand_queue::list strand_queue::take_waiting() {
    std::lock_guard const lock(mutex_);
    return std::exchange(waiting_, list());
}

} // namespace intheloop::net

#endif
