// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_STRAND_EXECUTOR_HPP
#define INTHELOOP_NET_DETAIL_STRAND_EXECUTOR_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/net/detail/client_executor.hpp>
#include <intheloop/net/detail/memory_reserve.hpp>

#include <boost/asio/execution/blocking.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/execution/relationship.hpp>
#include <boost/asio/execution_context.hpp>

#include <memory>
#include <mutex>
#include <new>
#include <type_traits>
#include <utility>

namespace intheloop::net {

// The functions that wait for a strand. Without memory, Asio's own strand crashes while it is made,
// or keeps a function that it never runs; this one runs it on the thread that it has.
class strand_queue : public std::enable_shared_from_this<strand_queue> {
public:
    class operation {
    public:
        virtual void run() = 0; // both end the operation
        virtual void drop() noexcept = 0;

    protected:
        ~operation() = default;

    private:
        friend class strand_queue;
        operation* next_ = nullptr;
    };
    template <class Function>
    static operation* make(Function&& function);

    strand_queue() = default;
    strand_queue(strand_queue const&) = delete;
    strand_queue& operator=(strand_queue const&) = delete;

    INTHELOOP_DECL bool runs_on_this_thread() const noexcept;
    // Adds an operation; runs it on the executor, after those before it.
    INTHELOOP_DECL void add(operation* added, client_executor const& executor);

private:
    class runner; // what is given to the executor while there are operations
    class frame;  // of a thread that runs operations
    class list {
    public:
        void push(operation* added) noexcept;
        operation* pop() noexcept;
        bool is_empty() const noexcept { return first_ == nullptr; }

    private:
        operation* first_ = nullptr;
        operation* last_ = nullptr;
    };

    INTHELOOP_DECL bool schedule(client_executor const& executor, bool never_within);
    INTHELOOP_DECL void run(client_executor const& executor);
    INTHELOOP_DECL void drop_all() noexcept;
    INTHELOOP_DECL list take_waiting();

    std::mutex mutex_;
    list waiting_;
    bool is_scheduled_ = false; // or runs
};

template <class Function>
strand_queue::operation* strand_queue::make(Function&& function) {
    class operation_of final : public operation {
    public:
        explicit operation_of(Function&& of) : function_(std::forward<Function>(of)) {}
        void run() override {
            auto called = std::move(function_);
            drop(); // so that what it begins can use the memory
            called();
        }
        void drop() noexcept override {
            intheloop::detail::reserved_allocator<operation_of> memory;
            this->~operation_of();
            memory.deallocate(this, 1);
        }

    private:
        std::decay_t<Function> function_;
    };
    intheloop::detail::reserved_allocator<operation_of> memory;
    auto* const place = memory.allocate(1);
    try {
        return new (place) operation_of(std::forward<Function>(function));
    } catch (...) {
        memory.deallocate(place, 1);
        throw;
    }
}

// Runs one function at a time, in their order, on the client's executor. An Asio executor.
class strand {
    using blocking = boost::asio::execution::blocking_t;
    using relationship = boost::asio::execution::relationship_t;
    using outstanding_work = boost::asio::execution::outstanding_work_t;

public:
    explicit strand(client_executor on)
        : executor_(std::move(on)), queue_(std::make_shared<strand_queue>()) {}

    bool running_in_this_thread() const noexcept { return queue_->runs_on_this_thread(); }

    boost::asio::execution_context& query(boost::asio::execution::context_t asked) const noexcept {
        return executor_.query(asked);
    }
    blocking query(blocking asked) const noexcept { return executor_.query(asked); }
    strand require(blocking::never_t asked) const { return {executor_.require(asked), queue_}; }
    strand require(blocking::possibly_t asked) const { return {executor_.require(asked), queue_}; }
    strand require(relationship::fork_t asked) const { return {executor_.require(asked), queue_}; }
    strand require(relationship::continuation_t asked) const {
        return {executor_.require(asked), queue_};
    }
    strand require(outstanding_work::tracked_t asked) const {
        return {executor_.require(asked), queue_};
    }
    strand require(outstanding_work::untracked_t asked) const {
        return {executor_.require(asked), queue_};
    }

    template <class Function>
    void execute(Function&& function) const {
        if (executor_.query(blocking()) != blocking::never && running_in_this_thread()) {
            auto called = std::decay_t<Function>(std::forward<Function>(function));
            called();
        } else {
            queue_->add(strand_queue::make(std::forward<Function>(function)), executor_);
        }
    }

    friend bool operator==(strand const& a, strand const& b) noexcept {
        return a.queue_ == b.queue_ && a.executor_ == b.executor_;
    }
    friend bool operator!=(strand const& a, strand const& b) noexcept { return !(a == b); }

private:
    strand(client_executor on, std::shared_ptr<strand_queue> queue)
        : executor_(std::move(on)), queue_(std::move(queue)) {}

    client_executor executor_;
    std::shared_ptr<strand_queue> queue_;
};

} // namespace intheloop::net

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/net/impl/strand_executor.ipp>
#endif

#endif
