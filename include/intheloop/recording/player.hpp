// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_RECORDING_PLAYER_HPP
#define INTHELOOP_RECORDING_PLAYER_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/recording/recording.hpp>
#include <intheloop/testing/received_request.hpp>
#include <intheloop/testing/server_options.hpp>
#include <intheloop/testing/verification.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace intheloop::testing {

// Which recorded answer a request gets.
enum class play_mode {
    // Requests have to come in the recorded order, each with the recorded method, target, body
    // and fields of the header. For calls one after the other.
    strict,
    // Each method and path gives its recorded answers in turn, then the last one again and again;
    // where the query was recorded too, those of that query. An answer to what is known comes
    // before
    // one to which a placeholder would have to get a new value. A file that was recorded whole is
    // served in the ranges that are asked for, and breaks off where it did.
    by_route
};

// How a player plays.
class player_options {
public:
    player_options() {
    } // NOLINT(modernize-use-equals-default): keeps the class from being an aggregate

    play_mode mode = play_mode::strict;
    // By route too, an answer is given only to a request with its recorded body.
    bool compare_bodies = false;
    // What placeholders stand for: {"user:1", "user_4711"}. Without, a placeholder stands for what
    // a request has in its place, or else for a text like "user_1" or
    // "00000000-0000-4000-8000-000000000001", in the whole session the same. No two of a kind stand
    // for the same, so that two users are not played by one; but those that are given here may.
    std::map<std::string, std::string> values;
    // Token, names, certificates, TLS versions and ports of the server; nothing else of it counts.
    server_options server;
};

// An HTTPS server on loopback ports that answers as in a recording. Addresses of files are signed
// anew, with the player's own files origin.
//
// A request that does not fit is answered with a 400, which no client repeats, whose message says
// what was expected and what came; one without a token with a 401 (any token is good, so that a
// session plays in which it changed), and an address of a file that was not signed here with a 403.
// Where no answer came, the player cuts the connection, or is silent if the client had waited in
// vain.
//
//     loop::testing::player player(loop::testing::recording::load("session.json"));
//     ... a client of player.base_url(), player.token(), player.ca_certificate() ...
//     CHECK(player.played_as_recorded());
//
// It runs as testing::server does. All member functions may be called from any thread.
class player {
public:
    // Throws std::invalid_argument if a value is of a placeholder that can't have one, and as
    // server::server() does.
    explicit player(testing::recording what, player_options options = player_options());
    ~player();
    player(player const&) = delete;
    player& operator=(player const&) = delete;

    // Where the API is; this and the others are valid as long as the player.
    [[nodiscard]] std::string const& base_url() const noexcept;
    // Where the files are.
    [[nodiscard]] std::string const& files_url() const noexcept;
    // As good as any other.
    [[nodiscard]] std::string const& token() const noexcept;
    // The PEM that a client has to trust.
    [[nodiscard]] std::string const& ca_certificate() const noexcept;

    // What came, as server::requests() gives it.
    [[nodiscard]] std::vector<received_request> requests() const;

    // What did not fit, a sentence each. The values of requests are in it, but for secrets.
    [[nodiscard]] std::vector<std::string> mismatches() const;
    // The exchanges that nobody asked for: "exchange 3: GET /api/v1/report/exports/{{id:1}}".
    [[nodiscard]] std::vector<std::string> unplayed() const;
    // Whether all requests fitted and all exchanges were played; if not, the text lists both.
    [[nodiscard]] verification played_as_recorded() const;

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

} // namespace intheloop::testing

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/recording/impl/player.ipp>
#endif

#endif
