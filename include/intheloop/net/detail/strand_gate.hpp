// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_STRAND_GATE_HPP
#define INTHELOOP_NET_DETAIL_STRAND_GATE_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/net/detail/memory_reserve.hpp>
#include <intheloop/net/detail/strand_executor.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/query.hpp>

#include <memory>
#include <mutex>
#include <new>
#include <shared_mutex>
#include <utility>

namespace intheloop::net {

// Lets the threads of others post to an object's strand while both the object and its context are
// there, without owning either: such a thread may outlive the context, so it must not be the last
// owner of what lives in it. The object has the gate behind its strand.
class strand_gate {
    // Those who post share the lock, since an executor may let one of them wait.
    struct state {
        std::shared_mutex mutex;
        bool is_open = true;

        void close() {
            std::lock_guard const lock(mutex);
            is_open = false;
        }
    };

    class context_gate;
    INTHELOOP_DECL static std::shared_ptr<state> state_of(boost::asio::execution_context& of);

public:
    explicit strand_gate(strand const& to)
        : to_(to), of_context_(state_of(to.query(boost::asio::execution::context))) {}
    strand_gate(strand_gate const&) = delete;
    strand_gate& operator=(strand_gate const&) = delete;
    ~strand_gate() { of_object_->close(); }

    // Keeps an executor's context at work, unless default-constructed. A step that runs elsewhere
    // may own it: it ends on any thread, also when the context is gone.
    class context_work {
    public:
        context_work() noexcept {}
        // Takes the executor of a context that is there.
        explicit context_work(boost::asio::any_io_executor const& of) {
            intheloop::detail::with_reserve([&] {
                auto found = state_of(boost::asio::query(of, boost::asio::execution::context));
                new (&tracked_) boost::asio::any_io_executor(
                    boost::asio::prefer(of, boost::asio::execution::outstanding_work.tracked));
                of_context_ = std::move(found);
            });
        }
        context_work(context_work&& other) noexcept { take(other); }
        context_work& operator=(context_work&& other) noexcept {
            if (this != &other) {
                drop();
                take(other);
            }
            return *this;
        }
        ~context_work() { drop(); }

    private:
        using tracked = boost::asio::any_io_executor;

        void take(context_work& from) noexcept {
            if (!from.of_context_)
                return;
            new (&tracked_) tracked(std::move(from.tracked_));
            from.tracked_.~tracked(); // it is empty, and reaches no context
            of_context_ = std::move(from.of_context_);
        }
        // Forgets the executor of a context that is gone: its destructor would reach into that.
        void drop() noexcept {
            if (auto const of_context = std::move(of_context_)) {
                std::shared_lock const while_context_lives(of_context->mutex);
                if (of_context->is_open)
                    tracked_.~tracked();
            }
        }

        std::shared_ptr<state> of_context_; // null: there is no executor
        union {
            tracked tracked_;
        };
    };

    // For any thread, at any time.
    class entrance {
    public:
        // Posts a step as strand::post does, and returns true; or returns false once the gate is
        // closed. What the step owns must not be the object.
        template <class Step>
        bool post(Step&& step) const {
            std::shared_lock const while_object_lives(of_object_->mutex);
            std::shared_lock const while_context_lives(of_context_->mutex);
            if (!of_object_->is_open || !of_context_->is_open)
                return false;
            to_->post(std::forward<Step>(step));
            return true;
        }

    private:
        friend class strand_gate;
        explicit entrance(strand_gate const& of)
            : to_(&of.to_), of_object_(of.of_object_), of_context_(of.of_context_) {}

        strand const* to_; // valid while the gate is open
        std::shared_ptr<state> of_object_;
        std::shared_ptr<state> of_context_;
    };
    entrance make_entrance() const { return entrance(*this); }

    // Makes a function for any thread that posts step(args...), and returns whether it could.
    template <class Step>
    auto make_poster(Step step) const {
        return [enter = make_entrance(), step]<class... Args>(Args&&... args) {
            try {
                return enter.post([step, ... kept = std::forward<Args>(args)] { step(kept...); });
            } catch (...) { // the answer is lost, and the object goes on without it
                return false;
            }
        };
    }

private:
    strand const& to_;
    std::shared_ptr<state> const of_object_ = std::make_shared<state>();
    std::shared_ptr<state> const of_context_;
};

using context_work = strand_gate::context_work;

} // namespace intheloop::net

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/net/impl/strand_gate.ipp>
#endif

#endif
