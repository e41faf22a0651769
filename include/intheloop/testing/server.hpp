// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_SERVER_HPP
#define INTHELOOP_TESTING_SERVER_HPP

#include <intheloop/endpoint/endpoint.hpp>
#include <intheloop/testing/answer.hpp>
#include <intheloop/testing/fault.hpp>
#include <intheloop/testing/received_request.hpp>
#include <intheloop/testing/response_override.hpp>
#include <intheloop/testing/server_options.hpp>
#include <intheloop/testing/typed_request.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace intheloop::testing {

namespace detail {

class reply;

// A handler for bytes from one for types.
template <class Endpoint, class Handler>
auto make_handler(Endpoint const& endpoint, Handler given) {
    using request_type = typename Endpoint::request_type;
    // What a handler remembers is that of all its calls.
    return [endpoint, shared = std::make_shared<Handler>(std::move(given))](
               received_request const& raw) -> response_override {
        Handler& handler = *shared;
        auto request = intheloop::detail::make_empty<request_type>();
        if (auto const problem = read_request(endpoint, raw, request))
            return testing::refuse(400, problem->text(), "BadRequest");
        using answer_type = answer<typename Endpoint::response_type>;
        if constexpr (std::is_invocable_v<Handler&, request_type const&, received_request const&>)
            return answer_type(handler(std::as_const(request), raw)).encoded();
        else
            return answer_type(handler(std::as_const(request))).encoded();
    };
}

} // namespace detail

// An HTTPS server on a loopback port that speaks the documented Loop API, with state.
//
// It serves two origins. The API is at `base_url()`, `https://localhost:<port>`:
// - `POST /api/v1/report/export` starts an export;
// - `GET /api/v1/report/exports/{id}` moves it one step along its statuses;
// - `POST /v1/drafts` takes any JSON object.
// Exported files are at `files_url()`, `https://127.0.0.1:<another port>`, behind signed addresses
// that expire. They have a strong `ETag`, and a `GET` may ask for one range of bytes, with
// `If-Range` or without: 206 and `Content-Range`, or 416 if the file ends before it. Several ranges
// at once are answered with the whole.
//
// An answer that is not 200 or 201 has a JSON body with `message` and `errorCode`: 400 for a bad
// body, 401 for a missing or wrong token, 404 for an unknown path or export, 405 for a method that
// the path does not have. The files' origin answers 403 with an XML body to an address that is
// expired or not signed by it. Every answer carries an `X-Request-Id`.
//
// The constructor starts the server on a thread of its own, so that a program of any shape can be
// tested with it. The destructor closes all connections, whatever they are at, and joins the
// thread. There is no global state; any number of servers run side by side. All member functions
// may be called from any thread at any time between the two, except that the destructor must not
// run on the server's own thread.
class server {
public:
    // Starts a server with the default options.
    server();

    // Throws std::runtime_error if a certificate can't be made or used, or a port can't be listened
    // on.
    explicit server(server_options options);

    ~server();
    server(server const&) = delete;
    server& operator=(server const&) = delete;

    // --- Where it is and how to get in ---
    // The references are valid as long as the server.
    [[nodiscard]] std::string const& base_url() const noexcept;  // without a slash at the end
    [[nodiscard]] std::string const& files_url() const noexcept; // without a slash at the end
    [[nodiscard]] std::uint16_t api_port() const noexcept;       // of base_url()
    [[nodiscard]] std::uint16_t files_port() const noexcept;     // of files_url()

    // The PEM that a client has to trust.
    [[nodiscard]] std::string const& ca_certificate() const noexcept;

    // Signs whatever else a test needs, say a client's certificate.
    [[nodiscard]] certificate_authority const& authority() const noexcept;

    // The one that it accepts: that of the options, or a random one.
    [[nodiscard]] std::string const& token() const noexcept;

    // --- What it got ---
    // A copy of the requests so far, in the order in which they were complete. A request is there
    // before its answer is written.
    [[nodiscard]] std::vector<received_request> requests() const;
    [[nodiscard]] std::vector<received_request> requests(testing::origin where) const;

    // Those of an endpoint, with their values. Requests of its route that are none of its requests,
    // which get a 400 from a handler, are not among them.
    template <intheloop::detail::endpoint_type Endpoint>
    [[nodiscard]] received_requests<Endpoint> requests(Endpoint const& endpoint) const {
        return detail::requests_of(endpoint, requests());
    }

    // Forgets the requests; the counters below go on.
    void clear_requests();

    // TCP connections of both origins.
    [[nodiscard]] std::size_t connections_accepted() const;
    [[nodiscard]] std::size_t open_connections() const; // of both origins, now

    // Handshakes of both origins. With TLS 1.3 a client is done a little before the server is; one
    // that was answered has certainly been counted.
    [[nodiscard]] std::size_t handshakes_completed() const;
    [[nodiscard]] std::size_t handshakes_failed() const; // of both origins

    // Bytes that the API's origin got after the handshake, decrypted.
    [[nodiscard]] std::uint64_t application_bytes_received() const;

    // Each waits until its condition holds, and returns false if that took longer than `timeout`.
    //
    // Until no connection is open. One that the system has not yet handed to the server does not
    // count: wait_for_connections() first if a client may be that quick.
    [[nodiscard]] bool wait_until_idle(std::chrono::milliseconds timeout) const;

    // Until so many requests are on record, both origins together.
    [[nodiscard]] bool wait_for_requests(std::size_t count,
                                         std::chrono::milliseconds timeout) const;

    // Until connections_accepted() is at least `accepted`.
    [[nodiscard]] bool wait_for_connections(std::size_t accepted,
                                            std::chrono::milliseconds timeout) const;

    // Until so many answers were given to the system in full, those cleared from the record too. (A
    // client may have read an answer before: what follows it in the stream is on its way only
    // then.)
    [[nodiscard]] bool wait_for_answers(std::size_t count, std::chrono::milliseconds timeout) const;

    // Until a request is held or an answer paused.
    [[nodiscard]] bool wait_until_held(std::chrono::milliseconds timeout) const;

    // --- Routes of the test's own ---
    // From now on requests of this endpoint are answered by
    //
    //     handler(request), or handler(request, received_request const&)
    //
    // which gives the endpoint's response, an answer<> of it or a response_override. Any endpoint
    // will do; for one of the documented it stands in for the server's own. Of several routes that
    // fit, the one with the most literal text counts. A wrong token gets 401, and what is no
    // request of the endpoint 400, before the handler is asked; one that throws gives a 500 with
    // its what(). Handlers run on the server's thread, one at a time.
    template <intheloop::detail::endpoint_type Endpoint, class Handler>
    void on(Endpoint const& endpoint, Handler handler) {
        on_route(Endpoint::info(), detail::make_handler(endpoint, std::move(handler)));
    }

    // Lets the next requests of an endpoint meet these faults, one each, in their order, after
    // those that were given before. Each attempt of a call counts.
    template <intheloop::detail::endpoint_type Endpoint>
    void script(Endpoint const&, std::vector<fault> faults) {
        script_route(Endpoint::info(), std::move(faults));
    }
    // When the script of an endpoint is through, these come by chance.
    template <intheloop::detail::endpoint_type Endpoint>
    void script(Endpoint const&, random_faults faults) {
        script_route(Endpoint::info(), std::move(faults));
    }

    // --- What it does ---
    // The next request to `where` that has no override yet gets exactly this answer, whatever it
    // asks for and with whatever token. The state of exports is not touched. Overrides queue up.
    void respond_next(response_override answer, testing::origin where = testing::origin::api);

    // The next request to `where` is recorded and then held, until release() or until its client
    // hangs up. Each call holds one request more.
    void hold_next(testing::origin where = testing::origin::api);

    // Lets all held requests and paused answers go on, and forgets the holds that no request has
    // met yet.
    void release();

    // Makes an export as if it had been started, and returns its id. What is not given is as in the
    // options.
    std::string add_export();
    std::string add_export(std::vector<std::string> statuses, export_content content);

    // A freshly signed address of an export's file, on files_url().
    //
    // Throws std::out_of_range if there is no such export.
    [[nodiscard]] std::string file_url(std::string_view export_id) const;

    // From now on the export's file is another one, at the same addresses. Answers under way go on
    // with the old one.
    //
    // Throws std::out_of_range if there is no such export.
    void replace_content(std::string_view export_id, export_content content);

    // The next answer to a `GET` that carries a file or a range of it is broken off after so many
    // bytes of its own body, or ends its connection after its last byte if it has less; its head
    // says nothing of it. `keep_alive` means `close`. A reset may take away what the client has not
    // read yet. Cuts queue up.
    void cut_file_after(std::uint64_t body_bytes, connection_end ending = connection_end::cut);

    // Moves the clock by which addresses expire: that of this server alone, as if it went wrong.
    // (To let time pass for all, there is virtual_clock::advance.)
    void advance_clock(std::chrono::seconds by);

    // Refuses from now on all addresses of files signed so far, whatever time they have left.
    // Answers under way go on.
    void expire_file_urls();

private:
    friend class player;
    void answer_with(std::function<detail::reply(received_request const&)> other);
    std::string signed_url(std::string_view path) const;

    void on_route(endpoint_info const& endpoint,
                  std::function<response_override(received_request const&)> handler);
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
