// expect: intheloop: this type has no such name
// expect: "offset"
// expect-error-first
#include <intheloop/endpoint/endpoint.hpp>

#include <optional>
#include <string>
#include <vector>

namespace loop = intheloop;
using loop::header_parameter, loop::body_parameter, loop::fields, loop::json_field;
using loop::verb, loop::parameters, loop::path_parameter, loop::query_parameter;

#ifdef CONTROL
using page = parameters<query_parameter<"offset", std::optional<int>>>;
using list = fields<json_field<"items", std::vector<std::string>>, json_field<"total", int>>;
inline constexpr loop::endpoint<
    verb::get, "/things", page, list,
    loop::offset_pages<page::member<"offset">, list::member<"items">, list::member<"total">>>
    things{};
#else
using page = parameters<query_parameter<"offset", std::optional<int>>>;
using list = fields<json_field<"items", std::vector<std::string>>, json_field<"total", int>>;
inline constexpr loop::endpoint<
    verb::get, "/things", page, list,
    loop::offset_pages<page::member<"from">, list::member<"items">, list::member<"total">>>
    things{};
#endif
