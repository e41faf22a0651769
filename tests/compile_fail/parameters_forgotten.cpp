// expect: request
// expect-error-first
#include <intheloop/endpoint/endpoint.hpp>

#include <optional>
#include <string>

namespace loop = intheloop;
using loop::header_parameter, loop::body_parameter, loop::fields, loop::json_field;
using loop::verb, loop::parameters, loop::path_parameter, loop::query_parameter;

#ifdef CONTROL
inline constexpr loop::endpoint<
    verb::get, "/things/{name}",
    parameters<path_parameter<"name", std::string>, query_parameter<"size", std::optional<int>>>,
    fields<json_field<"id", std::string>, json_field<"$type", std::string>>>
    things{};
void make() {
    [[maybe_unused]] loop::request_of<things> request("a");
}
#else
inline constexpr loop::endpoint<
    verb::get, "/things/{name}",
    parameters<path_parameter<"name", std::string>, query_parameter<"size", std::optional<int>>>,
    fields<json_field<"id", std::string>, json_field<"$type", std::string>>>
    things{};
void make() {
    [[maybe_unused]] loop::request_of<things> request;
}
#endif
