// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_CLIENT_EXECUTOR_HPP
#define INTHELOOP_NET_DETAIL_CLIENT_EXECUTOR_HPP

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution/blocking.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/execution/relationship.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/require.hpp>

#include <concepts>
#include <optional>
#include <utility>

namespace intheloop::net {

// The client's executor, with its blocking property stored: an any_io_executor allocates memory to
// answer that query, and a strand queries it for each handler.
class client_executor {
    using execution_context = boost::asio::execution_context;
    using blocking = boost::asio::execution::blocking_t;
    using relationship = boost::asio::execution::relationship_t;
    using outstanding_work = boost::asio::execution::outstanding_work_t;

public:
    // A template, so that overload resolution does not check conversions to any_io_executor: they
    // depend on whether this class is an executor.
    template <std::same_as<boost::asio::any_io_executor> Given>
    client_executor(Given given)
        : given_(std::move(given)),
          never_blocks_(boost::asio::query(given_, boost::asio::execution::blocking) ==
                        blocking::never) {
        if (auto const* const own =
                given_.template target<boost::asio::io_context::executor_type>())
            plain_ = &boost::asio::query(*own, boost::asio::execution::context);
    }

    // Returns whether execute() would call a function at once, on this thread. Known of an
    // io_context's own executor only.
    bool calls_at_once() const noexcept {
        return plain_ && !never_blocks_ && plain_->get_executor().running_in_this_thread();
    }
    // Returns an executor that keeps the context at work; nothing on a thread that runs the
    // context, which does so by itself, or without memory.
    std::optional<boost::asio::any_io_executor> keep_at_work() const noexcept {
        if (plain_ && plain_->get_executor().running_in_this_thread())
            return std::nullopt;
        try {
            return boost::asio::prefer(given_, outstanding_work::tracked);
        } catch (...) {
            return std::nullopt;
        }
    }
    // Posts a function, as boost::asio::post does.
    template <class Function>
    void post(Function&& function) const {
        if (plain_)
            boost::asio::post(*plain_, std::forward<Function>(function));
        else
            boost::asio::post(given_, std::forward<Function>(function));
    }

    execution_context& query(boost::asio::execution::context_t) const noexcept {
        return boost::asio::query(given_, boost::asio::execution::context);
    }
    blocking query(blocking) const noexcept {
        return never_blocks_ ? blocking(blocking::never) : blocking(blocking::possibly);
    }
    client_executor require(blocking::never_t asked) const {
        return {boost::asio::require(given_, asked), true, plain_};
    }
    client_executor require(blocking::possibly_t asked) const {
        if (!never_blocks_)
            return *this;
        return {boost::asio::prefer(given_, asked), false, plain_};
    }
    client_executor require(relationship::fork_t asked) const { return preferring(asked); }
    client_executor require(relationship::continuation_t asked) const { return preferring(asked); }
    client_executor require(outstanding_work::tracked_t asked) const { return preferring(asked); }
    client_executor require(outstanding_work::untracked_t asked) const { return preferring(asked); }

    template <class Function>
    void execute(Function&& function) const {
        given_.execute(std::forward<Function>(function));
    }

    friend bool operator==(client_executor const& a, client_executor const& b) noexcept {
        return a.given_ == b.given_;
    }

private:
    client_executor(boost::asio::any_io_executor given, bool never_blocks,
                    boost::asio::io_context* plain)
        : given_(std::move(given)), plain_(plain), never_blocks_(never_blocks) {}

    template <class Property>
    client_executor preferring(Property asked) const {
        return {boost::asio::prefer(given_, asked), never_blocks_, plain_};
    }

    boost::asio::any_io_executor given_;
    boost::asio::io_context* plain_ = nullptr; // if the given executor is its own
    bool never_blocks_;
};

} // namespace intheloop::net

#endif
