// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_FUZZ_ANSWER_HPP
#define INTHELOOP_TESTS_FUZZ_ANSWER_HPP

#include <intheloop/codec/detail/json_decode.hpp>
#include <intheloop/codec/detail/response.hpp>
#include <intheloop/codec/detail/utf8.hpp>
#include <intheloop/endpoint/catalog.hpp>

#include <fuzz/check.hpp>
#include <fuzz/values.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

namespace fuzz {

// Whole answers to each endpoint. The first two bytes say to which, the third with which status;
// then comes a line of the Content-Type (none, if it is empty), one of the Content-Encoding, and
// the body.
struct answer_target {
    static constexpr std::string_view name = "answer";

    template <class Catalog>
    static constexpr std::size_t choices(Catalog) {
        return Catalog::size();
    }

    template <class Catalog>
    static void run(Catalog catalog, bytes input) {
        reader in(input);
        std::size_t const which = in.choice(choices(catalog));
        intheloop::codec::encoded_response answer;
        answer.status = statuses[in.byte() % std::size(statuses)];
        for (std::string_view const field : {"Content-Type", "Content-Encoding"})
            if (std::string_view const value = in.line(); !value.empty())
                answer.headers.append(field, value);
        answer.body = in.rest();
        std::size_t index = 0;
        catalog.for_each([&]<class Endpoint>(Endpoint const&) {
            if (index++ == which)
                check_answer<typename Endpoint::response_type>(answer);
        });
    }

    template <class Catalog, class Keep>
    static void seeds(Catalog catalog, Keep const& keep) {
        std::size_t index = 0;
        catalog.for_each([&]<class Endpoint>(Endpoint const&) {
            using response_type = typename Endpoint::response_type;
            std::string const operation(Endpoint::operation);
            std::string const begin = chosen(index++);
            for_each_value<response_type>(
                [&](std::string const& which, response_type const& value) {
                    keep(operation + '.' + which,
                         begin + '\0' + "application/json; charset=utf-8\n\n" + json_of(value));
                });
            keep(operation + ".no_body", begin + '\1' + "\n\n ");
            keep(operation + ".error",
                 begin + '\2' + "application/problem+json\nidentity\n" +
                     R"({"message":"no\nsuch","errorCode":7,"detail":"d","code":"c"})");
            keep(operation + ".web_page", begin + '\0' + "text/html\n\n<html>x</html>");
            keep(operation + ".text", begin + '\0' + "text/plain\n\n\xef\xbb\xbf{}");
            keep(operation + ".compressed", begin + '\0' + "text/json\ngzip\n\x1f\x8b");
        });
    }

private:
    static constexpr unsigned statuses[] = {200, 201, 400, 401, 403, 404, 429,
                                            451, 500, 503, 302, 204, 418, 0};

    template <class T>
    static void check_answer(intheloop::codec::encoded_response const& answer) {
        namespace codec = intheloop::codec;
        using intheloop::errc;
        T value = intheloop::detail::make_empty<T>();
        codec::json_statistics statistics;
        auto const failed = codec::decode_response(answer, value, codec::json_limits{}, statistics);
        if (failed) {
            check(failed->status == answer.status && failed->body == answer.body,
                  "an error keeps the answer");
            check_printed(*failed);
        }
        if (auto const code = codec::failure_of_status(answer.status)) {
            check(failed && failed->code() == *code, "a status that is a failure is the error");
            return;
        }
        auto const type = answer.headers.find("Content-Type");
        bool const blank =
            codec::without_byte_order_mark(answer.body).find_first_not_of(" \t\r\n") ==
            answer.body.npos;
        if (codec::refuse_content_coding(answer.headers)) {
            check(failed && failed->code() == errc::unexpected_content,
                  "an answer that is compressed is refused");
        } else if (blank) {
            bool const optional = intheloop::detail::may_be_absent<T>;
            check(failed ? !optional && failed->code() == errc::missing_body : optional,
                  "an answer without a body is one for an optional alone");
        } else {
            T alone = intheloop::detail::make_empty<T>();
            auto const problem =
                codec::decode_json(answer.body, alone, codec::json_limits{.null_is_absent = true});
            bool const is_json = type && codec::is_json_content_type(*type);
            if (failed && failed->code() == errc::unexpected_content)
                return check(!is_json && (type || problem), "JSON in UTF-8 is read");
            check(problem.has_value() == failed.has_value(), "a body is read as a document is");
            if (problem)
                check(failed->code() ==
                          (problem->malformed ? errc::invalid_json : errc::unexpected_json),
                      "JSON of another shape is told from what is none", problem->text());
        }
    }

    // One line, whatever the service says.
    static void check_printed(intheloop::error const& e) {
        std::string const printed = to_string(e);
        check(
            std::none_of(printed.begin(), printed.end(),
                         [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }),
            "a printed error has no control characters", printed);
    }
};

} // namespace fuzz

#endif
