// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_DETAIL_CONNECTION_HPP
#define INTHELOOP_TESTING_DETAIL_CONNECTION_HPP

#include <intheloop/testing/detail/journal.hpp>
#include <intheloop/testing/detail/service.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace intheloop::testing::detail {

// One connection of a client, from its acceptance to its end. Lives on the server's thread.
//
// Two coroutines share it. One always reads, so that the end of a client is seen whatever the other
// does; the other takes requests out of what was read and answers them. They tell each other of
// changes through `changed_`, which also is the timer of a file that has a pace.
class connection : public std::enable_shared_from_this<connection> {
public:
    // A null `tls` means plain http. `tls`, `records` and `api` must outlive the connection.
    connection(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context* tls,
               bool stall_handshake, origin where, journal& records, service& api);
    ~connection();

    // Serves the client until one of the two hangs up.
    boost::asio::awaitable<void> run();

    // Lets go what has been held since an epoch up to this one.
    void release(journal::epoch until);

    // Ends everything at once; run() returns soon after.
    void abort();

private:
    using parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

    boost::asio::awaitable<bool> handshake();
    boost::asio::awaitable<void> swallow();
    boost::asio::awaitable<void> read_all();
    boost::asio::awaitable<void> serve();
    boost::asio::awaitable<bool> next_request(parser& into);
    boost::asio::awaitable<bool> hold(journal::epoch since);
    boost::asio::awaitable<void> respond(reply answer, std::string request_id, bool head_only,
                                         bool keep_alive);
    boost::asio::awaitable<bool> write(boost::asio::const_buffer bytes);
    boost::asio::awaitable<bool> drip(std::string const& bytes, std::size_t piece,
                                      std::chrono::milliseconds pause);
    boost::asio::awaitable<bool> write_file(file_body const& file);
    boost::asio::awaitable<void> close_gently(connection_end ending);
    boost::asio::awaitable<void> wait_for_change();
    boost::asio::awaitable<bool> wait_until(std::chrono::steady_clock::time_point when);
    std::chrono::steady_clock::time_point now() const;
    // A wait of the client for a virtual clock, if there is one; its end is a change.
    intheloop::detail::pending_wait be_silent_until(std::chrono::steady_clock::time_point when);

    received_request to_record(parser const& parsed, std::string request_id) const;

    boost::asio::ip::tcp::socket socket_;
    std::optional<boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>> tls_;
    bool const stall_handshake_;
    origin const origin_;
    journal& journal_;
    service& service_;
    std::uint64_t const number_;

    boost::beast::flat_buffer incoming_;
    boost::asio::steady_timer changed_;
    boost::asio::steady_timer drained_; // there is room in incoming_ again
    bool reading_ = false;              // read_all() runs
    bool at_end_ = false;               // nothing more will come from the client
    bool aborted_ = false;
    std::optional<journal::epoch> held_since_;
    intheloop::detail::pending_wait silence_; // while it is held
    std::optional<connection_end> end_;       // set once the connection shall end
};

} // namespace intheloop::testing::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/testing/impl/connection.ipp>
#endif

#endif
