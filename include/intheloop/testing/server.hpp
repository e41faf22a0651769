// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_SERVER_HPP
#define INTHELOOP_TESTING_SERVER_HPP

#include <intheloop/endpoint/endpoint.hpp>
#include <intheloop/testing/answer.hpp>
#include <intheloop/testing/detail/known_keys.hpp>
#include <intheloop/testing/fault.hpp>
#include <intheloop/testing/received_request.hpp>
#include <intheloop/testing/response_override.hpp>
#include <intheloop/testing/server_options.hpp>
#include <intheloop/testing/typed_request.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace intheloop::testing {

namespace detail {

class reply;

// Wraps a handler of decoded requests in a handler of received requests.
template <class Endpoint, class Handler>
auto make_handler(Endpoint const& endpoint, Handler given) {
    using request_type = typename Endpoint::request_type;
    // Shared, so that all copies of the result have one state.
    auto respond = [endpoint, shared = std::make_shared<Handler>(std::move(given))](
                       received_request const& raw) -> response_override {
        Handler& handler = *shared;
        auto request = intheloop::detail::make_empty<request_type>();
        if (auto const problem = read_request(endpoint, raw, request))
            return testing::refuse(400, problem->text(), "BadRequest");
        using answer_type = answer<typename Endpoint::response_type>;
        if constexpr (std::is_invocable_v<Handler&, request_type const&, received_request const&>)
            return answer_type(handler(std::as_const(request), raw)).encoded_for(endpoint);
        else
            return answer_type(handler(std::as_const(request))).encoded_for(endpoint);
    };
    if constexpr (Endpoint::key_header.empty())
        return respond;
    else
        return [respond = std::move(respond), known = std::make_shared<known_keys>()](
                   received_request const& raw) -> response_override {
            std::string key = raw.header(Endpoint::key_header).value_or("");
            if (auto repeated = known->find(key, raw))
                return *std::move(repeated);
            auto made = respond(raw);
            known->add(std::move(key), raw, made);
            return made;
        };
}

} // namespace detail

// An HTTPS server on a loopback port that implements the documented Loop API, with state.
//
// It serves several origins. The API is at `base_url()`, `https://localhost:<port>`:
// - `POST /api/v1/report/export` starts an export;
// - `GET /api/v1/report/exports/{id}` moves it one step along its statuses;
// - `POST /v1/drafts` takes any JSON object.
// Exported files are at `files_url()`, `https://127.0.0.1:<another port>`, behind signed addresses
// that expire. They have a strong `ETag`. A `GET` may request one range of bytes, with or without
// `If-Range`: 206 and `Content-Range`, or 416 if the file ends before the range. The response to a
// request for several ranges is the whole file.
//
// Origins that endpoints name (`server_options::origins`) have a port each; `origins()` is what a
// client needs as `options::origins`. There the server knows `GET /api-reference.md` of the
// documentation, and responds with 400 to a request with credentials, which belong to the API.
//
// A response other than 200 or 201 has a JSON body with `message` and `errorCode`: 400 for a bad
// body, 401 for a missing or wrong token, 404 for an unknown path or export, 405 for a method that
// the path does not have. The files' origin responds with 403 and an XML body to an address that is
// expired or has a wrong signature. Every response has an `X-Request-Id`.
//
// The constructor starts the server on its own thread, so that it can test a program of any
// structure. The destructor closes all connections, whatever their state, and joins the thread.
// There is no global state; any number of servers can run side by side. All member functions may be
// called from any thread. The destructor must not run on the server's own thread.
class server {
public:
    // Starts a server with the default options.
    server();

    // Throws std::runtime_error if a certificate can't be made or used, or if listening on a port
    // fails.
    explicit server(server_options options);

    ~server();
    server(server const&) = delete;
    server& operator=(server const&) = delete;

    // --- Addresses and credentials ---
    // The references are valid as long as the server.
    [[nodiscard]] std::string const& base_url() const noexcept;  // without a slash at the end
    [[nodiscard]] std::string const& files_url() const noexcept; // without a slash at the end
    // The addresses of other origins, for options::origins.
    [[nodiscard]] std::map<std::string, std::string> const& origins() const noexcept;
    [[nodiscard]] std::uint16_t api_port() const noexcept;   // of base_url()
    [[nodiscard]] std::uint16_t files_port() const noexcept; // of files_url()

    // The certificate that clients have to trust, as PEM.
    [[nodiscard]] std::string const& ca_certificate() const noexcept;

    // The authority of the certificates. Tests can sign others with it, such as a client's.
    [[nodiscard]] certificate_authority const& authority() const noexcept;

    // The token that the server accepts: from the options, or a random one.
    [[nodiscard]] std::string const& token() const noexcept;

    // --- Received requests ---
    // Returns a copy of the requests so far, in the order in which they were complete. A request is
    // in the list before its response is written.
    [[nodiscard]] std::vector<received_request> requests() const;
    [[nodiscard]] std::vector<received_request> requests(testing::origin where) const;

    // Returns the requests of an endpoint, decoded. A request belongs to the route that on() tells.
    // Leaves out requests that can't be decoded (a handler responds to them with 400); the texts of
    // the checks have their number, and never() does not hold with one. If the handler of the
    // endpoint has thrown, no check of the result holds, and each has its text.
    template <intheloop::detail::endpoint_type Endpoint>
    [[nodiscard]] received_requests<Endpoint> requests(Endpoint const& endpoint) const {
        return detail::requests_of(endpoint, requests_of_route(Endpoint::info()),
                                   failure_of_route(Endpoint::info()));
    }

    // Forgets the requests, but keeps the counters below.
    void clear_requests();

    // Counts the TCP connections of all origins.
    [[nodiscard]] std::size_t connections_accepted() const;
    [[nodiscard]] std::size_t open_connections() const; // of all origins, now

    // Counts the handshakes of all origins. With TLS 1.3 a client completes a handshake a little
    // before the server; a handshake is certainly counted when a response has come.
    [[nodiscard]] std::size_t handshakes_completed() const;
    [[nodiscard]] std::size_t handshakes_failed() const; // of all origins

    // Counts the bytes that the API's origin received after the handshake, decrypted.
    [[nodiscard]] std::uint64_t application_bytes_received() const;

    // Waits until no connection is open. Like the following functions, returns false if that takes
    // longer than `timeout`. A connection that the system has not passed to the server yet does not
    // count: call wait_for_connections() first if a client may be that quick.
    [[nodiscard]] bool wait_until_idle(std::chrono::milliseconds timeout) const;

    // Waits until the server has received `count` requests, all origins together.
    [[nodiscard]] bool wait_for_requests(std::size_t count,
                                         std::chrono::milliseconds timeout) const;

    // Waits until connections_accepted() is at least `accepted`.
    [[nodiscard]] bool wait_for_connections(std::size_t accepted,
                                            std::chrono::milliseconds timeout) const;

    // Waits until `count` responses were passed to the system as a whole, including responses to
    // forgotten requests. (A client may have read a response before: but the bytes that follow it
    // in the stream are sent only then.)
    [[nodiscard]] bool wait_for_answers(std::size_t count, std::chrono::milliseconds timeout) const;

    // Waits until a request is held or a response paused.
    [[nodiscard]] bool wait_until_held(std::chrono::milliseconds timeout) const;

    // --- Routes of the test ---
    // Sets the handler that responds to the requests of an endpoint from now on:
    //
    //     handler(request), or handler(request, received_request const&)
    //
    // It returns the endpoint's response, an answer<> of it or a response_override. The endpoint
    // may be any (std::invalid_argument for an origin that the server does not serve); the handler
    // of a documented one replaces the server's own. If several routes match, the one with the most
    // literal text is used, the documented ones included, and of several with as much the one whose
    // literal text comes first: then faults and requests() of the others leave out this request
    // too. Routes that differ in the names of their placeholders alone are the same route. The
    // server checks requests before it calls the handler: it responds with 401 to a wrong token,
    // and with 400 to a request that can't be decoded. Handlers run on the server's thread, one at
    // a time; server_options::clock stands still meanwhile.
    //
    // For an endpoint with the trait idempotency_key the server acts as the trait promises: the
    // handler is called once for each key, and its 2xx response repeated to further requests with
    // the key. A request without a key gets a 400, and another request with a known key a 422.
    //
    // A handler that throws anything, a failed REQUIRE of a test framework too, is a failure of the
    // test. The response is a 500 with the text of the exception. Until on() sets another handler,
    // all later requests get the same response without a call of this one, so that no retry hides
    // the failure. server_options::on_handler_failure and the checks of requests() tell it. For a
    // fault that is a part of the test use script().
    template <intheloop::detail::endpoint_type Endpoint, class Handler>
    void on(Endpoint const& endpoint, Handler handler) {
        on_route(Endpoint::info(), detail::make_handler(endpoint, std::move(handler)));
    }

    // Queues faults for the next requests of an endpoint, one per request, in this order. Each
    // attempt of a call is a request. A request belongs to the route that on() tells. Throws like
    // on().
    template <intheloop::detail::endpoint_type Endpoint>
    void script(Endpoint const&, std::vector<fault> faults) {
        script_route(Endpoint::info(), std::move(faults));
    }
    // Sets the random faults that follow when the queue of an endpoint is empty.
    template <intheloop::detail::endpoint_type Endpoint>
    void script(Endpoint const&, random_faults faults) {
        script_route(Endpoint::info(), std::move(faults));
    }

    // --- Control of the server ---
    // Responds to the next request to `where` that has no override yet with exactly this response,
    // whatever its target and its token. Leaves the state of exports unchanged. Overrides queue up.
    void respond_next(response_override response, testing::origin where = testing::origin::api);

    // Holds the next request to `where`, after it was recorded, until release() or until its client
    // hangs up. Each call holds one request more.
    void hold_next(testing::origin where = testing::origin::api);

    // Lets all held requests and paused responses go on, and forgets the holds without a request.
    void release();

    // Makes an export as if it had been started, and returns its id. Statuses and content are from
    // the options if they are not given.
    std::string add_export();
    std::string add_export(std::vector<std::string> statuses, export_content content);

    // Makes a freshly signed address of an export's file, on files_url().
    //
    // Throws std::out_of_range if there is no such export.
    [[nodiscard]] std::string file_url(std::string_view export_id) const;

    // Replaces the file of an export, at the same addresses. Responses under way go on with the old
    // file.
    //
    // Throws std::out_of_range if there is no such export.
    void replace_content(std::string_view export_id, export_content content);

    // Breaks off the next response to a `GET` that has a file, or a range of it, after this many
    // bytes of its body, or ends its connection after the last byte of a shorter body. The head of
    // the response does not tell. `keep_alive` means `close`. A reset may discard bytes that the
    // client has not read yet. Cuts queue up.
    void cut_file_after(std::uint64_t body_bytes, connection_end ending = connection_end::cut);

    // Moves the clock by which addresses expire: only the clock of this server, as if it were
    // wrong. (virtual_clock::advance lets time pass for all.)
    void advance_clock(std::chrono::seconds by);

    // Refuses from now on all addresses of files that were signed so far, even if they have not
    // expired. Responses under way go on.
    void expire_file_urls();

private:
    friend class player;
    void answer_with(std::function<detail::reply(received_request const&)> other);
    std::string signed_url(std::string_view path) const;

    void on_route(endpoint_info const& endpoint,
                  std::function<response_override(received_request const&)> handler);
    std::vector<received_request> requests_of_route(endpoint_info const& endpoint) const;
    std::string failure_of_route(endpoint_info const& endpoint) const;
    void script_route(endpoint_info const& endpoint, std::vector<fault> faults);
    void script_route(endpoint_info const& endpoint, random_faults faults);

    struct impl;
    std::unique_ptr<impl> impl_;
};

} // namespace intheloop::testing

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/testing/impl/server.ipp>
#endif

#endif
