// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_IMPL_JSON_DECODE_IPP
#define INTHELOOP_CODEC_IMPL_JSON_DECODE_IPP

#include <intheloop/codec/detail/json_decode.hpp>
#include <intheloop/codec/detail/json_plain.hpp>
#include <intheloop/codec/detail/json_plain_value.hpp>
#include <intheloop/codec/detail/json_sax_handler.hpp>
#include <intheloop/codec/detail/utf8.hpp>

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/error.hpp>

#include <optional>
#include <string>
#include <utility>

namespace intheloop::codec::detail {

INTHELOOP_DECL std::optional<json_error> decode_json(std::string_view text, json_type const& type,
                                                     void* object, json_limits limits,
                                                     json_statistics& statistics) {
    if (limits.max_depth != 0 && !statistics.drift &&
        json_plain_reader(text, limits.null_is_absent).read(type, object, statistics.unknown_keys))
        return std::nullopt;
    if (type.kind == json_type::any) {
        boost::json::value value;
        if (json_plain_value_reader(text, limits.max_depth).read(value) &&
            type.take_value(object, std::move(value)))
            return std::nullopt;
    }
    return parse_json(text, type, object, limits, statistics);
}

// Runs a parser over a whole document.
INTHELOOP_DECL std::optional<json_error>
run_parser(boost::json::basic_parser<json_sax_handler>& parser, std::string_view text,
           json_limits limits) {
    text = without_byte_order_mark(text); // RFC 8259 allows ignoring it
    boost::system::error_code ec;
    std::size_t const read = parser.write_some(false, text.data(), text.size(), ec);
    if (!ec && read == text.size())
        return std::nullopt;
    json_sax_handler& handler = parser.handler();
    if (handler.error)
        return std::move(handler.error);
    if (ec == boost::json::error::too_deep)
        return json_error{handler.pointer(),
                          "deeper than " + std::to_string(limits.max_depth) + " levels", true};
    if (ec == boost::json::error::incomplete || text.empty())
        return json_error{{}, "not valid JSON: it ends too early", true};
    return json_error{{},
                      "not valid JSON at byte " + std::to_string(read) + ": " +
                          (ec ? ec.message() : std::string("something follows the document")),
                      true};
}

INTHELOOP_DECL std::optional<json_error> parse_json(std::string_view text, json_type const& type,
                                                    void* object, json_limits limits,
                                                    json_statistics& statistics) {
    boost::json::parse_options options;
    options.max_depth = limits.max_depth;
    boost::json::basic_parser<json_sax_handler> parser(options, type, object, limits.null_is_absent,
                                                       statistics);
    return run_parser(parser, text, limits);
}

} // namespace intheloop::codec::detail

namespace intheloop::codec {

INTHELOOP_DECL std::optional<json_error> check_json(std::string_view text, json_limits limits) {
    boost::json::parse_options options;
    options.max_depth = limits.max_depth;
    json_statistics ignored;
    boost::json::basic_parser<detail::json_sax_handler> parser(options, ignored);
    return detail::run_parser(parser, text, limits);
}

} // namespace intheloop::codec

#endif
