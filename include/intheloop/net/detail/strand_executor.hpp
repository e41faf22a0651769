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

#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <type_traits>
#include <utility>

namespace intheloop::net {

// The functions that wait for a strand. Without memory, Asio's own strand crashes while it is made,
// or keeps a function that it never runs; this one either runs it on the thread that it has, or
// throws and drops it.
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

    // Says how to go on if the executor does not take an operation, for lack of memory.
    enum class if_refused : unsigned char { run_here, fail };

    // The operations of a queue that an executor has destroyed while it was given, since its
    // context ends. Drops them; they may own anything, so its owner holds no lock then.
    class remains {
    public:
        remains() noexcept {}
        remains(remains const&) = delete;
        remains& operator=(remains const&) = delete;
        ~remains() {
            if (of_)
                of_->drop_all();
        }

    private:
        friend class strand_queue;
        std::shared_ptr<strand_queue> of_;
    };

    INTHELOOP_DECL bool runs_on_this_thread() const noexcept;
    // Adds an operation; runs it on the executor, after those before it. If that throws, the
    // operation is dropped, unless it was the operation itself that threw.
    INTHELOOP_DECL void add(operation* added, client_executor const& executor, if_refused then,
                            remains& lost);
    // Runs an operation on this thread, where the executor calls functions at once. Returns whether
    // it did: not if others wait or run.
    INTHELOOP_DECL bool run_at_once(operation& called, client_executor const& executor);

private:
    class runner; // what is given to the executor while there are operations
    class frame;  // of a thread that runs operations
    class list {
    public:
        void push(operation* added) noexcept;
        operation* pop() noexcept;
        void remove(operation* added) noexcept;
        bool is_empty() const noexcept { return first_ == nullptr; }

    private:
        operation* first_ = nullptr;
        operation* last_ = nullptr;
    };

    // Returns why the executor did not take the queue; throws what the operations throw.
    INTHELOOP_DECL std::exception_ptr schedule(client_executor const& executor, bool never_within,
                                               remains& lost);
    INTHELOOP_DECL void run(client_executor const& executor, operation* first = nullptr);
    INTHELOOP_DECL void withdraw(operation* added, client_executor const& executor,
                                 remains& lost) noexcept;
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
            auto called = take();
            drop(); // so that what it begins can use the memory
            called();
        }
        void drop() noexcept override {
            intheloop::detail::reserved_allocator<operation_of> memory;
            this->~operation_of();
            memory.deallocate(this, 1);
        }

    private:
        std::decay_t<Function> take() {
            try {
                return std::move(function_);
            } catch (...) { // a function may hold what moves by a copy
                drop();
                throw;
            }
        }

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
    client_executor const& inner() const noexcept { return executor_; }

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

    // Throws std::bad_alloc where a function was posted and there is no memory for it. The
    // completion of an operation of Asio's, which is dispatched, would be lost then: it runs on
    // this thread, which is one of the executor's.
    template <class Function>
    void execute(Function&& function) const {
        using enum strand_queue::if_refused;
        bool const is_posted = executor_.query(blocking()) == blocking::never;
        if (!is_posted && running_in_this_thread()) {
            auto called = std::decay_t<Function>(std::forward<Function>(function));
            called();
        } else if (!run_at_once(function)) {
            add(std::forward<Function>(function), is_posted ? fail : run_here);
        }
    }
    // Dispatches a function from a thread that may be none of the executor's: throws std::bad_alloc
    // if there is no memory for it, or none to hand to the executor what the function throws (which
    // must not be lost). Not from within.
    template <class Function>
    void begin(Function&& function) const {
        if (!run_at_once(function))
            add(std::forward<Function>(function), strand_queue::if_refused::fail);
    }
    // Posts a function, as boost::asio::post does, but without an instantiation of Asio's templates
    // for each. Throws std::bad_alloc if there is no memory for it.
    template <class Function>
    void post(Function&& function) const {
        strand_queue::remains lost;
        post(std::forward<Function>(function), lost);
    }
    // The same for a caller that holds a lock: what the executor loses is dropped with the remains.
    template <class Function>
    void post(Function&& function, strand_queue::remains& lost) const {
        require(blocking::never)
            .add(std::forward<Function>(function), strand_queue::if_refused::fail, lost);
    }
    // Posts a function that nothing repeats. If there is no memory to hand it to the executor, it
    // runs on this thread, unless the strand is running: so the caller must hold no lock.
    template <class Function>
    void post_or_run(Function&& function) const {
        require(blocking::never)
            .add(std::forward<Function>(function), strand_queue::if_refused::run_here);
    }

    friend bool operator==(strand const& a, strand const& b) noexcept {
        return a.queue_ == b.queue_ && a.executor_ == b.executor_;
    }

private:
    strand(client_executor on, std::shared_ptr<strand_queue> queue)
        : executor_(std::move(on)), queue_(std::move(queue)) {}

    // Saves the memory of the operation, and the ways of the executor, if nobody else is there.
    template <class Function>
    bool run_at_once(Function& function) const {
        class operation_here final : public strand_queue::operation {
        public:
            explicit operation_here(Function& of) : function_(of) {}
            void run() override {
                auto called = std::move(function_);
                called();
            }
            void drop() noexcept override {}

        private:
            Function& function_;
        };
        if (!executor_.calls_at_once())
            return false;
        operation_here here(function);
        return queue_->run_at_once(here, executor_);
    }
    template <class Function>
    void add(Function&& function, strand_queue::if_refused then) const {
        strand_queue::remains lost;
        add(std::forward<Function>(function), then, lost);
    }
    template <class Function>
    void add(Function&& function, strand_queue::if_refused then,
             strand_queue::remains& lost) const {
        queue_->add(strand_queue::make(std::forward<Function>(function)), executor_, then, lost);
    }

    client_executor executor_;
    std::shared_ptr<strand_queue> queue_;
};

} // namespace intheloop::net

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/net/impl/strand_executor.ipp>
#endif

#endif
