// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_FUZZ_ROWS_HPP
#define INTHELOOP_TESTS_FUZZ_ROWS_HPP

#include <intheloop/codec/detail/row_splitter.hpp>
#include <intheloop/endpoint/catalog.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <fuzz/check.hpp>
#include <fuzz/values.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fuzz {

// A text of rows. The first byte says where it is cut into pieces, the second which limits hold.
struct rows_target {
    static constexpr std::string_view name = "rows";

    static void run(auto const&, bytes input) {
        reader in(input);
        std::size_t const cuts = in.byte();
        intheloop::row_options limits;
        if (std::size_t const choice = in.byte(); choice != 0) {
            limits.max_row_size = choice & 0x3f;
            limits.max_depth = choice >> 6;
        }
        std::string_view const text = in.rest();
        outcome const whole = split(text, limits, [&] { return text.size(); });
        check_same(split(text, limits, [] { return std::size_t(1); }), whole);
        std::size_t size = cuts;
        check_same(split(text, limits,
                         [&] {
                             size = (size * 5 + 3) % 37;
                             return size + 1;
                         }),
                   whole);
        check_rows(text, limits, whole);
        if (limits.max_row_size > 0x3f)
            check_parsed(text, whole);
    }

    template <class Catalog, class Keep>
    static void seeds(Catalog catalog, Keep const& keep) {
        std::string const plain("\7\0", 2);
        std::string const limited("\3\xbf", 2);
        catalog.for_each([&]<class Endpoint>(Endpoint const&) {
            using response_type = typename Endpoint::response_type;
            std::string array = "[", lines;
            for_each_value<response_type>([&](std::string const&, response_type const& value) {
                array += (array.size() == 1 ? "" : " , ") + json_of(value);
                lines += json_of(value) + "\r\n";
            });
            std::string const operation(Endpoint::operation);
            keep(operation + ".array", plain + array + ']');
            keep(operation + ".lines", plain + lines);
            keep(operation + ".limited", limited + array + ']');
        });
        keep("scalars", plain + "\xef\xbb\xbf [1, -2.5e3,\"a\\\"]\",true ,null,[[]],{\"a\":{}}]\n");
        keep("empty", plain + " [ ] ");
        keep("escapes", plain + R"([{"a":"\\\"[{","b":"0123456789abcdef0123456789\\"},{"c":1}])");
        keep("broken", plain + "{\"a\":1}{\"b\":[1}");
    }

private:
    using step = intheloop::codec::row_splitter::step;

    struct row {
        std::uint64_t begin;
        std::string text;
        bool operator==(row const&) const = default;
    };
    struct outcome {
        std::vector<row> rows;
        std::uint64_t bytes = 0;
        std::string failure; // empty: it came to its end
    };

    template <class Size>
    static outcome split(std::string_view text, intheloop::row_options const& limits, Size size) {
        outcome found;
        intheloop::codec::row_splitter splitter(limits);
        std::string piece; // each in memory of its own
        for (;;)
            switch (splitter.next()) {
            case step::row:
                found.rows.push_back({splitter.row_begin(), std::string(splitter.row())});
                check(splitter.rows() == found.rows.size(), "the rows are counted");
                break;
            case step::need_piece:
                if (text.empty()) {
                    splitter.feed_end();
                    break;
                }
                piece = text.substr(0, size());
                piece.shrink_to_fit();
                text.remove_prefix(piece.size());
                splitter.feed(piece);
                break;
            case step::end:
                found.bytes = splitter.bytes();
                check(splitter.next() == step::end, "the end stays the end");
                return found;
            case step::failed:
                found.bytes = splitter.bytes();
                found.failure = std::string(to_string(static_cast<intheloop::errc>(
                                    splitter.failure().code().value()))) +
                                ": " + splitter.failure().detail;
                check(splitter.next() == step::failed, "a failure stays one");
                return found;
            }
    }

    static void check_same(outcome const& found, outcome const& whole) {
        check_equal(found.failure, whole.failure, "the same outcome however it is cut");
        check(found.rows == whole.rows, "the same rows however the text is cut");
        check(found.bytes == whole.bytes, "the same place however the text is cut");
    }

    static void check_rows(std::string_view text, intheloop::row_options const& limits,
                           outcome const& whole) {
        std::uint64_t end = 0;
        for (row const& one : whole.rows) {
            check(one.begin >= end, "rows follow each other");
            check_equal(text.substr(one.begin, one.text.size()), one.text,
                        "a row stands where it is said to begin");
            check(!one.text.empty() && one.text.size() <= limits.max_row_size,
                  "a row is within the limits", one.text);
            end = one.begin + one.text.size();
        }
        check(whole.bytes <= text.size() && whole.bytes >= end, "no more is gone through");
        if (whole.failure.empty())
            check(whole.bytes == text.size(), "at the end all of it is gone through");
    }

    // Without a byte order mark. One level more than a row may have: the array's own.
    static std::optional<boost::json::value> parsed(std::string_view text, std::size_t depth) {
        if (text.starts_with("\xef\xbb\xbf"))
            text.remove_prefix(3);
        boost::json::parse_options options;
        options.max_depth = depth;
        boost::system::error_code failed;
        auto value = boost::json::parse(boost::json::string_view(text.data(), text.size()), failed,
                                        {}, options);
        return failed ? std::nullopt : std::optional(std::move(value));
    }

    // Where a parser of whole documents finds an array, its elements are the rows; and where all
    // rows are documents, the whole is an array, or objects with white space between them.
    static void check_parsed(std::string_view text, outcome const& whole) {
        std::size_t const depth = intheloop::row_options().max_depth;
        std::vector<std::optional<boost::json::value>> rows;
        for (row const& one : whole.rows) {
            check(one.text.size() < 3 || !one.text.starts_with("\xef\xbb\xbf"), "a mark is no row");
            rows.push_back(parsed(one.text, depth));
        }
        auto const document = parsed(text, depth + 1);
        if (document && document->is_array()) {
            check_equal(whole.failure, "", "an array is cut into rows");
            auto const& elements = document->get_array();
            check(elements.size() == rows.size(), "as many rows as elements");
            for (std::size_t i = 0; i != rows.size(); ++i)
                check(rows[i] &&
                          boost::json::serialize(*rows[i]) == boost::json::serialize(elements[i]),
                      "a row is that element", whole.rows[i].text);
        } else if (document && document->is_object() && parsed(text, depth)) {
            check(whole.failure.empty() && rows.size() == 1, "an object is a row");
        } else if (document) {
            check(!whole.failure.empty(), "what is neither an array nor objects has no rows");
        } else if (whole.failure.empty()) {
            bool const all = std::all_of(rows.begin(), rows.end(),
                                         [](auto const& one) { return one.has_value(); });
            bool const lines =
                all && std::all_of(whole.rows.begin(), whole.rows.end(),
                                   [](row const& one) { return one.text.front() == '{'; });
            check(!all || lines, "where all rows are documents, so is the whole", text);
        }
    }
};

} // namespace fuzz

#endif
