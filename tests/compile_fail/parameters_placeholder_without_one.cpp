// expect: intheloop: a placeholder of this route has no path_parameter
// expect-error-first
#include <intheloop/endpoint/endpoint.hpp>

#include <string>

namespace loop = intheloop;
using loop::header_parameter, loop::body_parameter, loop::fields, loop::json_field;
using loop::verb, loop::parameters, loop::path_parameter, loop::query_parameter;

#ifdef CONTROL
inline constexpr loop::endpoint<verb::get, "/things/{name}",
                                parameters<path_parameter<"name", std::string>>, std::string>
    things{};
#else
inline constexpr loop::endpoint<verb::get, "/things/{name}",
                                parameters<query_parameter<"name", std::string>>, std::string>
    things{};
#endif
