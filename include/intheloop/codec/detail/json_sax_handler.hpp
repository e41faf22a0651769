// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_DETAIL_JSON_SAX_HANDLER_HPP
#define INTHELOOP_CODEC_DETAIL_JSON_SAX_HANDLER_HPP

#include <intheloop/codec/detail/json_decode.hpp>
#include <intheloop/codec/detail/json_encode.hpp>
#include <intheloop/codec/detail/json_scalar_text.hpp>
#include <intheloop/codec/detail/kept_json_value.hpp>

#include <boost/json/error.hpp>
#include <boost/json/value.hpp>

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace intheloop::codec::detail {

// Receives the parser's events and decodes them by the tables. Inside a value without a place it
// only counts levels; inside an open JSON value it passes the events on.
class json_sax_handler {
public:
    static constexpr std::size_t max_object_size = std::size_t(-1);
    static constexpr std::size_t max_array_size = std::size_t(-1);
    static constexpr std::size_t max_key_size = std::size_t(-1);
    static constexpr std::size_t max_string_size = std::size_t(-1);
    using code = boost::system::error_code;

    json_sax_handler(json_type const& type, void* object, bool null_is_absent,
                     json_statistics& statistics)
        : root_{&type, object}, null_is_absent_(null_is_absent), statistics_(statistics) {}
    // Decodes nothing: the parser checks the text.
    explicit json_sax_handler(json_statistics& statistics) : statistics_(statistics) {}

    std::optional<json_error> error;

    // Returns the parser's position as a JSON pointer.
    std::string pointer() const;
    // Returns the position of the value, or of a member of it, with "*" for any index of an array
    // and any key of a map.
    std::string pattern(std::string_view member = {}) const;

    bool on_document_begin(code&) { return true; }
    bool on_document_end(code&) { return true; }

    bool on_object_begin(code& ec) { return begin(true, ec); }
    bool on_array_begin(code& ec) { return begin(false, ec); }
    // Handles an object that is available as a whole, such as a collected alternative of a one_of:
    // an inner one_of need not be collected again.
    bool on_kept_object(boost::json::object const& object, code& ec);

    bool on_object_end(std::size_t size, code& ec) {
        if (skipped_levels_ != 0)
            return --skipped_levels_, true;
        if (kept_.is_begun()) {
            kept_.end_object(size);
            return end_open_level(ec);
        }
        if (!has_all_members(ec))
            return false;
        frames_.pop_back();
        return true;
    }
    bool on_array_end(std::size_t size, code& ec) {
        if (skipped_levels_ != 0)
            return --skipped_levels_, true;
        if (kept_.is_begun()) {
            kept_.end_array(size);
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
        if (kept_.is_begun())
            kept_.add_key(key);
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
        // piece, so this is the number's whole text; out of range leaves the parser's infinity.
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
    static constexpr json_type discriminator_text{.expected = "a string"};

    struct place {
        json_type const* type = nullptr; // null for a value without a place
        void* object = nullptr;
    };
    struct frame {
        json_type const* type;
        void* object;
        std::uint64_t seen = 0;           // object: bits of the members that came
        std::size_t count = 0;            // array: elements begun
        place next{};                     // object, map: the place for the key's value
        std::string_view key{};           // object, map: the key, if its value has a place
        std::string_view discriminator{}; // the discriminator of the one_of that holds the object
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
        if (f.type->kind == json_type::one_of) {
            if (key == f.type->discriminator)
                f.key = f.type->discriminator; // its value selects the alternative
            else
                collect(key);
            return;
        }
        if (!f.discriminator.empty() && key == f.discriminator)
            return;
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
            // Of a repeated key the last value counts, as a whole.
            if ((f.seen >> i & 1) != 0 && f.next.type->reset)
                f.next.type->reset(f.next.object);
            f.seen |= std::uint64_t{1} << i;
            return;
        }
        ++statistics_.unknown_keys;
        if (statistics_.drift)
            statistics_.drift->found(drift_kind::unknown_key, pattern(key), {});
    }

    // --- one_of ---
    // The discriminator does not come first: keeps the object until it is complete.
    void collect(std::string_view key);
    static json_alternative const* find_alternative(json_type const& type, std::string_view text);
    static frame alternative_frame(json_type const& type, json_alternative const& chosen,
                                   void* object);
    // Selects the alternative at once: the discriminator comes first.
    bool choose(json_scalar const& scalar, code& ec);
    bool take_collected(boost::json::object const& object, code& ec);
    bool mismatch_of_kept(boost::json::value const& says, code& ec);

    void tell_of_object(frame const& f);
    // Called at the end of an object.
    bool has_all_members(code& ec);

    // Returns the place of the value that begins now.
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
        if (kept_.is_begun())
            return kept_.begin_level(), true;
        if (is_choosing())
            return container_mismatch(discriminator_text, is_object, ec);
        place p = next_place();
        if (!p.type)
            return ++skipped_levels_, true;
        return begin_at(p, is_object, ec);
    }
    bool begin_at(place p, bool is_object, code& ec) {
        unwrap(p);
        if (p.type->kind == json_type::any) {
            open_ = p;
            return kept_.begin(), true;
        }
        bool const fits = is_object ? p.type->kind == json_type::object ||
                                          p.type->kind == json_type::map ||
                                          p.type->kind == json_type::one_of
                                    : p.type->kind == json_type::array;
        if (!fits && p.type->is_loose) {
            p.type->reset(p.object);
            return ++skipped_levels_, true;
        }
        if (!fits)
            return container_mismatch(*p.type, is_object, ec);
        if (p.type->kind == json_type::array || p.type->kind == json_type::map)
            p.type->reset(p.object);
        frames_.push_back({p.type, p.object});
        return true;
    }

    bool end_open_level(code& ec) {
        return kept_.is_begun() || take_open(ec);
    }
    bool take_open(code& ec) {
        boost::json::value value = kept_.release();
        if (open_.type->kind == json_type::one_of)
            return take_collected(value.get_object(), ec);
        bool const is_object = value.is_object();
        if (open_.type->take_value(open_.object, std::move(value)))
            return true;
        return container_mismatch(*open_.type, is_object, ec);
    }

    bool take(json_scalar const& scalar, code& ec) {
        if (skipped_levels_ != 0)
            return true;
        if (kept_.is_begun())
            return kept_.add(scalar), true;
        if (is_choosing())
            return choose(scalar, ec);
        place p = next_place();
        if (!p.type)
            return true;
        // A list can't leave an element out, so an empty optional is written as null there.
        bool const may_be_null = !frames_.empty() && frames_.back().type->kind != json_type::object;
        while (p.type->kind == json_type::wrapper) {
            if (scalar.kind == json_scalar::null && p.type->set_null)
                return p.type->set_null(p.object), true;
            if (scalar.kind == json_scalar::null && (may_be_null || null_is_absent_) &&
                !takes_null(p.type->inner())) {
                if (statistics_.drift && !may_be_null)
                    statistics_.drift->found(drift_kind::unexpected_null, pattern(), {});
                return p.type->reset(p.object), true;
            }
            p.object = p.type->emplace(p.object);
            p.type = &p.type->inner();
        }
        if (p.type->kind == json_type::any) {
            kept_.begin();
            kept_.add(scalar);
            if (p.type->take_value(p.object, kept_.release()))
                return true;
        } else if (p.type->kind == json_type::scalar && p.type->take(p.object, scalar)) {
            if (statistics_.drift && p.type->is_known && !p.type->is_known(p.object))
                statistics_.drift->found(drift_kind::unknown_value, pattern(), scalar.string_value);
            return true;
        }
        return mismatch(*p.type, shown(scalar), kind_of(scalar), ec);
    }

    bool is_choosing() const {
        return !frames_.empty() && frames_.back().type->kind == json_type::one_of;
    }

    bool missing(code& ec);
    bool container_mismatch(json_type const& type, bool is_object, code& ec);
    bool mismatch(json_type const& type, std::string const& got, std::string_view kind, code& ec);
    bool fail(std::string message, code& ec);

    place root_;
    bool null_is_absent_ = false;
    json_statistics& statistics_;
    std::vector<frame> frames_;
    std::string text_; // a key or a string that comes in pieces
    std::size_t skipped_levels_ = 0;
    kept_json_value kept_; // the open JSON value being read
    place open_;
};

} // namespace intheloop::codec::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/codec/impl/json_sax_handler.ipp>
#endif

#endif
