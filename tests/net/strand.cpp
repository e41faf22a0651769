// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// When and where a client's strand runs a function.
#include <intheloop/net/detail/strand_executor.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution/blocking.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/require.hpp>
#include <boost/asio/strand.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <semaphore>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

TEST_SUITE("net/strand") {

namespace {

namespace asio = boost::asio;
namespace net = intheloop::net;

net::strand strand_on(asio::any_io_executor executor) {
    return net::strand(net::client_executor(std::move(executor)));
}

// Holds other threads than the one that made it, before they hand a function to the context.
struct gate {
    std::thread::id const passes = std::this_thread::get_id();
    std::binary_semaphore reached{0}, opened{0};
};

class gated_executor {
    using blocking = asio::execution::blocking_t;
    using outstanding_work = asio::execution::outstanding_work_t;

public:
    gated_executor(asio::any_io_executor to, gate& before) : to_(std::move(to)), gate_(&before) {}

    asio::execution_context& query(asio::execution::context_t asked) const noexcept {
        return asio::query(to_, asked);
    }
    blocking query(blocking asked) const noexcept { return asio::query(to_, asked); }
    gated_executor require(blocking::never_t asked) const {
        return {asio::require(to_, asked), *gate_};
    }
    gated_executor require(outstanding_work::tracked_t asked) const {
        return {asio::prefer(to_, asked), *gate_};
    }
    gated_executor require(outstanding_work::untracked_t asked) const {
        return {asio::prefer(to_, asked), *gate_};
    }
    template <class Function>
    void execute(Function function) const {
        if (std::this_thread::get_id() != gate_->passes) {
            gate_->reached.release();
            gate_->opened.acquire();
        }
        to_.execute(std::move(function));
    }
    friend bool operator==(gated_executor const& a, gated_executor const& b) noexcept {
        return a.to_ == b.to_;
    }

private:
    asio::any_io_executor to_;
    gate* gate_;
};

// Posts a function that owns the strand.
class posts_at_its_end {
public:
    explicit posts_at_its_end(std::shared_ptr<net::strand> to) : to_(std::move(to)) {}
    posts_at_its_end(posts_at_its_end&&) noexcept = default;
    ~posts_at_its_end() {
        if (to_)
            to_->post([kept = to_] {});
    }

private:
    std::shared_ptr<net::strand> to_;
};

} // namespace

TEST_CASE("a function runs at once on a thread of the io_context, and else when one comes") {
    asio::io_context io;
    auto const strand = strand_on(io.get_executor());
    bool has_run = false;
    strand.begin([&] { has_run = true; });
    CHECK_FALSE(has_run);
    io.run();
    CHECK(has_run);
    io.restart();
    has_run = false;
    asio::post(io, [&] {
        strand.begin([&] {
            CHECK(strand.running_in_this_thread());
            has_run = true;
        });
        CHECK(has_run);
        CHECK_FALSE(strand.running_in_this_thread());
    });
    io.run();
}

TEST_CASE("a function that is posted never runs within, even if the strand is idle") {
    asio::io_context io;
    auto const strand = strand_on(io.get_executor());
    int count = 0;
    asio::post(io, [&] {
        strand.post([&] { ++count; });
        CHECK(count == 0);
        asio::post(strand, [&] { ++count; });
        CHECK(count == 0);
    });
    io.run();
    CHECK(count == 2);
}

TEST_CASE("an executor that never blocks runs nothing within") {
    asio::io_context io;
    auto const strand =
        strand_on(asio::require(io.get_executor(), asio::execution::blocking.never));
    bool has_run = false;
    asio::post(io, [&] {
        strand.begin([&] { has_run = true; });
        CHECK_FALSE(has_run);
    });
    io.run();
    CHECK(has_run);
}

TEST_CASE("a function does not run on a thread of another context") {
    asio::io_context io, other;
    auto const strand = strand_on(io.get_executor());
    bool has_run = false;
    asio::post(other, [&] { strand.begin([&] { has_run = true; }); });
    other.run();
    CHECK_FALSE(has_run);
    io.run();
    CHECK(has_run);
}

TEST_CASE("a function that is posted while another one runs comes behind it") {
    asio::io_context io;
    auto const strand = strand_on(io.get_executor());
    std::string order;
    asio::post(io, [&] {
        strand.begin([&] {
            asio::post(strand, [&] { order += 'b'; });
            asio::post(strand, [&] { order += 'c'; });
            order += 'a';
        });
        strand.begin([&] { order += 'd'; });
    });
    io.run();
    CHECK(order == "abcd");
}

TEST_CASE("what a function throws comes out of run(), and the strand goes on") {
    asio::io_context io;
    auto const strand = strand_on(io.get_executor());
    bool has_returned = false;
    asio::post(io, [&] {
        strand.begin([] { throw std::runtime_error("thrown"); });
        has_returned = true;
    });
    CHECK_THROWS_WITH(io.run(), "thrown");
    CHECK(has_returned);
    bool has_run = false;
    asio::post(io, [&] { strand.begin([&] { has_run = true; }); });
    io.restart();
    io.run();
    CHECK(has_run);
}

TEST_CASE("a function may own the strand, and what it posts runs") {
    asio::io_context io;
    bool has_run = false;
    asio::post(io, [&] {
        auto strand = std::make_shared<net::strand>(strand_on(io.get_executor()));
        std::weak_ptr<net::strand> const kept = strand;
        net::strand const& by_reference = *strand;
        by_reference.begin([&has_run, owner = std::move(strand)]() mutable {
            asio::post(*owner, [&has_run] { has_run = true; });
            owner.reset();
        });
        CHECK(kept.expired());
    });
    io.run();
    CHECK(has_run);
}

TEST_CASE("a function runs within the executor of the program, which may be a strand itself") {
    asio::io_context io;
    auto const outer = asio::make_strand(io);
    auto const strand = strand_on(outer);
    bool is_within = false;
    asio::post(io, [&] { strand.begin([&] { is_within = outer.running_in_this_thread(); }); });
    io.run();
    CHECK(is_within);
}

TEST_CASE("a context is at work while another thread hands over what others wait behind") {
    asio::io_context io;
    gate before;
    auto const strand = strand_on(gated_executor(io.get_executor(), before));
    std::string order;
    std::thread other([&] { strand.begin([&] { order += 'a'; }); });
    before.reached.acquire();
    // The last function of the context waits behind the other thread's, which is not there yet.
    asio::post(io, [&] { strand.begin([&] { order += 'b'; }); });
    io.run_one();
    CHECK_FALSE(io.stopped());
    before.opened.release();
    other.join();
    io.run();
    CHECK(order == "ab");
}

TEST_CASE("a context that ends drops a function that is posted meanwhile, and what it owns") {
    bool on_strand = false;
    SUBCASE("to the context") {}
    SUBCASE("to a strand of the program") {
        on_strand = true;
    }
    std::weak_ptr<net::strand> kept;
    {
        asio::io_context io;
        asio::any_io_executor on = io.get_executor();
        if (on_strand)
            on = asio::make_strand(io);
        auto strand = std::make_shared<net::strand>(strand_on(on));
        kept = strand;
        asio::post(io, [last = posts_at_its_end(std::move(strand))] {});
    }
    CHECK(kept.expired());
}

TEST_CASE("functions of many threads run one at a time, and all of them") {
    constexpr int threads = 4, each = 2'000;
    asio::io_context io;
    auto const strand = strand_on(io.get_executor());
    long count = 0;
    for (int i = 0; i != threads; ++i)
        asio::post(io, [&] {
            for (int j = 0; j != each; ++j) {
                strand.begin([&] { ++count; });
                asio::post(strand, [&] { ++count; });
            }
        });
    std::vector<std::thread> running;
    for (int i = 0; i != threads; ++i)
        running.emplace_back([&] { io.run(); });
    for (auto& one : running)
        one.join();
    CHECK(count == 2L * threads * each);
}

} // TEST_SUITE("net/strand")
