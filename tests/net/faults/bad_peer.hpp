// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_NET_FAULTS_BAD_PEER_HPP
#define INTHELOOP_TESTS_NET_FAULTS_BAD_PEER_HPP

#include <intheloop/testing/certificate.hpp>

#include <openssl/ssl.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace fixture {

// A point of a script, which others can wait for.
using checkpoint = std::shared_ptr<std::atomic<bool>>;
inline checkpoint new_checkpoint() {
    return std::make_shared<std::atomic<bool>>(false);
}

// One thing that a bad peer does on a connection. What it reads and writes before the handshake
// is bare TCP.
class step {
public:
    enum kind {
        does_handshake,
        does_read_bytes,
        does_read_head,
        does_read_request,
        does_respond,
        does_drip,
        does_begin_record,
        does_go_on,
        does_flood,
        does_close_notify,
        does_hang_up,
        does_reset,
        does_stall,
        does_wait_for,
        does_reach,
    };
    step(kind does_what, std::string with_text = {}, std::size_t at_least = 0,
         std::chrono::milliseconds pause = {})
        : what(does_what), text(std::move(with_text)), count(at_least), interval(pause) {}

    kind what;
    std::string text;
    std::size_t count;
    std::chrono::milliseconds interval;
    checkpoint which = {};
};

// Lists the steps of a bad peer on one connection, in turn. A step that fails, since the client is
// gone, is the last one. Afterwards whatever comes is read, until the client closes the connection.
using script = std::vector<step>;

inline step const handshake(step::does_handshake);       // TLS, as the server
inline step const read_head(step::does_read_head);       // of the next request
inline step const read_request(step::does_read_request); // head and body (by Content-Length)
inline step const close_notify(step::does_close_notify); // TLS says that nothing follows
inline step const hang_up(step::does_hang_up);           // end of stream, without close_notify
inline step const reset(step::does_reset);               // TCP reset
inline step const stall(step::does_stall);               // neither reads nor writes

inline step read_bytes(std::size_t count) {
    return {step::does_read_bytes, {}, count};
}
inline step respond(std::string text) {
    return {step::does_respond, std::move(text)};
}
// One byte at a time.
inline step drip(std::string text, std::chrono::milliseconds interval) {
    return {step::does_drip, std::move(text), 0, interval};
}
// Makes one record of TLS for the text, and sends so many octets of it.
inline step begin_record(std::string text, std::size_t count) {
    return {step::does_begin_record, std::move(text), count};
}
// Sends further octets of that record, or all that are left.
inline step go_on(std::size_t count = std::string::npos) {
    return {step::does_go_on, {}, count};
}
// Again and again, without end.
inline step flood(std::string text) {
    return {step::does_flood, std::move(text)};
}

inline step wait_for(checkpoint which) {
    step made(step::does_wait_for);
    made.which = std::move(which);
    return made;
}
inline step reach(checkpoint which) {
    step made(step::does_reach);
    made.which = std::move(which);
    return made;
}

// How a bad peer does TLS.
class peer_tls {
public:
    // A certificate of test_authority() that is right, and TLS up to 1.3.
    peer_tls();

    intheloop::testing::certificate shown;
    int newest = TLS1_3_VERSION;  // TLS 1.0 and later are spoken, however insecure
    std::string client_authority; // PEM; if set, a client has to show a certificate of it
};

// The authority that clients of a bad peer trust.
intheloop::testing::certificate_authority const& test_authority();

// A server that follows a script, on a loopback port, with threads of its own.
//
// It owes nothing to the library but the certificates, and uses blocking sockets. Its receive
// buffer is small, so that a large request is soon under way but not yet sent.
class bad_peer {
public:
    // The n-th script is for the n-th connection, the last one for all that follow.
    explicit bad_peer(std::vector<script> scripts, peer_tls const& tls = peer_tls());
    explicit bad_peer(script every, peer_tls const& tls = peer_tls());
    ~bad_peer(); // ends all connections; never waits for a client
    bad_peer(bad_peer const&) = delete;
    bad_peer& operator=(bad_peer const&) = delete;

    unsigned short port() const;

    // To be called when the client is gone: takes no further connection, and waits for those there
    // are to end. What the functions below tell is complete then. False if a client still holds
    // one after this time.
    bool wait_for_end(std::chrono::milliseconds patience);

    std::size_t connections() const;
    // All that was read on all connections, without TLS.
    std::string received() const;
    // How many request lines stand in that.
    std::size_t requests() const;

private:
    class connection;
    class state;
    std::unique_ptr<state> state_;
};

} // namespace fixture

#endif
