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

// How a player chooses the recorded response to a request.
enum class play_mode {
    // Requests must come in the recorded order, each with the recorded method, target, header
    // fields and body. For calls that follow each other.
    strict,
    // Plays the recorded responses to each method and path in turn, and then repeats the last one.
    // Prefers exchanges with the query of the request, and exchanges in which no placeholder has to
    // get a new value. Serves a file that was recorded as a whole in the requested ranges, and
    // breaks off where the recorded response did.
    by_route
};

// The options of a player.
class player_options {
public:
    player_options() {
    } // NOLINT(modernize-use-equals-default): keeps the class from being an aggregate

    play_mode mode = play_mode::strict;
    // Compares bodies with play_mode::by_route too: a request gets a response only if its body is
    // the recorded one.
    bool compare_bodies = false;
    // The values of placeholders: {"user:1", "user_4711"}. Any other placeholder gets the value
    // that a request has in its place, or else a text like "user_1" or
    // "00000000-0000-4000-8000-000000000001", which stays the same for the whole session. Two
    // placeholders of a kind never get the same value, so that one user can't play two; but values
    // that are set here may be equal.
    std::map<std::string, std::string> values;
    // The server. How it is reached acts as it does there: the token, names, origins, ports,
    // certificates and TLS versions, require_client_certificate, stall_handshakes and plain_http;
    // so does time: the clock, and file_url_lifetime, after which an address that the player has
    // signed gets a 403. The other options say how a server answers, and are ignored: the recording
    // says that.
    server_options server;
};

// An HTTPS server on loopback ports that plays the responses of a recording. Signs addresses of
// files anew, with its own files origin. Other origins that endpoints name have a port each.
//
// Responds with 400, which clients do not retry, to a request that does not match; the message
// has the expected and the received request. Responds with 401 to a request without a token (any
// token is accepted, so that sessions in which the token changed can be played), and with 403 to an
// address of a file that it has not signed, or that has expired. Where the recording has no
// response, the player cuts the connection, or sends nothing if the recorded client waited without
// success.
//
//     loop::testing::player player(loop::testing::recording::load("session.json"));
//     ... a client of player.base_url(), player.token(), player.ca_certificate() ...
//     CHECK(player.played_as_recorded());
//
// It runs on its own thread, like testing::server. All member functions may be called from any
// thread.
class player {
public:
    // Throws std::invalid_argument for a value of a placeholder that can't have one, and the
    // exceptions of server::server().
    explicit player(testing::recording recorded, player_options options = player_options());
    ~player();
    player(player const&) = delete;
    player& operator=(player const&) = delete;

    // The address of the API. This reference and the following ones are valid as long as the
    // player.
    [[nodiscard]] std::string const& base_url() const noexcept;
    // The address of the files.
    [[nodiscard]] std::string const& files_url() const noexcept;
    // The addresses of other origins that the recording or the options name, for options::origins.
    [[nodiscard]] std::map<std::string, std::string> const& origins() const noexcept;
    // A token for clients; any other would be accepted too.
    [[nodiscard]] std::string const& token() const noexcept;
    // The certificate that clients have to trust, as PEM.
    [[nodiscard]] std::string const& ca_certificate() const noexcept;

    // Returns the received requests, like server::requests().
    [[nodiscard]] std::vector<received_request> requests() const;

    // Returns a sentence for each request that did not match. It contains values of the request,
    // but no secrets.
    [[nodiscard]] std::vector<std::string> mismatches() const;
    // Returns the exchanges that no request asked for: "exchange 3: GET
    // /api/v1/report/exports/{{id:1}}".
    [[nodiscard]] std::vector<std::string> unplayed() const;
    // Checks that all requests matched and all exchanges were played. The text lists the failures
    // of both kinds.
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
