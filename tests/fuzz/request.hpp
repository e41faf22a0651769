// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_FUZZ_REQUEST_HPP
#define INTHELOOP_TESTS_FUZZ_REQUEST_HPP

#include <intheloop/codec/detail/percent.hpp>
#include <intheloop/codec/detail/request.hpp>
#include <intheloop/endpoint/catalog.hpp>
#include <intheloop/testing/detail/request_decode.hpp>

#include <fuzz/check.hpp>
#include <fuzz/values.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace fuzz {

// Requests to each endpoint, as they come to a server. The first two bytes say to which; the rest
// is the target, header lines, an empty line, and the body.
struct request_target {
    static constexpr std::string_view name = "request";

    template <class Catalog>
    static constexpr std::size_t choices(Catalog) {
        return Catalog::size();
    }

    template <class Catalog>
    static void run(Catalog catalog, bytes input) {
        reader in(input);
        std::size_t const which = in.choice(choices(catalog));
        auto const received = read_request(in);
        std::size_t index = 0;
        catalog.for_each([&](auto const& endpoint) {
            if (index++ == which)
                check_request(endpoint, received);
        });
    }

    template <class Catalog, class Keep>
    static void seeds(Catalog catalog, Keep const& keep) {
        std::size_t index = 0;
        catalog.for_each([&]<class Endpoint>(Endpoint const& endpoint) {
            using request_type = typename Endpoint::request_type;
            std::string const begin = chosen(index++);
            for_each_value<request_type>([&](std::string const& which, request_type const& value) {
                intheloop::codec::encoded_request out;
                if (encode_request(endpoint, value, out))
                    return; // a random value that can't stand in its place
                out = with_body(std::move(out));
                std::string lines = out.header_lines;
                std::erase(lines, '\r');
                keep(std::string(Endpoint::operation) + '.' + which,
                     begin + out.target + '\n' + lines + '\n' + out.body);
            });
        });
    }

    // A request as it is after the way over HTTP, which leaves white space around a value out.
    static intheloop::testing::detail::wire_request read_request(reader in) {
        intheloop::testing::detail::wire_request received;
        received.target = in.line();
        for (std::string_view line = in.line(); !line.empty(); line = in.line()) {
            std::size_t const colon = line.find(':');
            if (colon == 0 || colon == line.npos || line.find_first_of({"\r\0", 2}) != line.npos)
                continue;
            std::string_view value = line.substr(colon + 1);
            std::size_t const first = value.find_first_not_of(" \t");
            value = first == value.npos
                        ? std::string_view()
                        : value.substr(first, value.find_last_not_of(" \t") - first + 1);
            received.headers.append(line.substr(0, colon), value);
        }
        received.body = in.rest();
        return received;
    }

    // The body of a form, and its header line, from its parts.
    static intheloop::codec::encoded_request with_body(intheloop::codec::encoded_request sent) {
        if (!sent.is_form)
            return sent;
        intheloop::detail::random_numbers random(1);
        auto form = intheloop::codec::join_parts(std::move(sent.parts), random);
        check(form.streamed.empty(), "a form of bytes stands in memory");
        sent.header_lines += "Content-Type: " + form.content_type + "\r\n";
        sent.body = std::move(form.last);
        return sent;
    }

    static intheloop::testing::detail::wire_request
    sent_and_received(intheloop::codec::encoded_request const& sent) {
        std::string lines = sent.header_lines;
        std::erase(lines, '\r');
        std::string const all = sent.target + '\n' + lines + '\n' + sent.body;
        return read_request(
            reader({reinterpret_cast<unsigned char const*>(all.data()), all.size()}));
    }

    // Each request has the form that HTTP demands, with any values.
    static void check_form(intheloop::codec::encoded_request const& sent) {
        check(sent.target.starts_with('/'), "a target begins with a slash", sent.target);
        for (char const c : sent.target)
            check(c > ' ' && c <= '~' && c != '#' && c != '"' && c != '<' && c != '>',
                  "a target holds what may stand there", sent.target);
        std::string_view lines = sent.header_lines;
        while (!lines.empty()) {
            std::size_t const end = lines.find("\r\n");
            check(end != lines.npos, "a header line has an end", lines);
            std::string_view const line = lines.substr(0, end);
            for (char const c : line)
                check(static_cast<unsigned char>(c) >= 0x20 || c == '\t',
                      "a header line has no control characters", line);
            check(line.find(": ") != line.npos, "a header line has a name", line);
            lines.remove_prefix(end + 2);
        }
    }

    // Values that can be sent arrive unchanged.
    template <class Endpoint>
    static void check_sent(Endpoint const& endpoint, typename Endpoint::request_type const& request,
                           intheloop::codec::encoded_request const& encoded) {
        using request_type = typename Endpoint::request_type;
        auto const sent = with_body(encoded);
        check_form(sent);
        request_type again = intheloop::detail::make_empty<request_type>();
        auto const problem = decode_request(endpoint, sent_and_received(sent), again);
        check(!problem, "what is sent is read", problem ? problem->text() : "");
        // Open JSON does not keep whether a whole number was written as 1 or as 1e0; and not every
        // value of a header can stand in JSON.
        std::string before, after;
        if (intheloop::codec::encode_json(before, request))
            check(support::same_value(again, request), "what is read is what was sent");
        else
            check(!intheloop::codec::encode_json(after, again) && after == before,
                  "what is read is what was sent, as JSON", after);
        intheloop::codec::encoded_request resent;
        auto const refused = encode_request(endpoint, again, resent);
        check(!refused, "what was sent can be sent again", refused ? refused->text() : "");
        resent = with_body(std::move(resent));
        check_equal(resent.target, sent.target, "the same target again");
        check_equal(resent.header_lines, sent.header_lines, "the same headers again");
        check_equal(resent.body, sent.body, "the same body again");
    }

private:
    template <class Endpoint>
    static void check_request(Endpoint const& endpoint,
                              intheloop::testing::detail::wire_request const& received) {
        using request_type = typename Endpoint::request_type;
        request_type request = intheloop::detail::make_empty<request_type>();
        intheloop::codec::encoded_request sent;
        if (auto const problem = decode_request(endpoint, received, request)) {
            check(!problem->message.empty(), "a problem is said");
            check(problem->pointer.empty() || problem->pointer.front() == '/',
                  "where a problem is, is said as a JSON pointer", problem->pointer);
        } else if (auto const refused = encode_request(endpoint, request, sent)) {
            check(!refused->message.empty() && refused->pointer.starts_with('/'),
                  "with which member a request can't be sent is said", refused->text());
        } else {
            check_sent(endpoint, request, sent);
        }
    }
};

} // namespace fuzz

#endif
