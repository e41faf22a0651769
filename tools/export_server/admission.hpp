// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_EXPORT_SERVER_ADMISSION_HPP
#define INTHELOOP_TOOLS_EXPORT_SERVER_ADMISSION_HPP

#include <atomic>
#include <cstddef>
#include <memory>

namespace tools {

// How many may be at something at once. Any thread.
class admission {
    struct leave {
        void operator()(admission* from) const noexcept { --from->inside_; }
    };

public:
    // Leaves with its destruction, and must not outlive the admission.
    using ticket = std::unique_ptr<admission, leave>;

    explicit admission(std::size_t most) : most_(most) {}

    // Nothing if there is no room.
    ticket enter() noexcept {
        ticket inside(++inside_ <= most_ ? this : nullptr);
        if (!inside)
            --inside_;
        return inside;
    }

private:
    std::size_t const most_;
    std::atomic<std::size_t> inside_ = 0;
};

} // namespace tools

#endif
