// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_DETAIL_SERVICE_HPP
#define INTHELOOP_TESTING_DETAIL_SERVICE_HPP

#include <intheloop/api/documented.hpp>
#include <intheloop/testing/detail/file_blocks.hpp>
#include <intheloop/testing/detail/random.hpp>
#include <intheloop/testing/detail/route_table.hpp>
#include <intheloop/testing/detail/url_signer.hpp>
#include <intheloop/testing/export_content.hpp>
#include <intheloop/testing/received_request.hpp>
#include <intheloop/testing/response_override.hpp>
#include <intheloop/testing/server_options.hpp>
#include <intheloop/testing/virtual_clock.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace intheloop::testing::detail {

// A response that is not written yet: head and body, or raw bytes.
class reply {
public:
    explicit reply(unsigned with_status = 200) : status(with_status) {}

    unsigned status;
    std::string reason;
    header_list headers;
    std::variant<std::string, file_body> body;
    connection_end end = connection_end::keep_alive;
    std::optional<std::string> raw;
    std::optional<std::size_t> pause_after;

    // How to send it: when, in which pieces, and up to which byte of its body.
    std::chrono::milliseconds wait{0};
    std::optional<std::size_t> drip_bytes;
    std::chrono::milliseconds drip_pause{0};
    std::optional<std::size_t> body_bytes;
};

// Returns whether a response with this status has no body, not even an empty one.
[[nodiscard]] bool ends_with_its_head(unsigned status);

// Makes an error in the format of the API.
[[nodiscard]] reply error_reply(unsigned status, std::string_view code, std::string_view message);

// Returns whether a request to another origin than the API's has the API's credentials. Only a
// wrong client sends them there.
[[nodiscard]] bool has_misplaced_credentials(received_request const& request);

// Implements the documented API and its exports: makes the responses to requests, without any input
// or output. Its functions may be called from several threads.
class service {
public:
    // `options.token` must be set. Signed addresses begin with `files_url`.
    service(server_options const& options, std::string files_url);

    [[nodiscard]] reply answer(received_request const& request);

    // The clock of the options; null means the system's.
    [[nodiscard]] std::shared_ptr<virtual_clock> const& clock() const noexcept {
        return options_.clock;
    }

    // Answers all requests with this function from now on, except for requests to an address with a
    // wrong signature. It also gets the requests with misplaced credentials, and must refuse them.
    void answer_with(std::function<reply(received_request const&)> other);
    // Makes a freshly signed address of a path of the files' origin.
    [[nodiscard]] std::string signed_url(std::string_view path) const;

    // Makes the id of a request.
    [[nodiscard]] std::string new_request_id() { return "req_" + request_ids_.hex(8); }

    // Returns a sentence for each handler that threw.
    [[nodiscard]] std::vector<std::string> failures() const;

    // The handlers and faults of the test.
    [[nodiscard]] route_table& routes() noexcept { return routes_; }

    std::string add_export(std::string initial_status, std::vector<std::string> statuses,
                           export_content content);
    [[nodiscard]] std::string file_url(std::string_view export_id) const;
    void replace_content(std::string_view export_id, export_content content);
    void cut_file_after(file_cut cut);
    void advance_clock(std::chrono::seconds by);
    void expire_file_urls();

private:
    class export_state {
    public:
        export_state(std::string initial_status, std::vector<std::string> statuses,
                     export_content content);

        std::string status;
        std::vector<std::string> statuses;
        std::size_t next = 0; // index of the status for the next poll
        export_content content;
    };

    // Answers a request of a documented endpoint; `arguments` are the values of the route's
    // placeholders. An endpoint without its own overload needs a handler, see server::on().
    using arguments = std::vector<std::string>;
    template <class Endpoint>
    reply serve(Endpoint const& endpoint, received_request const&, arguments const&) const {
        return error_reply(501, "NotImplemented",
                           "the test server has no answer of its own to " +
                               std::string(endpoint.description()) + "; server::on() gives it one");
    }
    reply serve(decltype(report::export_report) endpoint, received_request const& request,
                arguments const& values);
    reply serve(decltype(report::get_report) endpoint, received_request const& request,
                arguments const& values);
    reply serve(decltype(drafts::create_draft) endpoint, received_request const& request,
                arguments const& values);

    reply serve(decltype(documentation::ask) endpoint, received_request const& request,
                arguments const& values);

    reply answer_api(received_request const& request);
    reply answer_documented(received_request const& request);
    [[nodiscard]] std::function<reply(received_request const&)> other() const;
    reply answer_files(received_request const& request);
    reply serve_file(received_request const& request, export_content const& content);
    std::optional<file_cut> next_cut();
    reply export_result(std::string const& id, export_state const& state) const;
    bool authorized(received_request const& request) const;
    void note_failure(std::string text);

    server_options const options_;
    route_table routes_;
    random_texts export_ids_;
    random_texts request_ids_;

    mutable std::mutex mutex_;
    std::function<reply(received_request const&)> other_;
    std::map<std::string, export_state, std::less<>> exports_;
    url_signer signer_;
    std::deque<file_cut> cuts_;
    std::vector<std::string> failures_;
};

// Makes a reply from an override.
[[nodiscard]] reply to_reply(response_override response);

} // namespace intheloop::testing::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/testing/impl/service.ipp>
#endif

#endif
