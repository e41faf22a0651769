// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_DETAIL_KEPT_JSON_VALUE_HPP
#define INTHELOOP_CODEC_DETAIL_KEPT_JSON_VALUE_HPP

#include <intheloop/codec/detail/json_encode.hpp>
#include <intheloop/codec/detail/json_type.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_stack.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace intheloop::codec::detail {

// Builds a value from a parser's events.
class kept_json_value {
public:
    // Opens the first level, which its end event closes like the others.
    void begin() {
        values_.reset();
        levels_ = 1;
    }
    bool is_begun() const { return levels_ != 0; }
    void begin_level() { ++levels_; }
    void end_object(std::size_t size) {
        values_.push_object(size);
        --levels_;
    }
    void end_array(std::size_t size) {
        values_.push_array(size);
        --levels_;
    }
    void add_key(std::string_view key) {
        values_.push_key(boost::json::string_view(key.data(), key.size()));
    }
    void add(json_scalar const& scalar) {
        switch (scalar.kind) {
        case json_scalar::null: return values_.push_null();
        case json_scalar::boolean: return values_.push_bool(scalar.boolean_value);
        case json_scalar::int64: return values_.push_int64(scalar.int64_value);
        case json_scalar::uint64: return values_.push_uint64(scalar.uint64_value);
        case json_scalar::float64: return values_.push_double(scalar.double_value);
        case json_scalar::string:
            return values_.push_string(
                boost::json::string_view(scalar.string_value.data(), scalar.string_value.size()));
        }
    }
    boost::json::value release() {
        levels_ = 0;
        return values_.release();
    }

private:
    std::size_t levels_ = 0;
    // Avoids an allocation while a small value is built.
    alignas(boost::json::value) std::array<unsigned char, 2048> first_values_;
    boost::json::value_stack values_{{}, first_values_.data(), first_values_.size()};
};

// Repeats a parser's events from a kept value.
template <class Handler>
class json_replay {
public:
    using code = boost::system::error_code;

    explicit json_replay(Handler& handler) : handler_(handler) {}

    bool members(boost::json::object const& object, code& ec) {
        for (auto const& member : object)
            if (!handler_.on_key(member.key(), member.key().size(), ec) ||
                !value(member.value(), ec))
                return false;
        return true;
    }
    bool value(boost::json::value const& kept, code& ec) {
        switch (kept.kind()) {
        case boost::json::kind::null: return handler_.on_null(ec);
        case boost::json::kind::bool_: return handler_.on_bool(kept.get_bool(), ec);
        case boost::json::kind::int64: return handler_.on_int64(kept.get_int64(), {}, ec);
        case boost::json::kind::uint64: return handler_.on_uint64(kept.get_uint64(), {}, ec);
        case boost::json::kind::double_: return number(kept.get_double(), ec);
        case boost::json::kind::string:
            return handler_.on_string(kept.get_string(), kept.get_string().size(), ec);
        case boost::json::kind::array: return array(kept.get_array(), ec);
        case boost::json::kind::object: return handler_.on_kept_object(kept.get_object(), ec);
        }
        return false;
    }

private:
    // Passes on the shortest text that reads as this number, not the text that came.
    bool number(double kept, code& ec) {
        std::string text;
        json_writer(text).number(kept, json_path{});
        return handler_.on_double(kept, text, ec);
    }
    bool array(boost::json::array const& kept, code& ec) {
        if (!handler_.on_array_begin(ec))
            return false;
        for (boost::json::value const& element : kept)
            if (!value(element, ec))
                return false;
        return handler_.on_array_end(kept.size(), ec);
    }

    Handler& handler_;
};

} // namespace intheloop::codec::detail

#endif
