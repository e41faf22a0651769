// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_FUZZ_ANSWER_HPP
#define INTHELOOP_TESTS_FUZZ_ANSWER_HPP

#include <intheloop/codec/detail/json_decode.hpp>
#include <intheloop/codec/detail/response.hpp>
#include <intheloop/codec/detail/utf8.hpp>
#include <intheloop/endpoint/catalog.hpp>
#include <intheloop/endpoint/date_time.hpp>
#include <intheloop/testing/detail/encode_answer.hpp>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <fuzz/check.hpp>
#include <fuzz/values.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <initializer_list>
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
// body. A separator in the line of a header divides several fields of that name.
struct answer_target {
    static constexpr std::string_view name = "answer";
    static constexpr std::string_view words[] = {"; charset=", "gzip", "\x1e"};

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
                append_fields(answer.headers, field, in.line());
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
            keep(operation + ".error_text",
                 begin + '\2' + "application/json\n\n" + no_headers + "\"no such\"");
            keep(operation + ".error_numbers",
                 begin + '\3' + "\n\n" + no_headers +
                     R"({"message":"","title":"t","detail":[],"error_code":18446744073709551615,)"
                     R"("code":"c"})");
            keep(operation + ".charset", begin + '\0' + "application/json; charset=iso-8859-1\n\n" +
                                             no_headers + "\"\xe9\"");
            keep(operation + ".charset_quoted",
                 begin + '\0' + "text/plain; charset=\"utf-8\"\n\n" + no_headers + "\"\xc3\xa9\"");
            if (!no_headers.empty())
                keep(operation + ".several_fields",
                     begin + '\0' + "\n\n7\na" + separator + "b\n" + no_headers + R"({"id":"h"})");
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

    static constexpr char separator = '\x1e';

    static void append_fields(intheloop::headers& to, std::string_view field,
                              std::string_view line) {
        while (!line.empty()) {
            std::string_view const value = line.substr(0, line.find(separator));
            if (!value.empty())
                to.append(field, value);
            line.remove_prefix(std::min(line.size(), value.size() + 1));
        }
    }

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

    // The first of these keys counts that has a text or a whole number. A text alone is the
    // message.
    static void check_said(intheloop::error const& failed, std::string_view body) {
        if (body.starts_with("\xef\xbb\xbf"))
            body.remove_prefix(3);
        boost::json::parse_options options;
        options.max_depth = intheloop::codec::json_limits().max_depth;
        boost::system::error_code broken;
        auto const read = boost::json::parse({body.data(), body.size()}, broken, {}, options);
        auto const* const object = broken ? nullptr : read.if_object();
        auto const first_of = [&](std::initializer_list<char const*> keys) {
            std::string said;
            for (char const* const key : keys)
                if (auto const* const one = object ? object->if_contains(key) : nullptr;
                    one && said.empty())
                    said = loose_text(*one);
            return said;
        };
        bool const is_text = !broken && read.is_string();
        check_equal(failed.service_message,
                    is_text ? loose_text(read) : first_of({"message", "detail", "title"}),
                    "an error has the message of the service");
        check_equal(failed.service_code, first_of({"errorCode", "error_code", "code"}),
                    "an error has the code of the service");
    }
    static std::string loose_text(boost::json::value const& of) {
        if (auto const* const text = of.if_string())
            return {text->data(), text->size()};
        if (auto const* const number = of.if_int64())
            return std::to_string(*number);
        auto const* const natural = of.if_uint64();
        return natural ? std::to_string(*natural) : std::string();
    }

    // A header that was read is written as it came.
    template <class Endpoint, class T>
    static void check_headers(intheloop::headers const& fields, T const& value) {
        namespace server = intheloop::testing::detail;
        auto const* const object = server::described_part(value);
        if (!object)
            return;
        // A text that can't be sent is none of the answer's.
        static_cast<void>(server::encode_headers<Endpoint>(
            *object, [&](std::string_view field, std::string_view written) {
                std::string_view const came = fields.find(field).value_or("");
                auto const time = intheloop::date_time::from_text(came);
                check(fields.count(field) > 1 || written == came ||
                          written == without_zeros(came) || (time && written == time->text()),
                      "a header is read as it came", came);
            }));
    }
    static std::string_view without_zeros(std::string_view number) {
        if (number.find_first_not_of("0123456789") == number.npos)
            while (number.size() > 1 && number.starts_with('0'))
                number.remove_prefix(1);
        return number;
    }

    // Several fields of one name say what one says that lists their values.
    template <class Endpoint, class T>
    static void check_lists(intheloop::codec::encoded_response const& answer,
                            std::optional<intheloop::error> const& failed, T const& value) {
        namespace codec = intheloop::codec;
        codec::encoded_response joined = answer;
        joined.headers.clear();
        std::map<std::string_view, std::string> lists;
        for (std::size_t i = 0; i != answer.headers.size(); ++i) {
            std::string& list = lists[answer.headers[i].first];
            list += (list.empty() ? "" : ", ") + std::string(answer.headers[i].second);
        }
        for (auto const& [field, list] : lists)
            joined.headers.append(field, list);
        T alike = intheloop::detail::make_empty<T>();
        codec::json_statistics statistics;
        auto const again = codec::decode_response(joined, alike, codec::json_limits{}, statistics,
                                                  codec::answer_rules_of<Endpoint>());
        check_equal(again ? again->detail : "", failed ? failed->detail : "",
                    "several fields fail as their list does");
        check(support::same_value(value, alike), "several fields are read as their list is");
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
        if constexpr (Endpoint::has_response_headers)
            check_lists<Endpoint>(answer, failed, value);
        if (auto const code =
                codec::failure_of_status(answer.status, Endpoint::info().further_success)) {
            check(failed && failed->code() == *code, "a status that is a failure is the error");
            check_said(*failed, answer.body);
            check_error_body<Endpoint>(answer, *failed);
            return;
        }
        if (!answer.body.empty() && codec::refuse_content_coding(answer.headers)) {
            check(failed && failed->code() == errc::unexpected_content,
                  "an answer that is compressed is refused");
            return;
        }
        if (failed && failed->detail.starts_with("header ")) {
            check(Endpoint::has_response_headers && failed->code() == errc::unexpected_json,
                  "a header that is missing or can't be read is another shape");
            return;
        }
        if constexpr (Endpoint::has_response_headers) {
            if (!failed)
                check_headers<Endpoint>(answer.headers, value);
            return;
        }
        auto const type = answer.headers.find("Content-Type");
        bool const blank =
            codec::without_byte_order_mark(answer.body).find_first_not_of(" \t\r\n") ==
            answer.body.npos;
        if constexpr (std::same_as<T, intheloop::raw_body>) {
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
