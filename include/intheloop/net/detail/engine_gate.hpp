// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_ENGINE_GATE_HPP
#define INTHELOOP_NET_DETAIL_ENGINE_GATE_HPP

#include <boost/asio/post.hpp>

#include <memory>
#include <mutex>
#include <utility>

namespace intheloop::net {

// Lets the threads of a fleet's engine post to an object's strand while the object is there,
// without owning it: they may outlive its context, so none of them must be its last owner. The
// object's last member, so that it closes before what the steps use.
class engine_gate {
public:
    engine_gate() = default;
    engine_gate(engine_gate const&) = delete;
    engine_gate& operator=(engine_gate const&) = delete;
    ~engine_gate() {
        std::lock_guard const lock(state_->mutex);
        state_->is_open = false;
    }

    // Makes a function for any thread that posts step(args...) to an executor of the object, and
    // returns whether it could.
    template <class Executor, class Step>
    auto make_poster(Executor const& to, Step step) const {
        return [state = state_, &to, step]<class... Args>(Args&&... args) {
            std::lock_guard const lock(state->mutex);
            if (!state->is_open)
                return false;
            try {
                boost::asio::post(to,
                                  [step, ... kept = std::forward<Args>(args)] { step(kept...); });
                return true;
            } catch (...) { // the answer is lost, and the object goes on without it
                return false;
            }
        };
    }

private:
    struct state {
        std::mutex mutex;
        bool is_open = true;
    };
    std::shared_ptr<state> const state_ = std::make_shared<state>();
};

} // namespace intheloop::net

#endif
