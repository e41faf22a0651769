// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_IMPL_JSON_SAX_HANDLER_IPP
#define INTHELOOP_CODEC_IMPL_JSON_SAX_HANDLER_IPP

#include <intheloop/codec/detail/json_sax_handler.hpp>
#include <intheloop/endpoint/detail/make_empty.hpp>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace intheloop::codec::detail {

INTHELOOP_DECL std::string json_sax_handler::pointer() const {
    std::string text;
    for (frame const& f : frames_) {
        if (f.type->kind == json_type::array)
            append_pointer(text, std::to_string(f.count == 0 ? 0 : f.count - 1));
        else if (f.key.data())
            append_pointer(text, f.key);
    }
    return text;
}

INTHELOOP_DECL std::string json_sax_handler::pattern(std::string_view member) const {
    std::string text;
    for (frame const& f : frames_) {
        if (f.type->kind == json_type::array || (f.type->kind == json_type::map && f.key.data()))
            text += "/*";
        else if (f.key.data())
            append_pointer(text, f.key);
    }
    if (member.data())
        append_pointer(text, member);
    return text;
}

INTHELOOP_DECL bool json_sax_handler::on_kept_object(boost::json::object const& object, code& ec) {
    if (skipped_levels_ == 0 && !kept_.is_begun()) {
        place p = next_place();
        if (!p.type)
            return true;
        unwrap(p);
        if (p.type->kind == json_type::one_of) {
            open_ = p;
            return take_collected(object, ec);
        }
        if (!begin_at(p, true, ec))
            return false;
    } else if (!begin(true, ec)) {
        return false;
    }
    return json_replay<json_sax_handler>(*this).members(object, ec) &&
           on_object_end(object.size(), ec);
}

INTHELOOP_DECL void json_sax_handler::collect(std::string_view key) {
    open_ = {frames_.back().type, frames_.back().object};
    frames_.pop_back();
    kept_.begin();
    kept_.add_key(key);
}

INTHELOOP_DECL json_alternative const* json_sax_handler::find_alternative(json_type const& type,
                                                                          std::string_view text) {
    for (json_alternative const& each : type.alternatives)
        if (each.text == text)
            return &each;
    return nullptr;
}

INTHELOOP_DECL json_sax_handler::frame
json_sax_handler::alternative_frame(json_type const& type, json_alternative const& chosen,
                                    void* object) {
    frame made{&chosen.type(), chosen.emplace(object)};
    made.discriminator = type.discriminator;
    return made;
}

INTHELOOP_DECL bool json_sax_handler::choose(json_scalar const& scalar, code& ec) {
    if (scalar.kind != json_scalar::string)
        return mismatch(discriminator_text, shown(scalar), kind_of(scalar), ec);
    json_type const& type = *frames_.back().type;
    if (auto const* chosen = find_alternative(type, scalar.string_value)) {
        frames_.back() = alternative_frame(type, *chosen, frames_.back().object);
        return true;
    }
    collect(type.discriminator);
    kept_.add(scalar);
    return true;
}

INTHELOOP_DECL bool json_sax_handler::take_collected(boost::json::object const& object, code& ec) {
    json_type const& type = *open_.type;
    frames_.push_back({open_.type, open_.object});
    frames_.back().key = type.discriminator;
    auto const* says = object.if_contains(
        boost::json::string_view(type.discriminator.data(), type.discriminator.size()));
    if (!says)
        return missing(ec);
    if (!says->is_string())
        return mismatch_of_kept(*says, ec);
    std::string_view const text(says->get_string().data(), says->get_string().size());
    if (auto const* chosen = find_alternative(type, text)) {
        frames_.back() = alternative_frame(type, *chosen, frames_.back().object);
        return json_replay<json_sax_handler>(*this).members(object, ec) &&
               on_object_end(object.size(), ec);
    }
    if (statistics_.drift)
        statistics_.drift->found(drift_kind::unknown_value, pattern(), text);
    std::string json;
    json_writer writer(json);
    writer.keep_infinities();
    writer.dom(object, json_path{});
    if (auto const unwritable = writer.take_error()) // deeper than the writer's limit
        return fail(unwritable->message, ec);
    type.take_unknown(frames_.back().object, std::string(text), std::move(json));
    frames_.pop_back();
    return true;
}

INTHELOOP_DECL bool json_sax_handler::mismatch_of_kept(boost::json::value const& says, code& ec) {
    if (says.is_structured())
        return container_mismatch(discriminator_text, says.is_object(), ec);
    std::string got;
    json_writer(got).dom(says, json_path{});
    return mismatch(discriminator_text, got,
                    says.is_null()   ? "null"
                    : says.is_bool() ? "true or false"
                                     : "a number",
                    ec);
}

INTHELOOP_DECL void json_sax_handler::tell_of_object(frame const& f) {
    std::array<std::string_view, intheloop::detail::most_members_read> absent{};
    std::size_t count = 0;
    for (std::size_t i = 0; i != f.type->members.size(); ++i)
        if ((f.seen >> i & 1) == 0)
            absent[count++] = f.type->members[i].name;
    statistics_.drift->read_object(pattern(), std::span(absent.data(), count));
}

INTHELOOP_DECL bool json_sax_handler::has_all_members(code& ec) {
    frame& f = frames_.back();
    if (f.type->kind == json_type::one_of) {
        f.key = f.type->discriminator;
        return missing(ec);
    }
    if (f.type->kind != json_type::object)
        return true;
    f.key = {};
    for (std::size_t i = 0; i != f.type->members.size(); ++i)
        if (f.type->members[i].required && (f.seen >> i & 1) == 0) {
            f.key = f.type->members[i].name;
            return missing(ec);
        }
    if (statistics_.drift)
        tell_of_object(f);
    return true;
}

INTHELOOP_DECL bool json_sax_handler::missing(code& ec) {
    if (statistics_.drift)
        statistics_.drift->found(drift_kind::missing_member, pattern(), {});
    return fail("required, but missing", ec);
}

INTHELOOP_DECL bool json_sax_handler::container_mismatch(json_type const& type, bool is_object,
                                                         code& ec) {
    char const* got = is_object ? "an object" : "an array";
    return mismatch(type, got, got, ec);
}

INTHELOOP_DECL bool json_sax_handler::mismatch(json_type const& type, std::string const& got,
                                               std::string_view kind, code& ec) {
    if (statistics_.drift)
        statistics_.drift->found(drift_kind::wrong_type, pattern(), kind);
    return fail(std::string("expected ") + type.expected + ", got " + got, ec);
}

INTHELOOP_DECL bool json_sax_handler::fail(std::string message, code& ec) {
    error = json_error{pointer(), std::move(message)};
    ec = boost::json::error::syntax; // only stops the parser: the reported error is in `error`
    return false;
}

} // namespace intheloop::codec::detail

#endif
