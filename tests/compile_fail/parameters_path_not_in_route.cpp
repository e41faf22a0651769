// expect: intheloop: this path_parameter is no {placeholder} of the route
// expect: "other"
// expect-error-first
#include <intheloop/endpoint/endpoint.hpp>

#include <string>

namespace loop = intheloop;
using loop::header_parameter, loop::body_parameter, loop::fields, loop::json_field;
using loop::verb, loop::parameters, loop::path_parameter, loop::query_parameter;

#ifdef CONTROL
inline constexpr loop::endpoint<
    verb::get, "/things/{name}",
    parameters<path_parameter<"name", std::string>, query_parameter<"other", std::string>>,
    std::string>
    things{};
#else
inline constexpr loop::endpoint<
    verb::get, "/things/{name}",
    parameters<path_parameter<"name", std::string>, path_parameter<"other", std::string>>,
    std::string>
    things{};
#endif
