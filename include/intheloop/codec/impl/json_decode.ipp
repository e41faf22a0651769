// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_IMPL_JSON_DECODE_IPP
#define INTHELOOP_CODEC_IMPL_JSON_DECODE_IPP

#include <intheloop/codec/impl/json_plain.hpp>
#include <intheloop/codec/json_decode.hpp>
#include <intheloop/codec/json_encode.hpp>

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/error.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_stack.hpp>

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace intheloop::codec::detail {

// Takes the parser's events and follows the tables. Where it is inside of what nobody asked for,
// it only counts levels; inside of an open JSON value, it hands the events on.
class json_event_handler {
public:
    static constexpr std::size_t max_object_size = std::size_t(-1);
    static constexpr std::size_t max_array_size = std::size_t(-1);
    static constexpr std::size_t max_key_size = std::size_t(-1);
    static constexpr std::size_t max_string_size = std::size_t(-1);
    using code = boost::system::error_code;

    json_event_handler(json_type const& type, void* object, json_statistics& statistics)
        : root_{&type, object}, statistics_(statistics) {}

    std::optional<json_error> error;

    // Where in the document the parser is.
    std::string pointer() const {
        std::string text;
        for (frame const& f : frames_) {
            if (f.type->kind == json_type::array)
                append_pointer(text, std::to_string(f.count == 0 ? 0 : f.count - 1));
            else if (f.key.data())
                append_pointer(text, f.key);
        }
        return text;
    }

    bool on_document_begin(code&) { return true; }
    bool on_document_end(code&) { return true; }

    bool on_object_begin(code& ec) { return begin(true, ec); }
    bool on_array_begin(code& ec) { return begin(false, ec); }

    bool on_object_end(std::size_t size, code& ec) {
        if (skipped_levels_ != 0)
            return --skipped_levels_, true;
        if (open_levels_ != 0) {
            values_.push_object(size);
            return end_open_level(ec);
        }
        frame const& f = frames_.back();
        if (f.type->kind == json_type::object)
            for (std::size_t i = 0; i != f.type->members.size(); ++i)
                if (f.type->members[i].required && (f.seen >> i & 1) == 0) {
                    frames_.back().key = f.type->members[i].name;
                    return fail("required, but missing", ec);
                }
        frames_.pop_back();
        return true;
    }
    bool on_array_end(std::size_t size, code& ec) {
        if (skipped_levels_ != 0)
            return --skipped_levels_, true;
        if (open_levels_ != 0) {
            values_.push_array(size);
            return end_open_level(ec);
        }
        frames_.pop_back();
        return true;
    }

    bool on_key_part(boost::json::string_view part, std::size_t, code&) {
        if (skipped_levels_ == 0)
            text_.append(part.data(), part.size());
        return true;
    }
    bool on_key(boost::json::string_view last, std::size_t, code&) {
        if (skipped_levels_ != 0)
            return true;
        std::string_view const key = joined(last);
        if (open_levels_ != 0)
            values_.push_key(boost::json::string_view(key.data(), key.size()));
        else
            select_member(key);
        text_.clear();
        return true;
    }

    bool on_string_part(boost::json::string_view part, std::size_t, code&) {
        if (skipped_levels_ == 0)
            text_.append(part.data(), part.size());
        return true;
    }
    bool on_string(boost::json::string_view last, std::size_t, code& ec) {
        json_scalar scalar;
        scalar.kind = json_scalar::string;
        scalar.string_value = joined(last);
        bool const taken = take(scalar, ec);
        text_.clear();
        return taken;
    }

    bool on_number_part(boost::json::string_view, code&) { return true; }
    bool on_int64(std::int64_t value, boost::json::string_view, code& ec) {
        json_scalar scalar;
        scalar.kind = json_scalar::int64;
        scalar.int64_value = value;
        return take(scalar, ec);
    }
    bool on_uint64(std::uint64_t value, boost::json::string_view, code& ec) {
        json_scalar scalar;
        scalar.kind = json_scalar::uint64;
        scalar.uint64_value = value;
        return take(scalar, ec);
    }
    bool on_double(double value, boost::json::string_view text, code& ec) {
        json_scalar scalar;
        scalar.kind = json_scalar::float64;
        scalar.double_value = value;
#ifdef __cpp_lib_to_chars
        // The parser's own value can be off by a unit in the last place. The document comes in one
        // piece, so this is the whole of the number; out of range leaves the parser's infinity.
        std::from_chars(text.data(), text.data() + text.size(), scalar.double_value);
#endif
        scalar.string_value = {text.data(), text.size()};
        return take(scalar, ec);
    }
    bool on_bool(bool value, code& ec) {
        json_scalar scalar;
        scalar.kind = json_scalar::boolean;
        scalar.boolean_value = value;
        return take(scalar, ec);
    }
    bool on_null(code& ec) {
        return take(json_scalar{}, ec);
    }
    bool on_comment_part(boost::json::string_view, code&) {
        return true;
    }
    bool on_comment(boost::json::string_view, code&) {
        return true;
    }

private:
    struct place {
        json_type const* type = nullptr; // none: nobody asked for this value
        void* object = nullptr;
    };
    struct frame {
        json_type const* type;
        void* object;
        std::uint64_t seen = 0; // object: which members came
        std::size_t count = 0;  // array: elements begun
        place next{};           // object, map: where the value of the key goes
        std::string_view key{}; // object, map: that key, if somebody asked for it
    };

    std::string_view joined(boost::json::string_view last) {
        if (text_.empty())
            return {last.data(), last.size()};
        text_.append(last.data(), last.size());
        return text_;
    }

    void select_member(std::string_view key) {
        frame& f = frames_.back();
        f.next = {};
        f.key = {};
        if (f.type->kind == json_type::map) {
            json_map_slot const slot = f.type->insert(f.object, key);
            f.key = slot.key;
            f.next = {&f.type->inner(), slot.value};
            return;
        }
        for (std::size_t i = 0; i != f.type->members.size(); ++i) {
            json_member const& member = f.type->members[i];
            if (member.name != key)
                continue;
            f.key = member.name;
            f.next = {&member.type(), member.at(f.object)};
            // Of two values for one key the last counts, whole.
            if ((f.seen >> i & 1) != 0 && f.next.type->reset)
                f.next.type->reset(f.next.object);
            f.seen |= std::uint64_t{1} << i;
            return;
        }
        ++statistics_.unknown_keys;
    }

    // Where the value that begins now goes.
    place next_place() {
        if (frames_.empty())
            return root_;
        frame& f = frames_.back();
        if (f.type->kind != json_type::array)
            return f.next;
        ++f.count;
        return {&f.type->inner(), f.type->emplace(f.object)};
    }

    static void unwrap(place& p) {
        while (p.type->kind == json_type::wrapper) {
            p.object = p.type->emplace(p.object);
            p.type = &p.type->inner();
        }
    }

    bool begin(bool is_object, code& ec) {
        if (skipped_levels_ != 0)
            return ++skipped_levels_, true;
        if (open_levels_ != 0)
            return ++open_levels_, true;
        place p = next_place();
        if (!p.type)
            return ++skipped_levels_, true;
        unwrap(p);
        if (p.type->kind == json_type::any) {
            open_ = p;
            values_.reset();
            return ++open_levels_, true;
        }
        bool const fits = is_object
                              ? p.type->kind == json_type::object || p.type->kind == json_type::map
                              : p.type->kind == json_type::array;
        if (!fits && p.type->is_loose) {
            p.type->reset(p.object);
            return ++skipped_levels_, true;
        }
        if (!fits)
            return mismatch(*p.type, is_object ? "an object" : "an array", ec);
        if (p.type->kind == json_type::array || p.type->kind == json_type::map)
            p.type->reset(p.object);
        frames_.push_back({p.type, p.object});
        return true;
    }

    bool end_open_level(code& ec) {
        if (--open_levels_ != 0)
            return true;
        return take_open(ec);
    }
    bool take_open(code& ec) {
        boost::json::value value = values_.release();
        char const* got = value.is_object() ? "an object" : "an array";
        if (open_.type->take_value(open_.object, std::move(value)))
            return true;
        return mismatch(*open_.type, got, ec);
    }

    bool take(json_scalar const& scalar, code& ec) {
        if (skipped_levels_ != 0)
            return true;
        if (open_levels_ != 0)
            return push(scalar), true;
        place p = next_place();
        if (!p.type)
            return true;
        // A list can't leave an element out: there, null is how an empty optional is written.
        bool const may_be_null = !frames_.empty() && frames_.back().type->kind != json_type::object;
        while (p.type->kind == json_type::wrapper) {
            if (scalar.kind == json_scalar::null && p.type->set_null)
                return p.type->set_null(p.object), true;
            if (scalar.kind == json_scalar::null && may_be_null &&
                p.type->inner().kind != json_type::any)
                return p.type->reset(p.object), true;
            p.object = p.type->emplace(p.object);
            p.type = &p.type->inner();
        }
        if (p.type->kind == json_type::any) {
            values_.reset();
            push(scalar);
            if (p.type->take_value(p.object, values_.release()))
                return true;
        } else if (p.type->kind == json_type::scalar && p.type->take(p.object, scalar)) {
            return true;
        }
        return mismatch(*p.type, shown(scalar), ec);
    }

    void push(json_scalar const& scalar) {
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

    // Numbers and the like are shown; a string may hold what a user wrote, or a secret.
    static std::string shown(json_scalar const& scalar) {
        char digits[32];
        char* end = digits;
        switch (scalar.kind) {
        case json_scalar::null: return "null";
        case json_scalar::boolean: return scalar.boolean_value ? "true" : "false";
        case json_scalar::string: return "a string";
        case json_scalar::int64:
            end = std::to_chars(digits, digits + sizeof digits, scalar.int64_value).ptr;
            break;
        case json_scalar::uint64:
            end = std::to_chars(digits, digits + sizeof digits, scalar.uint64_value).ptr;
            break;
        case json_scalar::float64:
            if (scalar.string_value.size() <= sizeof digits)
                return std::string(scalar.string_value); // as it was written
            end = std::to_chars(digits, digits + sizeof digits, scalar.double_value).ptr;
            break;
        }
        return std::string(digits, end);
    }

    bool mismatch(json_type const& type, std::string got, code& ec) {
        return fail(std::string("expected ") + type.expected + ", got " + got, ec);
    }
    bool fail(std::string message, code& ec) {
        error = json_error{pointer(), std::move(message)};
        ec = boost::json::error::syntax; // only stops the parser: ours stands in `error`
        return false;
    }

    place root_;
    json_statistics& statistics_;
    std::vector<frame> frames_;
    std::string text_; // a key or a string that came in parts
    std::size_t skipped_levels_ = 0;
    std::size_t open_levels_ = 0;
    place open_;
    // So that a small value needs no other memory on its way.
    alignas(boost::json::value) std::array<unsigned char, 2048> first_values_;
    boost::json::value_stack values_{{}, first_values_.data(), first_values_.size()};
};

INTHELOOP_DECL std::optional<json_error> decode_json(std::string_view text, json_type const& type,
                                                     void* object, json_limits limits,
                                                     json_statistics& statistics) {
    if (limits.max_depth != 0 &&
        json_plain_reader(text).read(type, object, statistics.unknown_keys))
        return std::nullopt;
    return parse_json(text, type, object, limits, statistics);
}

INTHELOOP_DECL std::optional<json_error> parse_json(std::string_view text, json_type const& type,
                                                    void* object, json_limits limits,
                                                    json_statistics& statistics) {
    if (text.starts_with("\xef\xbb\xbf"))
        text.remove_prefix(3); // RFC 8259 lets a reader ignore a byte order mark
    boost::json::parse_options options;
    options.max_depth = limits.max_depth;
    boost::json::basic_parser<json_event_handler> parser(options, type, object, statistics);
    boost::system::error_code ec;
    std::size_t const read = parser.write_some(false, text.data(), text.size(), ec);
    if (!ec && read == text.size())
        return std::nullopt;
    json_event_handler& handler = parser.handler();
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

} // namespace intheloop::codec::detail

#endif
