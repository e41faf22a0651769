// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_STRAND_HPP
#define INTHELOOP_NET_DETAIL_STRAND_HPP

#include <intheloop/net/detail/strand_executor.hpp>
#include <intheloop/policy/detail/deadline.hpp>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/wait_traits.hpp>

namespace intheloop::net {

// All sockets, timers and decisions of a client run on one strand, so that a client works the same
// on one thread and on many, and needs no lock.
using socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, strand>;
using timer = boost::asio::basic_waitable_timer<policy::clock,
                                                boost::asio::wait_traits<policy::clock>, strand>;

} // namespace intheloop::net

#endif
