// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_FUZZ_ANSWER_HPP
#define INTHELOOP_TESTS_FUZZ_ANSWER_HPP

#include <intheloop/codec/detail/json_decode.hpp>
#include <intheloop/codec/detail/response.hpp>
#include <intheloop/codec/detail/utf8.hpp>
#include <intheloop/endpoint/catalog.hpp>
#include <intheloop/testing/detail/encode_answer.hpp>

#include <fuzz/check.hpp>
#include <fuzz/values.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fuzz {

// Whole answers to each endpoint. The first two bytes say to which, the third with which status, of
// the usual ones and those that the endpoint names; then comes a line of the Content-Type (none, if
// it is empty), one of the Content-Encoding, one of each header that the endpoint names, and the
// body.
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
        std::size_t const status = in.byte();
        intheloop::codec::encoded_response answer;
        for (std::string_view const field : {"Content-Type", "Content-Encoding"})
            if (std::string_view const value = in.line(); !value.empty())
                answer.headers.append(field, value);
        std::size_t index = 0;
        catalog.for_each([&]<class Endpoint>(Endpoint const&) {
            if (index++ != which)
                return;
            auto const all = statuses_of<Endpoint>();
            answer.status = all[status % all.size()];
            for (std::string_view const field : headers_of<Endpoint>())
                if (std::string_view const value = in.line(); !value.empty())
                    answer.headers.append(field, value);
            answer.body = in.rest();
            check_answer<Endpoint>(answer);
        });
    }

    template <class Catalog, class Keep>
    static void seeds(Catalog catalog, Keep const& keep) {
        std::size_t index = 0;
        catalog.for_each([&]<class Endpoint>(Endpoint const&) {
            using response_type = typename Endpoint::response_type;
            std::string const operation(Endpoint::operation);
            std::string const begin = chosen(index++);
            std::string const no_headers(headers_of<Endpoint>().size(), '\n');
            for_each_value<response_type>([&](std::string const& which,
                                              response_type const& value) {
                keep(operation + '.' + which, begin + '\0' + "application/json; charset=utf-8\n\n" +
                                                  answer_of<Endpoint>(value));
            });
            keep(operation + ".no_body", begin + '\1' + "\n\n" + no_headers + ' ');
            keep(operation + ".error",
                 begin + '\2' + "application/problem+json\nidentity\n" + no_headers +
                     R"({"message":"no\nsuch","errorCode":7,"detail":"d","code":"c"})");
            keep(operation + ".web_page",
                 begin + '\0' + "text/html\n\n" + no_headers + "<html>x</html>");
            keep(operation + ".text",
                 begin + '\0' + "text/plain\n\n" + no_headers + "\xef\xbb\xbf{}");
            keep(operation + ".compressed",
                 begin + '\0' + "text/json\ngzip\n" + no_headers + "\x1f\x8b");
            for (unsigned const status : Endpoint::further_success)
                keep(operation + ".success_" + std::to_string(status),
                     begin + byte_of<Endpoint>(status) + "\n\n" + no_headers);
            Endpoint::error_bodies::for_each([&]<class Info>(Info) {
                using body = typename Info::error_type;
                for_each_value<body>([&](std::string const& which, body const& value) {
                    keep(operation + ".error_" + std::to_string(Info::error_status) + '.' + which,
                         begin + byte_of<Endpoint>(Info::error_status) + "application/json\n\n" +
                             no_headers + json_of(value));
                });
            });
        });
    }

private:
    static constexpr unsigned usual_statuses[] = {200, 201, 400, 401, 403, 404, 429,
                                                  451, 500, 503, 302, 204, 418, 0};

    template <class Endpoint>
    static std::vector<unsigned> statuses_of() {
        std::vector<unsigned> all(std::begin(usual_statuses), std::end(usual_statuses));
        all.insert(all.end(), Endpoint::further_success.begin(), Endpoint::further_success.end());
        Endpoint::error_bodies::for_each(
            [&]<class Info>(Info) { all.push_back(Info::error_status); });
        return all;
    }
    template <class Endpoint>
    static char byte_of(unsigned status) {
        auto const all = statuses_of<Endpoint>();
        return static_cast<char>(std::find(all.begin(), all.end(), status) - all.begin());
    }

    template <class Endpoint>
    static std::vector<std::string_view> headers_of() {
        using response = typename Endpoint::response_type;
        std::vector<std::string_view> names;
        if constexpr (Endpoint::has_response_headers)
            intheloop::detail::
                fields_of<typename intheloop::detail::described_response<response>::type>::for_each(
                    [&]<class Field>(Field) {
                        if constexpr (!Endpoint::template response_header_of<Field>.empty())
                            names.push_back(Endpoint::template response_header_of<Field>);
                    });
        return names;
    }

    // The lines of the headers, and the body.
    template <class Endpoint>
    static std::string answer_of(typename Endpoint::response_type const& value) {
        if constexpr (Endpoint::has_response_headers) {
            namespace server = intheloop::testing::detail;
            auto const* const object = server::described_part(value);
            std::map<std::string_view, std::string> texts;
            std::string body;
            if (object) {
                // A random text may be none for a header: then the line is empty.
                static_cast<void>(server::encode_headers<Endpoint>(
                    *object,
                    [&](std::string_view field, std::string_view text) { texts[field] = text; }));
                check(!server::encode_json_part<Endpoint>(body, *object),
                      "a response can be written");
            }
            std::string lines;
            for (std::string_view const field : headers_of<Endpoint>())
                lines += texts[field] + '\n';
            return lines + body;
        } else {
            return json_of(value);
        }
    }

    template <class Endpoint>
    static void check_error_body(intheloop::codec::encoded_response const& answer,
                                 intheloop::error failed) {
        namespace codec = intheloop::codec;
        Endpoint::error_bodies::for_each([&]<class Info>(Info) {
            using body = typename Info::error_type;
            check(!failed.body_as<body>(), "an error has no body of a type before it is read");
            if (Info::error_status != answer.status)
                return;
            codec::json_statistics statistics;
            auto const* const rules = codec::answer_rules_of<Endpoint>();
            auto const problem = codec::decode_error_body(*rules, failed, {}, statistics);
            body alone = intheloop::detail::make_empty<body>();
            bool const is_read =
                !codec::decode_json(answer.body, alone, codec::json_limits{.null_is_absent = true});
            check(failed.body_as<body>().has_value() == is_read,
                  "the body of an error is read as a document is", answer.body);
            check(!problem || !is_read, "a body that is read is no problem");
        });
    }

    template <class Endpoint>
    static void check_answer(intheloop::codec::encoded_response const& answer) {
        using T = typename Endpoint::response_type;
        namespace codec = intheloop::codec;
        using intheloop::errc;
        T value = intheloop::detail::make_empty<T>();
        codec::json_statistics statistics;
        auto const* const rules = codec::answer_rules_of<Endpoint>();
        auto const failed =
            codec::decode_response(answer, value, codec::json_limits{}, statistics, rules);
        if (failed) {
            check(failed->status == answer.status && failed->body == answer.body,
                  "an error keeps the answer");
            check_printed(*failed);
        }
        if (auto const code =
                codec::failure_of_status(answer.status, Endpoint::info().further_success)) {
            check(failed && failed->code() == *code, "a status that is a failure is the error");
            check_error_body<Endpoint>(answer, *failed);
            return;
        }
        if (failed && failed->detail.starts_with("header ")) {
            check(Endpoint::has_response_headers && failed->code() == errc::unexpected_json,
                  "a header that is missing or can't be read is another shape");
            return;
        }
        if constexpr (Endpoint::has_response_headers || std::same_as<T, intheloop::raw_body>)
            return;
        auto const type = answer.headers.find("Content-Type");
        bool const blank =
            codec::without_byte_order_mark(answer.body).find_first_not_of(" \t\r\n") ==
            answer.body.npos;
        if (codec::refuse_content_coding(answer.headers)) {
            check(failed && failed->code() == errc::unexpected_content,
                  "an answer that is compressed is refused");
        } else if constexpr (std::same_as<T, intheloop::raw_body>) {
            check(!failed && value.bytes == answer.body && value.content_type == type.value_or(""),
                  "any content is taken as it is");
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
