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

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace intheloop::testing::detail {

// The origin that a listener serves.
class served_origin {
public:
    testing::origin which = testing::origin::api;
    std::string name = {}; // of another one, as endpoints name it
};

// One connection of a client, from its acceptance to its end. Runs on the server's thread.
//
// Two coroutines share it. The first always reads, so that it notices at any time when the client
// hangs up. The second parses requests from the bytes that were read, and answers them. They notify
// each other through `changed_`, which is also the timer of a file with a limited rate.
class connection : public std::enable_shared_from_this<connection> {
public:
    // `tls` is null for plain http. `tls`, `records` and `api` must outlive the connection.
    connection(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context* tls,
               bool stall_handshake, served_origin where, journal& records, service& api);
    ~connection();

    // Serves the client until the client or the server ends the connection.
    boost::asio::awaitable<void> run();

    // Releases a hold that began in this epoch or an earlier one.
    void release(journal::epoch until);

    // Ends the connection at once; run() returns soon after.
    void abort();

private:
    using parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

    boost::asio::awaitable<bool> handshake();
    boost::asio::awaitable<void> swallow();
    boost::asio::awaitable<void> read_all();
    boost::asio::awaitable<void> serve();
    boost::asio::awaitable<bool> next_request(parser& into);
    boost::asio::awaitable<bool> hold();
    boost::asio::awaitable<void> respond(reply response, std::string request_id, bool head_only,
                                         bool keep_alive);
    boost::asio::awaitable<bool> write(boost::asio::const_buffer bytes);
    // The bytes outlive it.
    boost::asio::awaitable<bool> write_pieces(std::string_view bytes, std::size_t size,
                                              std::chrono::milliseconds pause);
    boost::asio::awaitable<bool> write_file(file_body const& file);
    boost::asio::awaitable<void> close_gently(connection_end ending);
    boost::asio::awaitable<void> wait_for_change();
    boost::asio::awaitable<bool> wait_until(std::chrono::steady_clock::time_point when);
    std::chrono::steady_clock::time_point now() const;
    // Begins a wait of the client in virtual time, if there is a virtual clock. Its end notifies
    // `changed_`.
    intheloop::detail::pending_wait be_silent_until(std::chrono::steady_clock::time_point when);

    received_request to_record(parser const& parsed, std::string request_id) const;
    reply answer(received_request const& request);

    boost::asio::ip::tcp::socket socket_;
    std::optional<boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>> tls_;
    bool const stall_handshake_;
    served_origin const origin_;
    journal& journal_;
    service& service_;
    std::uint64_t const number_;

    boost::beast::flat_buffer incoming_;
    boost::asio::steady_timer changed_;
    boost::asio::steady_timer drained_; // notified when incoming_ has room again
    bool reading_ = false;              // read_all() runs
    bool at_end_ = false;               // the client sends no more bytes
    bool aborted_ = false;
    std::optional<journal::epoch> held_since_;
    intheloop::detail::pending_wait silence_; // while it is held
    std::optional<connection_end> end_;       // set when the connection has to end
};

} // namespace intheloop::testing::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/testing/impl/connection.ipp>
#include <intheloop/testing/impl/connection_answer.ipp>
#endif

#endif
