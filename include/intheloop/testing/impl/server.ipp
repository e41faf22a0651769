// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_IMPL_SERVER_IPP
#define INTHELOOP_TESTING_IMPL_SERVER_IPP

#include <intheloop/testing/detail/listener.hpp>
#include <intheloop/testing/detail/random.hpp>
#include <intheloop/testing/server.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>

#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <stdexcept>
#include <thread>
#include <utility>

namespace intheloop::testing {
namespace detail {

INTHELOOP_DECL int openssl_version(tls_version version) {
    constexpr std::array<int, 4> versions{TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION,
                                          TLS1_3_VERSION};
    return versions[static_cast<std::size_t>(version)];
}

INTHELOOP_DECL void use_identity(boost::asio::ssl::context& tls, certificate const& identity) {
    try {
        tls.use_certificate_chain(boost::asio::buffer(identity.certificate_pem));
        tls.use_private_key(boost::asio::buffer(identity.private_key_pem),
                            boost::asio::ssl::context::pem);
    } catch (boost::system::system_error const& error) {
        throw std::runtime_error(std::string{"test server: can't use the certificate: "} +
                                 error.what());
    }
}

INTHELOOP_DECL void use_versions(boost::asio::ssl::context& tls, tls_version minimum,
                                 tls_version maximum) {
    SSL_CTX* const context = tls.native_handle();
    // Versions before 1.2 sign with SHA-1, which only the lowest security level allows.
    if (minimum < tls_version::tls_1_2)
        SSL_CTX_set_security_level(context, 0);
    if (SSL_CTX_set_min_proto_version(context, openssl_version(minimum)) != 1 ||
        SSL_CTX_set_max_proto_version(context, openssl_version(maximum)) != 1)
        throw std::runtime_error("test server: can't set the versions of TLS");
}

INTHELOOP_DECL void require_client_certificate(boost::asio::ssl::context& tls,
                                               std::string const& authority_pem) {
    tls.add_certificate_authority(boost::asio::buffer(authority_pem));
    tls.set_verify_mode(boost::asio::ssl::verify_peer |
                        boost::asio::ssl::verify_fail_if_no_peer_cert);
    // OpenSSL refuses to resume the sessions of verified clients without this context.
    constexpr std::array<unsigned char, 4> session_context{'t', 'e', 's', 't'};
    SSL_CTX_set_session_id_context(tls.native_handle(), session_context.data(),
                                   static_cast<unsigned>(session_context.size()));
}

INTHELOOP_DECL certificate made_certificate(certificate_authority const& authority,
                                            server_options const& options) {
    std::vector<std::string> names{"localhost", "127.0.0.1"};
    names.insert(names.end(), options.extra_names.begin(), options.extra_names.end());
    return authority.issue(certificate_request(std::move(names)));
}

INTHELOOP_DECL std::string make_url(server_options const& options, std::string_view host,
                                    std::uint16_t port) {
    std::string url = options.plain_http ? "http://" : "https://";
    url += host;
    return url + ':' + std::to_string(port);
}

INTHELOOP_DECL server_options with_token(server_options options) {
    if (options.token.empty())
        options.token = random_texts(options.clock).hex(20);
    return options;
}

} // namespace detail

struct server::impl {
    explicit impl(server_options given)
        : options(detail::with_token(std::move(given))),
          authority(options.authority ? *options.authority : certificate_authority()),
          api_listener(io.get_executor(), options.api_port),
          files_listener(io.get_executor(), options.files_port),
          base_url(detail::make_url(options, "localhost", api_listener.port())),
          files_url(detail::make_url(options, "127.0.0.1", files_listener.port())),
          api(options, files_url) {
        if (!options.plain_http) {
            certificate const made = detail::made_certificate(authority, options);
            detail::use_identity(api_tls, options.api_certificate.value_or(made));
            detail::use_identity(files_tls, options.files_certificate.value_or(made));
            detail::use_versions(api_tls, options.minimum_tls, options.maximum_tls);
            detail::use_versions(files_tls, options.minimum_tls, options.maximum_tls);
            if (options.require_client_certificate)
                detail::require_client_certificate(api_tls, authority.certificate_pem());
        }
        auto const tls = [&](boost::asio::ssl::context& context) {
            return options.plain_http ? nullptr : &context;
        };
        bool const stall = options.stall_handshakes;
        api_listener.start(tls(api_tls), stall, {origin::api}, records, api);
        files_listener.start(tls(files_tls), stall, {origin::files}, records, api);
        for (std::string const& each : options.origins)
            if (!origins.contains(each)) {
                auto& listener = other_listeners.emplace_back(io.get_executor(), std::uint16_t{0});
                origins.emplace(each, detail::make_url(options, "localhost", listener.port()));
                listener.start(tls(files_tls), stall, {origin::other, each}, records, api);
            }
        thread = std::thread([this] { io.run(); });
    }

    ~impl() {
        boost::asio::post(io, [this] {
            api_listener.stop();
            files_listener.stop();
            for (auto& each : other_listeners)
                each.stop();
        });
        thread.join();
        if (options.on_handler_failure)
            for (std::string const& each : api.failures())
                tell(each);
    }

    // Throws std::invalid_argument if the server does not serve the origin of an endpoint.
    void check_origin(endpoint_info const& endpoint) const {
        if (std::string const name(endpoint.origin); !name.empty() && !origins.contains(name))
            throw std::invalid_argument("test server: server_options::origins has no " + name);
    }

    void tell(std::string const& failure) const noexcept {
        try {
            options.on_handler_failure(failure);
        } catch (...) { // a test framework that has noted the failure
        }
    }

    impl(impl const&) = delete;
    impl& operator=(impl const&) = delete;

    server_options const options;
    certificate_authority const authority;
    detail::journal records;
    boost::asio::ssl::context api_tls{boost::asio::ssl::context::tls_server};
    boost::asio::ssl::context files_tls{boost::asio::ssl::context::tls_server};
    boost::asio::io_context io{1};
    detail::listener api_listener;
    detail::listener files_listener;
    std::deque<detail::listener> other_listeners;
    std::string const base_url;
    std::string const files_url;
    std::map<std::string, std::string> origins;
    detail::service api;
    std::thread thread;
};

INTHELOOP_DECL server::server() : server(server_options()) {}

INTHELOOP_DECL server::server(server_options options)
    : impl_(std::make_unique<impl>(std::move(options))) {}

INTHELOOP_DECL server::~server() = default;

INTHELOOP_DECL void
server::answer_with(std::function<detail::reply(received_request const&)> other) {
    impl_->api.answer_with(std::move(other));
}

INTHELOOP_DECL std::string server::signed_url(std::string_view path) const {
    return impl_->api.signed_url(path);
}

INTHELOOP_DECL void
server::on_route(endpoint_info const& endpoint,
                 std::function<response_override(received_request const&)> handler) {
    impl_->check_origin(endpoint);
    impl_->api.routes().on(endpoint, std::move(handler));
}

INTHELOOP_DECL std::vector<received_request>
server::requests_of_route(endpoint_info const& endpoint) const {
    std::vector<received_request> selected =
        requests(endpoint.origin.empty() ? testing::origin::api : testing::origin::other);
    std::erase_if(selected, [&](received_request const& each) {
        return !impl_->api.routes().belongs_to(endpoint, each);
    });
    return selected;
}

INTHELOOP_DECL std::string server::failure_of_route(endpoint_info const& endpoint) const {
    return impl_->api.routes().failure_of(endpoint);
}

INTHELOOP_DECL void server::script_route(endpoint_info const& endpoint, std::vector<fault> faults) {
    impl_->check_origin(endpoint);
    impl_->api.routes().script(endpoint, std::move(faults));
}

INTHELOOP_DECL void server::script_route(endpoint_info const& endpoint, random_faults faults) {
    impl_->check_origin(endpoint);
    impl_->api.routes().script(endpoint, std::move(faults));
}

INTHELOOP_DECL std::string const& server::base_url() const noexcept {
    return impl_->base_url;
}

INTHELOOP_DECL std::string const& server::files_url() const noexcept {
    return impl_->files_url;
}

INTHELOOP_DECL std::map<std::string, std::string> const& server::origins() const noexcept {
    return impl_->origins;
}

INTHELOOP_DECL std::uint16_t server::api_port() const noexcept {
    return impl_->api_listener.port();
}

INTHELOOP_DECL std::uint16_t server::files_port() const noexcept {
    return impl_->files_listener.port();
}

INTHELOOP_DECL std::string const& server::ca_certificate() const noexcept {
    return impl_->authority.certificate_pem();
}

INTHELOOP_DECL certificate_authority const& server::authority() const noexcept {
    return impl_->authority;
}

INTHELOOP_DECL std::string const& server::token() const noexcept {
    return impl_->options.token;
}

INTHELOOP_DECL std::vector<received_request> server::requests() const {
    return impl_->records.requests();
}

INTHELOOP_DECL std::vector<received_request> server::requests(testing::origin where) const {
    std::vector<received_request> selected = impl_->records.requests();
    std::erase_if(selected, [where](received_request const& each) { return each.origin != where; });
    return selected;
}

INTHELOOP_DECL void server::clear_requests() {
    impl_->records.clear_requests();
}

INTHELOOP_DECL std::size_t server::connections_accepted() const {
    return impl_->records.count().accepted;
}

INTHELOOP_DECL std::size_t server::open_connections() const {
    return impl_->records.count().open;
}

INTHELOOP_DECL std::size_t server::handshakes_completed() const {
    return impl_->records.count().handshakes_completed;
}

INTHELOOP_DECL std::size_t server::handshakes_failed() const {
    return impl_->records.count().handshakes_failed;
}

INTHELOOP_DECL std::uint64_t server::application_bytes_received() const {
    return impl_->records.count().api_bytes;
}

INTHELOOP_DECL bool server::wait_until_idle(std::chrono::milliseconds timeout) const {
    return impl_->records.wait_until_idle(timeout);
}

INTHELOOP_DECL bool server::wait_for_requests(std::size_t count,
                                              std::chrono::milliseconds timeout) const {
    return impl_->records.wait_for_requests(count, timeout);
}

INTHELOOP_DECL bool server::wait_for_connections(std::size_t accepted,
                                                 std::chrono::milliseconds timeout) const {
    return impl_->records.wait_for_connections(accepted, timeout);
}

INTHELOOP_DECL bool server::wait_for_answers(std::size_t count,
                                             std::chrono::milliseconds timeout) const {
    return impl_->records.wait_for_answers(count, timeout);
}

INTHELOOP_DECL bool server::wait_until_held(std::chrono::milliseconds timeout) const {
    return impl_->records.wait_until_held(timeout);
}

INTHELOOP_DECL void server::respond_next(response_override response, testing::origin where) {
    impl_->records.respond_next(std::move(response), where);
}

INTHELOOP_DECL void server::hold_next(testing::origin where) {
    impl_->records.hold_next(where);
}

INTHELOOP_DECL void server::release() {
    auto const until = impl_->records.release();
    std::shared_ptr<void const> still; // until the release has happened
    if (impl_->options.clock)
        still = impl_->options.clock->hold_still();
    boost::asio::post(impl_->io, [state = impl_.get(), until, still] {
        state->api_listener.release(until);
        state->files_listener.release(until);
        for (auto& each : state->other_listeners)
            each.release(until);
    });
}

INTHELOOP_DECL std::string server::add_export(std::vector<std::string> statuses,
                                              export_content content) {
    return impl_->api.add_export(impl_->options.initial_status, std::move(statuses),
                                 std::move(content));
}

INTHELOOP_DECL std::string server::add_export() {
    return add_export(impl_->options.statuses, impl_->options.content);
}

INTHELOOP_DECL std::string server::file_url(std::string_view export_id) const {
    return impl_->api.file_url(export_id);
}

INTHELOOP_DECL void server::replace_content(std::string_view export_id, export_content content) {
    impl_->api.replace_content(export_id, std::move(content));
}

INTHELOOP_DECL void server::cut_file_after(std::uint64_t body_bytes, connection_end ending) {
    impl_->api.cut_file_after({body_bytes, ending});
}

INTHELOOP_DECL void server::advance_clock(std::chrono::seconds by) {
    impl_->api.advance_clock(by);
}

INTHELOOP_DECL void server::expire_file_urls() {
    impl_->api.expire_file_urls();
}

} // namespace intheloop::testing

#endif
