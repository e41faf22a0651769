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
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/query.hpp>

#include <list>
#include <memory>
#include <mutex>
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
    // Holds the executors that others keep.
    struct context_state : state {
        std::mutex kept_mutex;
        std::list<boost::asio::any_io_executor> kept;

        // Drops the executors without a lock: they may be of any kind.
        void close() {
            state::close();
            kept.clear(); // nobody else touches it any more
        }
    };

    class context_gate;
    INTHELOOP_DECL static std::shared_ptr<context_state>
    state_of(boost::asio::execution_context& of);

public:
    explicit strand_gate(strand const& to)
        : to_(to), of_context_(state_of(to.query(boost::asio::execution::context))) {}
    strand_gate(strand_gate const&) = delete;
    strand_gate& operator=(strand_gate const&) = delete;
    ~strand_gate() { of_object_->close(); }

    // Keeps an executor for an object that may end on any thread, also when the context is gone:
    // the context takes the executor along, whose destructor would reach into it. Empty by default.
    class kept_executor {
        using executors = std::list<boost::asio::any_io_executor>;

    public:
        kept_executor() noexcept {}
        // Takes the executor of a context that is there.
        explicit kept_executor(boost::asio::any_io_executor const& of) {
            intheloop::detail::with_reserve([&] { keep(of); });
        }
        kept_executor(kept_executor&& other) noexcept = default;
        kept_executor& operator=(kept_executor&& other) noexcept {
            if (this != &other) {
                drop();
                of_context_ = std::move(other.of_context_);
                at_ = other.at_;
            }
            return *this;
        }
        ~kept_executor() { drop(); }

        // Returns a copy; an empty executor if the context is gone.
        boost::asio::any_io_executor get() const {
            boost::asio::any_io_executor copy;
            if_there([&](auto const& executor) { copy = executor; });
            return copy;
        }
        // Posts a function, unless the context is gone.
        template <class Function>
        void post(Function&& function) const {
            if_there([&](auto const& executor) {
                boost::asio::post(executor, std::forward<Function>(function));
            });
        }

    private:
        void keep(boost::asio::any_io_executor const& of) {
            auto found = state_of(boost::asio::query(of, boost::asio::execution::context));
            executors made(1, of);
            std::shared_lock const while_context_lives(found->mutex);
            if (!found->is_open)
                return;
            std::lock_guard const lock(found->kept_mutex);
            at_ = made.begin();
            found->kept.splice(found->kept.begin(), made);
            of_context_ = std::move(found);
        }
        template <class Use>
        void if_there(Use use) const {
            if (!of_context_)
                return;
            std::shared_lock const while_context_lives(of_context_->mutex);
            if (of_context_->is_open)
                use(*at_);
        }
        void drop() noexcept {
            auto const of_context = std::move(of_context_);
            if (!of_context)
                return;
            std::shared_lock const while_context_lives(of_context->mutex);
            executors dropped;
            if (of_context->is_open) {
                std::lock_guard const lock(of_context->kept_mutex);
                dropped.splice(dropped.begin(), of_context->kept, at_);
            }
        }

        std::shared_ptr<context_state> of_context_; // null: there is no executor
        executors::iterator at_;                    // valid while the gate of the context is open
    };

    // Keeps an executor's context at work, unless default-constructed. A step that runs elsewhere
    // may own it.
    class context_work {
    public:
        context_work() noexcept {}
        // Takes the executor of a context that is there.
        explicit context_work(boost::asio::any_io_executor const& of)
            : tracked_(intheloop::detail::with_reserve([&] {
                  return boost::asio::prefer(of, boost::asio::execution::outstanding_work.tracked);
              })) {}

    private:
        kept_executor tracked_;
    };

    // For any thread, at any time.
    class entrance {
    public:
        // Posts a step as strand::post does, and returns true; or returns false once the gate is
        // closed. What the step owns must not be the object.
        template <class Step>
        bool post(Step&& step) const {
            strand_queue::remains lost; // dropped without the locks: others may own the object
            std::shared_lock const while_object_lives(of_object_->mutex);
            std::shared_lock const while_context_lives(of_context_->mutex);
            if (!of_object_->is_open || !of_context_->is_open)
                return false;
            to_->post(std::forward<Step>(step), lost);
            return true;
        }

    private:
        friend class strand_gate;
        explicit entrance(strand_gate const& of)
            : to_(&of.to_), of_object_(of.of_object_), of_context_(of.of_context_) {}

        strand const* to_; // valid while the gate is open
        std::shared_ptr<state> of_object_;
        std::shared_ptr<context_state> of_context_;
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
    std::shared_ptr<context_state> const of_context_;
};

using kept_executor = strand_gate::kept_executor;
using context_work = strand_gate::context_work;

} // namespace intheloop::net

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/net/impl/strand_gate.ipp>
#endif

#endif
