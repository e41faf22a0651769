// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_RESPONSE_PARSER_HPP
#define INTHELOOP_NET_DETAIL_RESPONSE_PARSER_HPP

#include <intheloop/base/byte_sink.hpp>
#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/base/detail/field_members.hpp>
#include <intheloop/base/error.hpp>
#include <intheloop/codec/detail/response.hpp>
#include <intheloop/net/detail/chunked_body.hpp>
#include <intheloop/net/detail/request.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/version.hpp>
#include <boost/optional/optional.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace intheloop::net {

// A response may come behind so many interim ones, such as 100 Continue and 103 Early Hints.
inline constexpr unsigned most_interim_responses = 8;

// Beast's parser, writing straight into a response, or its body into a sink.
class response_parser : public boost::beast::http::basic_parser<false> {
public:
    response_parser(codec::encoded_response& response, response_limits const& limits,
                    byte_sink* sink = nullptr)
        : response_(response), sink_(sink), max_body_size_(limits.max_body_size),
          recorded_size_(limits.recorded_size), further_success_(limits.further_success),
          has_body_(!limits.has_no_body) {
        header_limit(static_cast<std::uint32_t>(limits.max_header_size));
        body_limit(boost::none); // the limit below replaces it, so that a sink has none
        eager(true);
        skip(limits.has_no_body);
    }

    // Replaces put() of the base. RFC 9112 demands a space behind the status, but servers leave it
    // out together with an empty reason: such a status line is completed.
    std::size_t put(boost::asio::const_buffer bytes, boost::beast::error_code& ec) {
        constexpr std::size_t length = std::string_view("HTTP/1.1 200\r\n").size();
        std::string_view const begin(static_cast<char const*>(bytes.data()), bytes.size());
        if (!has_status_line_ && may_be_short(begin.substr(0, length))) {
            if (begin.size() < length) { // the parser must not see it yet
                ec = boost::beast::http::error::need_more;
                return 0;
            }
            std::array<char, length + 1> completed;
            begin.copy(completed.data(), length - 2);
            std::string_view(" \r\n").copy(completed.data() + length - 2, 3);
            basic_parser::put(boost::asio::buffer(completed), ec);
            bool const goes_on =
                ec == boost::beast::http::error::need_more && begin.size() > length;
            return goes_on ? length + basic_parser::put(bytes + length, ec) : length;
        }
        if (!chunk_begun_ && needs_more_of_body(*this, begin)) { // a chunk's data come at once
            ec = boost::beast::http::error::need_more;
            return 0;
        }
        return basic_parser::put(bytes, ec);
    }
    // Returns whether another response may follow on the connection.
    bool keep_alive() const {
        return basic_parser::keep_alive() && !announces_stray_body() &&
               (!is_http_1_0_ || keeps_alive_in_http_1_0());
    }

    // The code with which put() fails for an error of a sink or a limit.
    static boost::system::error_code stop_code() { return boost::beast::http::error::body_limit; }
    std::uint64_t body_size() const noexcept { return body_size_; } // so far
    bool gave_to_sink() const noexcept { return body_begun_ && goes_to_sink(); }
    std::unique_ptr<error> take_failure() { return std::move(failure_); }

private:
    // Reserved because of the announced length; more only as bytes arrive.
    static constexpr std::uint64_t trusted_length = 64 * 1024;

    using code = boost::beast::error_code;
    using text = boost::beast::string_view;

    static std::string_view view(text t) { return {t.data(), t.size()}; }

    // Returns whether a text is, or begins, a status line that ends behind the status.
    static bool may_be_short(std::string_view line) {
        constexpr std::string_view form = "HTTP/1.# ###\r\n"; // # is a digit
        constexpr std::size_t telling = form.find('\r');
        if (line.size() > telling && line[telling] != form[telling])
            return false;
        for (std::size_t i = 0; i != line.size(); ++i)
            if (form[i] == '#' ? !intheloop::detail::is_digit(line[i]) : line[i] != form[i])
                return false;
        return true;
    }

    // Beast overlooks "close" beside "keep-alive", and takes Proxy-Connection for Connection (RFC
    // 9112, 9.3). A message with Transfer-Encoding counts as wrongly delimited (6.1).
    bool keeps_alive_in_http_1_0() const {
        using intheloop::detail::equal_ignoring_case;
        bool is_kept = false;
        bool is_closed = response_.headers.find("Transfer-Encoding").has_value();
        intheloop::detail::for_each_member(
            response_.headers, "Connection", [&](std::string_view option) {
                is_kept = is_kept || equal_ignoring_case(option, "keep-alive");
                is_closed = is_closed || equal_ignoring_case(option, "close");
            });
        return is_kept && !is_closed;
    }

    // A 204 has no body (RFC 9110, 15.3.5). Where a server sends one nevertheless, it may come
    // behind the next request, and would be taken for its response.
    bool announces_stray_body() const {
        return response_.status == 204 &&
               (response_.headers.find("Transfer-Encoding") || content_length().value_or(0) != 0);
    }

    void on_request_impl(boost::beast::http::verb, text, text, int, code&) override {}
    void on_response_impl(int status, text, int version, code&) override {
        has_status_line_ = true;
        is_http_1_0_ = version < 11;
        response_.status = static_cast<unsigned>(status);
    }
    void on_field_impl(boost::beast::http::field field, text name, text value, code& ec) override {
        if (header_done_)
            return on_trailer(field, ec);
        // Beast takes a response with another coding for one without; none was requested.
        if (has_body_ && field == boost::beast::http::field::transfer_encoding &&
            !boost::beast::iequals(value, "chunked"))
            ec = boost::beast::http::error::bad_transfer_encoding;
        response_.headers.append(view(name), view(value));
    }
#if BOOST_BEAST_VERSION >= 359 // since Boost 1.90; earlier, trailers come to on_field_impl
    void on_trailer_field_impl(boost::beast::http::field field, text, text, code& ec) override {
        on_trailer(field, ec);
    }
#endif
    // Trailers are not headers. One that would delimit the body or control the connection comes too
    // late: some versions of Beast apply it, and others ignore it.
    static void on_trailer(boost::beast::http::field which, code& ec) {
        using boost::beast::http::error;
        using boost::beast::http::field;
        switch (which) {
        case field::content_length: ec = error::bad_content_length; break;
        case field::transfer_encoding: ec = error::bad_transfer_encoding; break;
        case field::connection:
        case field::proxy_connection:
        case field::upgrade: ec = error::bad_field; break;
        default: break;
        }
    }
    void on_header_impl(code& ec) override {
        header_done_ = true;
        auto const length = content_length();
        bool const is_kept =
            has_body_ && response_.status != 204 && response_.status != 304 && !goes_to_sink();
        if (is_kept && length && *length > max_body_size_)
            too_large(ec);
    }

    void on_body_init_impl(boost::optional<std::uint64_t> const& length, code& ec) override {
        begin_body(length ? std::optional(*length) : std::nullopt, ec);
        if (sink_)
            return;
        if (length)
            response_.body.reserve(static_cast<std::size_t>(std::min(*length, trusted_length)));
    }
    std::size_t on_body_impl(text bytes, code& ec) override {
        body_size_ += bytes.size();
        if (sink_) {
            record(view(bytes));
            stop_with(sink_->write(view(bytes)), ec);
        } else if (bytes.size() > max_body_size_ - response_.body.size())
            too_large(ec);
        else
            response_.body.append(bytes.data(), bytes.size());
        return bytes.size();
    }
    void on_chunk_header_impl(std::uint64_t, text, code&) override {
        chunk_begun_ = true;
    }
    std::size_t on_chunk_body_impl(std::uint64_t, text bytes, code& ec) override {
        return on_body_impl(bytes, ec);
    }
    void on_finish_impl(code& ec) override {
        if (!body_begun_) // a body of length 0 is not announced
            begin_body(0, ec);
    }

    bool goes_to_sink() const {
        return sink_ && codec::goes_to_sink(response_.status, further_success_);
    }

    void begin_body(std::optional<std::uint64_t> length, code& ec) {
        body_begun_ = true;
        if (!goes_to_sink())
            sink_ = nullptr; // the body of an error is small, and kept in memory
        if (sink_)
            stop_with(sink_->begin({response_.status, response_.headers, 0, length}), ec);
    }

    // Of what a sink takes the beginning stays, if it is recorded.
    void record(std::string_view bytes) {
        try {
            response_.body += bytes.substr(0, recorded_size_ - response_.body.size());
        } catch (std::bad_alloc const&) { // then this is all that is kept
            recorded_size_ = response_.body.size();
        }
    }

    void too_large(code& ec) {
        stop_with(error(errc::response_too_large,
                        "the body is longer than " + std::to_string(max_body_size_) + " bytes"),
                  ec);
    }
    void stop_with(std::optional<error> failure, code& ec) {
        if (!failure)
            return;
        failure_ = std::make_unique<error>(std::move(*failure));
        ec = stop_code();
    }

    codec::encoded_response& response_;
    byte_sink* sink_;
    std::size_t max_body_size_;
    std::size_t recorded_size_;
    std::span<std::uint16_t const> further_success_;
    bool has_body_;
    std::uint64_t body_size_ = 0;
    bool has_status_line_ = false;
    bool is_http_1_0_ = false;
    bool header_done_ = false;
    bool chunk_begun_ = false;
    bool body_begun_ = false;
    std::unique_ptr<error> failure_;
};

} // namespace intheloop::net

#endif
