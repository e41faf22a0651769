// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include "export_form.hpp"

#include "../shared/json_text.hpp"
#include "../shared/local_time.hpp"
#include "../shared/time_zone.hpp"

#include <intheloop/codec/detail/json_decode.hpp>
#include <intheloop/codec/detail/utf8.hpp>

#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace tools {

namespace loop = intheloop;
using loop::report::export_request;

namespace {

class export_form {
public:
    export_form() {}

    using filter = loop::nullable<std::vector<std::string>>;

    std::string from;
    std::string to;
    loop::nullable<std::string> timezone;
    filter tag_ids;
    filter team_ids;
    filter teammate_ids;
    filter customer_ids;

    using members = loop::members<&export_form::from, &export_form::to, &export_form::timezone,
                                  &export_form::tag_ids, &export_form::team_ids,
                                  &export_form::teammate_ids, &export_form::customer_ids>;
};

// Makes a request of a form; throws std::invalid_argument, when `at` says which member is wrong.
export_request make_request(export_form&& form, char const*& at) {
    at = "/timezone";
    cctz::time_zone const zone =
        form.timezone.has_value() ? find_zone(*form.timezone) : cctz::utc_time_zone();
    at = "/from";
    auto const from = parse_local_time(form.from, zone, bound::from);
    at = "/to";
    auto const to = parse_local_time(form.to, zone, bound::to);
    if (to <= from)
        throw std::invalid_argument("the period is empty: it has to end after it starts");

    export_request made(from, to);
    made.result_format = loop::report::result_format::json;
    made.timezone = std::move(form.timezone);
    made.tag_ids = std::move(form.tag_ids);
    made.team_ids = std::move(form.team_ids);
    made.teammate_ids = std::move(form.teammate_ids);
    made.customer_ids = std::move(form.customer_ids);
    return made;
}

// Returns a key that an object has twice, of which it is not certain what is meant.
std::optional<std::string> repeated_key(std::string_view object) {
    std::set<std::string> seen;
    std::optional<std::string> found;
    json_text text(object);
    text.take_members([&](std::string_view written) {
        std::string key;
        append_unescaped(key, written);
        text.take_value();
        if (!seen.insert(key).second)
            found = key;
    });
    return found;
}

} // namespace

std::variant<export_request, invalid_input> read_export_form(std::string_view body) {
    body = loop::codec::without_byte_order_mark(body);
    export_form form;
    loop::codec::json_statistics found;
    if (auto const wrong = loop::codec::decode_json(body, form, {}, &found))
        return invalid_input{wrong->pointer, wrong->message};
    if (found.unknown_keys != 0)
        return invalid_input{"", "a key is unknown: known are from, to, timezone, tagIds, teamIds, "
                                 "teammateIds and customerIds"};
    if (auto const key = repeated_key(body)) // a known one, so a pointer as it is
        return invalid_input{"/" + *key, "stands there twice"};
    char const* at = "";
    try {
        return make_request(std::move(form), at);
    } catch (std::invalid_argument const& e) {
        return invalid_input{at, e.what()};
    }
}

} // namespace tools
