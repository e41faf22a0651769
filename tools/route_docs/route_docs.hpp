// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_ROUTE_DOCS_ROUTE_DOCS_HPP
#define INTHELOOP_TOOLS_ROUTE_DOCS_ROUTE_DOCS_HPP

#include "../shared/pretty_json.hpp"

#include <intheloop/endpoint/catalog.hpp>
#include <intheloop/openapi.hpp>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <concepts>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

// Writes about routes for people, in Markdown.
namespace tools {

// A C++ type as a cell of a table shows it: "report::export_request".
template <class T>
struct shown_type {
    static std::string text() {
        std::string shown;
        for (char c : intheloop::detail::component_name(intheloop::detail::spelled_type<T>()))
            shown += c == '.' ? std::string("::") : std::string(1, c);
        return shown;
    }
};
// Types that are made of their parts are shown by them: "{id, $type}".
template <class T>
    requires(!intheloop::detail::given_name<T>.empty())
struct shown_type<T> {
    static std::string text() {
        std::string shown;
        intheloop::detail::display_name<T>::append(shown);
        return shown;
    }
};
template <>
struct shown_type<boost::json::value> {
    static std::string text() { return "json::value"; }
};
template <class T>
struct shown_type<std::optional<T>> {
    static std::string text() { return "optional&lt;" + shown_type<T>::text() + "&gt;"; }
};
template <class T>
struct shown_type<std::vector<T>> {
    static std::string text() { return "vector&lt;" + shown_type<T>::text() + "&gt;"; }
};

template <intheloop::fixed_string Discriminator, class... Alternatives>
struct shown_type<intheloop::one_of<Discriminator, Alternatives...>> {
    static std::string text() {
        std::string shown;
        ((shown +=
          (shown.empty() ? "one_of&lt;" : ", ") +
          shown_type<typename intheloop::detail::alternative_info<Alternatives>::type>::text()),
         ...);
        return shown + "&gt;";
    }
};

// A row for each endpoint of a catalog.
template <auto... Endpoints>
std::string route_table(intheloop::catalog<Endpoints...> endpoints) {
    std::string table = "| operation | verb | route | request | response | idempotent |\n"
                        "| --- | --- | --- | --- | --- | --- |\n";
    endpoints.for_each([&]<class Endpoint>(Endpoint const&) {
        for (std::string const& cell :
             {std::string(Endpoint::operation), std::string(to_string(Endpoint::method)),
              std::string(Endpoint::origin) + std::string(Endpoint::route),
              shown_type<typename Endpoint::request_type>::text(),
              shown_type<typename Endpoint::response_type>::text(),
              std::string(Endpoint::is_idempotent ? "yes" : "no")})
            table += "| " + cell + ' ';
        table += "|\n";
    });
    return table;
}

inline constexpr std::string_view table_begin = "<!-- routes: made by ./run docs -->\n";
inline constexpr std::string_view table_end = "<!-- end of routes -->\n";

// A text with what stands between the two markers replaced. Throws if they are not there.
inline std::string with_table(std::string const& text, std::string const& table) {
    auto const begin = text.find(table_begin);
    auto const end = text.find(table_end);
    if (begin == text.npos || end == text.npos || end < begin)
        throw std::runtime_error("the markers of the table of routes are missing");
    return text.substr(0, begin + table_begin.size()) + table + text.substr(end);
}

// The page of all routes, from their OpenAPI document.
class routes_page {
public:
    explicit routes_page(boost::json::object const& document) : document_(document) {}

    std::string text() {
        out_ << "# Routes\n\nMade of the descriptors by `./run docs`. The same for programs: "
                "[openapi.json](openapi.json).\n";
        for (auto const& [path, operations] : member(document_, "paths"))
            for (auto const& [verb, operation] : operations.get_object())
                write_operation(upper(verb) + ' ' + origin_of(operation.get_object()) +
                                    std::string(path),
                                operation.get_object());
        out_ << "\n# Types\n";
        for (auto const& [name, schema] : member(components(), "schemas"))
            write_type(std::string(name), schema.get_object());
        out_ << "\n# Errors\n\n| status | name | meaning | how sure |\n| --- | --- | --- | --- |\n";
        write_errors();
        return out_.str();
    }

private:
    using object = boost::json::object;

    static object const& member(object const& of, std::string_view name) {
        return of.at(name).as_object();
    }
    static std::string text_of(object const& of, std::string_view name) {
        auto const* found = of.if_contains(name);
        return found ? std::string(found->as_string()) : std::string();
    }
    static std::string upper(std::string_view text) {
        std::string made(text);
        for (char& c : made)
            c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        return made;
    }
    object const& components() const { return member(document_, "components"); }

    // Empty for the API's own.
    static std::string origin_of(object const& operation) {
        auto const* servers = operation.if_contains("servers");
        return servers ? text_of(servers->at(0).as_object(), "url") : std::string();
    }

    // "list of string or null"; a named type is a link to its section.
    static std::string type_text(object const& schema) {
        if (auto const* reference = schema.if_contains("$ref")) {
            std::string const path(reference->as_string());
            std::string const name = path.substr(path.rfind('/') + 1);
            std::string anchor;
            for (char c : name) // as GitHub makes it
                anchor += c == '.' ? std::string() : std::string(1, c);
            return "[" + name + "](#" + anchor + ")";
        }
        if (auto const* title = schema.if_contains("title"))
            return std::string(title->as_string());
        if (auto const* all = schema.if_contains("allOf")) // an alternative and its mark
            return type_text(all->at(0).as_object());
        if (auto const* choices = schema.if_contains("anyOf")) {
            std::string text;
            for (auto const& one : choices->as_array())
                text += (text.empty() ? "" : " or ") + type_text(one.as_object());
            return text;
        }
        auto const* type = schema.if_contains("type");
        if (!type)
            return "any JSON";
        if (type->is_string())
            return one_type_text(type->as_string(), schema);
        std::string text;
        for (auto const& one : type->as_array())
            text += (text.empty() ? "" : " or ") + one_type_text(one.as_string(), schema);
        return text;
    }

    static std::string one_type_text(std::string_view type, object const& schema) {
        if (type == "array")
            return "list of " + type_text(member(schema, "items"));
        if (type == "object" && schema.contains("additionalProperties"))
            return "object of " + type_text(member(schema, "additionalProperties"));
        if ((type == "integer" || type == "number") && schema.contains("format"))
            return text_of(schema, "format");
        return std::string(type);
    }

    // Holds the text about a member, and how sure it is.
    static std::string meaning_of(object const& described) {
        std::string text = text_of(described, "description");
        if (auto const how_sure = text_of(described, "x-certainty"); !how_sure.empty())
            text += (text.empty() ? "(" : " (") + how_sure + ")";
        return text;
    }

    void write_operation(std::string const& route, object const& operation) {
        out_ << "\n## " << text_of(operation, "operationId") << "\n\n`" << route << "`\n\n";
        if (auto const summary = text_of(operation, "summary"); !summary.empty())
            out_ << summary << ".\n";
        out_ << "This route is " << text_of(operation, "x-certainty") << ", and "
             << (operation.at("x-idempotent").as_bool() ? "" : "not ") << "idempotent.\n";
        write_parameters(operation.at("parameters").as_array());
        if (auto const* body = operation.if_contains("requestBody"))
            write_content("Body", body->as_object());
        write_answers(member(operation, "responses"));
    }

    // The usual answer, and of the others those that are the operation's own.
    void write_answers(object const& responses) {
        object const& usual = member(responses, "200");
        if (usual.contains("content"))
            write_content("Answer", usual);
        else
            out_ << "\nAnswer: no body.\n";
        if (auto const* headers = usual.if_contains("headers"))
            write_headers(headers->as_object());
        for (auto const& [status, value] : responses) {
            object const& response = value.as_object();
            std::string const title =
                std::string(status[0] == '2' ? "Answer " : "Error ") + std::string(status);
            if (status == "200" || status == "201" || response.contains("$ref"))
                continue;
            if (status[0] != '2' && response.contains("content"))
                write_content(title.c_str(), response);
            else if (status[0] == '2')
                out_ << '\n' << title << ": " << text_of(response, "description") << '\n';
        }
    }

    void write_headers(object const& headers) {
        out_ << "\n| header | type | required | meaning |\n| --- | --- | --- | --- |\n";
        for (auto const& [name, value] : headers) {
            object const& header = value.as_object();
            out_ << "| " << name << " | " << type_text(member(header, "schema")) << " | "
                 << (header.at("required").as_bool() ? "yes" : "no") << " | " << meaning_of(header)
                 << " |\n";
        }
    }

    void write_parameters(boost::json::array const& parameters) {
        char const* head = "\n| name | in | type | required | meaning |\n"
                           "| --- | --- | --- | --- | --- |\n";
        for (auto const& each : parameters) {
            object const& parameter = each.as_object();
            if (parameter.contains("$ref"))
                continue; // the same for all
            out_ << head << "| " << text_of(parameter, "name") << " | " << text_of(parameter, "in")
                 << " | " << type_text(member(parameter, "schema")) << " | "
                 << (parameter.at("required").as_bool() ? "yes" : "no") << " | "
                 << meaning_of(parameter) << " |\n";
            head = "";
        }
    }

    void write_content(char const* title, object const& body) {
        object const& media = member(body, "content").begin()->value().as_object();
        object const& schema = member(media, "schema");
        out_ << '\n' << title << ": " << type_text(schema) << '.';
        if (auto const description = text_of(body, "description"); !description.empty())
            out_ << ' ' << description;
        out_ << '\n';
        if (schema.contains("properties") && !member(schema, "properties").empty())
            write_members(schema);
        if (auto const* sample = media.if_contains("example")) {
            out_ << "\n```json\n";
            write_pretty(out_, *sample);
            out_ << "\n```\n";
        }
    }

    void write_members(object const& schema) {
        auto const* required = schema.if_contains("required");
        out_ << "\n| name | type | required | meaning |\n| --- | --- | --- | --- |\n";
        for (auto const& [name, value] : member(schema, "properties")) {
            bool is_required = false;
            if (required)
                for (auto const& one : required->as_array())
                    is_required = is_required || one.as_string() == name;
            out_ << "| " << name << " | " << type_text(value.as_object()) << " | "
                 << (is_required ? "yes" : "no") << " | " << meaning_of(value.as_object())
                 << " |\n";
        }
    }

    void write_type(std::string const& name, object const& schema) {
        out_ << "\n## " << name << '\n';
        if (auto const description = text_of(schema, "description"); !description.empty())
            out_ << '\n' << description << '\n';
        auto const* values = schema.if_contains("x-known-values");
        if (!values) {
            write_members(schema);
            return;
        }
        out_ << "\nA string. Known values, of which there may be more:";
        char const* separator = " ";
        for (auto const& value : values->as_array()) {
            out_ << separator << '`' << std::string(value.as_string()) << '`';
            separator = ", ";
        }
        out_ << ".\n";
    }

    void write_errors() {
        auto const& responses = member(components(), "responses");
        for (auto const& failure : intheloop::detail::known_failures) {
            auto const name = to_string(intheloop::detail::code_of(failure));
            object const& response = member(responses, name);
            out_ << "| " << failure.status << " | " << name << " | "
                 << text_of(response, "description") << " | " << text_of(response, "x-certainty")
                 << " |\n";
        }
    }

    object const& document_;
    std::ostringstream out_;
};

} // namespace tools

#endif
