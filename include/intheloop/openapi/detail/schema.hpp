// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_OPENAPI_DETAIL_SCHEMA_HPP
#define INTHELOOP_OPENAPI_DETAIL_SCHEMA_HPP

// JSON Schema of the types that the codec reads and writes.

#include <intheloop/endpoint/date_time.hpp>
#include <intheloop/endpoint/detail/make_empty.hpp>
#include <intheloop/endpoint/field.hpp>
#include <intheloop/endpoint/nullable.hpp>
#include <intheloop/endpoint/one_of.hpp>
#include <intheloop/endpoint/open_enum.hpp>
#include <intheloop/endpoint/raw_body.hpp>
#include <intheloop/endpoint/traits.hpp>
#include <intheloop/openapi/detail/component_name.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <chrono>
#include <concepts>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace intheloop::detail {

// The components/schemas of a document: each described type and each enumeration once, by its name.
class schema_registry {
public:
    // Starts with schemas that belong to no type.
    explicit schema_registry(boost::json::object others) : schemas_(std::move(others)) {}

    // Returns {"$ref": "#/components/schemas/report.export_result"}; calls describe() to make the
    // schema on first use.
    template <class Describe>
    boost::json::object reference(std::string_view spelled, Describe describe) {
        auto const known = names_.find(spelled);
        std::string const name = known != names_.end() ? known->second : add(spelled);
        if (known == names_.end()) {
            boost::json::object schema = describe(); // may add others, and refer to this one
            schemas_[name] = std::move(schema);
        }
        return {{"$ref", "#/components/schemas/" + name}};
    }

    boost::json::object take() { return std::move(schemas_); }

private:
    std::string add(std::string_view spelled) {
        std::string const wanted = component_name(spelled);
        std::string name = wanted;
        for (int i = 2; schemas_.contains(name); ++i)
            name = wanted + '_' + std::to_string(i);
        schemas_[name] = nullptr; // reserves the name, and its place in the order
        names_.emplace(spelled, name);
        return name;
    }

    boost::json::object schemas_;
    std::map<std::string_view, std::string> names_; // by the compiler's spelling
};

// Extends a schema to accept null.
inline boost::json::object or_null(boost::json::object schema) {
    if (schema.empty())
        return schema; // accepts anything, including null
    if (auto* type = schema.if_contains("type"); type && type->is_string()) {
        *type = boost::json::array{*type, "null"};
        return schema;
    }
    return {{"anyOf", {std::move(schema), {{"type", "null"}}}}};
}

template <class T>
constexpr std::span<member_note const> notes_of() {
    if constexpr (requires { T::notes; }) {
        return T::notes;
    } else {
        return {};
    }
}

template <class T, class... Fields>
consteval bool notes_name_members(field_list<Fields...>) {
    for (member_note const& note : notes_of<T>())
        if (!((note.wire_name == Fields::wire_name) || ... || false))
            return false;
    return true;
}

template <class T>
member_note const* note_of(std::string_view wire_name) {
    static_assert(notes_name_members<T>(fields_of<T>{}),
                  "intheloop: a note of this type is for a name that none of its members has on "
                  "the wire");
    for (member_note const& note : notes_of<T>())
        if (note.wire_name == wire_name)
            return &note;
    return nullptr;
}

// Adds a note to a schema or a parameter.
inline void add_note(boost::json::object& to, member_note const* note) {
    if (!note)
        return;
    std::string text(note->text);
    if (auto const* own = to.if_contains("description"))
        text.append(" ").append(own->get_string());
    to["description"] = text;
    if (note->certainty != certainty::documented)
        to["x-certainty"] = to_string(note->certainty);
}

template <class T>
boost::json::object schema_of(schema_registry& schemas);

// Returns whether a type is std::optional<...>, and so on.
template <class T, template <class...> class Template>
inline constexpr bool is_a = false;
template <template <class...> class Template, class... Arguments>
inline constexpr bool is_a<Template<Arguments...>, Template> = true;

struct any_member {
    template <class Field>
    static constexpr bool chooses = true;
};

// Describes the chosen members of a described type.
template <class T, class Choice = any_member>
boost::json::object object_schema(schema_registry& schemas) {
    static_assert(check_description<T>::ok);
    boost::json::object properties;
    boost::json::array required;
    fields_of<T>::for_each([&]<class Field>(Field) {
        if constexpr (Choice::template chooses<Field>) {
            using value_type = typename Field::value_type;
            boost::json::object schema = schema_of<value_type>(schemas);
            add_note(schema, note_of<T>(Field::wire_name));
            properties[Field::wire_name] = std::move(schema);
            if (!intheloop::detail::may_be_absent<value_type>)
                required.emplace_back(Field::wire_name);
        }
    });
    boost::json::object object{{"type", "object"}, {"properties", std::move(properties)}};
    if (!required.empty())
        object["required"] = std::move(required);
    return object;
}

// The set of values is open in both directions: the service may send a new one, and the client
// sends an unknown one unchanged. So there is no "enum".
template <open_enumeration T>
boost::json::object enumeration_schema() {
    boost::json::array known;
    for (std::string_view text : T::texts)
        known.emplace_back(text);
    return {{"type", "string"}, {"examples", known}, {"x-known-values", known}};
}

template <std::integral T>
boost::json::object integer_schema() {
    std::string const width = std::to_string(8 * sizeof(T));
    if constexpr (std::is_signed_v<T>)
        return {{"type", "integer"}, {"format", "int" + width}};
    else
        return {{"type", "integer"}, {"format", "uint" + width}, {"minimum", 0}};
}

// Describes an object whose type depends on one member. The set is open: the last choice is any
// other object.
template <class T>
struct one_of_schema;
template <fixed_string Discriminator, class... Alternatives>
struct one_of_schema<one_of<Discriminator, Alternatives...>> {
    static boost::json::object says(boost::json::object schema) {
        return {{"type", "object"},
                {"required", {Discriminator.view()}},
                {"properties", {{Discriminator.view(), std::move(schema)}}}};
    }
    static boost::json::object make(schema_registry& schemas) {
        boost::json::array choices;
        [[maybe_unused]] auto const add = [&]<class Info>(Info) {
            boost::json::object named = says({{"type", "string"}, {"const", Info::text}});
            boost::json::array both{schema_of<typename Info::type>(schemas), std::move(named)};
            boost::json::object choice;
            choice["allOf"] = std::move(both);
            choices.push_back(std::move(choice));
        };
        (add(alternative_info<Alternatives>{}), ...);
        boost::json::object other = says({{"type", "string"}});
        other["title"] = "another type";
        choices.push_back(std::move(other));
        return {{"anyOf", std::move(choices)}};
    }
};
template <class T>
inline constexpr bool is_one_of = requires {
    one_of_schema<T>::make;
};

// Describes an element of an array or a map: std::optional means that it may be null.
template <class T>
boost::json::object element_schema(schema_registry& schemas) {
    boost::json::object schema = schema_of<T>(schemas);
    return is_a<T, std::optional> ? or_null(std::move(schema)) : schema;
}

template <class T>
boost::json::object schema_of(schema_registry& schemas) {
    if constexpr (std::same_as<T, bool>)
        return {{"type", "boolean"}};
    else if constexpr (std::integral<T>)
        return integer_schema<T>();
    else if constexpr (std::floating_point<T>)
        return {{"type", "number"}, {"format", sizeof(T) == 4 ? "float" : "double"}};
    else if constexpr (std::same_as<T, std::string> || std::same_as<T, raw_body>)
        return {{"type", "string"}};
    else if constexpr (std::same_as<T, std::chrono::sys_seconds>)
        return {{"type", "integer"},
                {"format", "int64"},
                {"description", "Whole seconds since the Unix epoch."}};
    else if constexpr (epoch_time<T>)
        return {{"type", "integer"},
                {"format", "int64"},
                {"description", "Whole milliseconds since the Unix epoch."}};
    else if constexpr (std::same_as<T, date_time>)
        return {{"type", "string"}, {"format", "date-time"}};
    else if constexpr (std::same_as<T, std::chrono::year_month_day>)
        return {{"type", "string"}, {"format", "date"}};
    else if constexpr (std::same_as<T, boost::json::value>)
        return {};
    else if constexpr (std::same_as<T, boost::json::object>)
        return {{"type", "object"}};
    else if constexpr (std::same_as<T, boost::json::array>)
        return {{"type", "array"}, {"items", boost::json::object()}};
    else if constexpr (is_a<T, std::optional>)
        return schema_of<typename T::value_type>(schemas);
    else if constexpr (is_nullable<T>)
        return or_null(schema_of<typename T::value_type>(schemas));
    else if constexpr (intheloop::detail::is_list<T>)
        return {{"type", "array"}, {"items", element_schema<typename T::value_type>(schemas)}};
    else if constexpr (is_a<T, std::map>)
        return {{"type", "object"},
                {"additionalProperties", element_schema<typename T::mapped_type>(schemas)}};
    else if constexpr (is_one_of<T>)
        return one_of_schema<T>::make(schemas);
    else if constexpr (open_enumeration<T>)
        return schemas.reference(spelled_type<T>(), [] { return enumeration_schema<T>(); });
    else if constexpr (!given_name<T>.empty()) // made of its parts, without a name of its own
        return object_schema<T>(schemas);
    else
        return schemas.reference(spelled_type<T>(), [&] { return object_schema<T>(schemas); });
}

} // namespace intheloop::detail

#endif
