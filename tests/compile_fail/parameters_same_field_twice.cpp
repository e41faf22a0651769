// expect: intheloop: two of these fields have the same name
// expect-error-first
#include <intheloop/endpoint/endpoint.hpp>

#include <string>

namespace loop = intheloop;
using loop::header_parameter, loop::body_parameter, loop::fields, loop::json_field;
using loop::verb, loop::parameters, loop::path_parameter, loop::query_parameter;

#ifdef CONTROL
inline constexpr loop::endpoint<verb::get, "/things", loop::no_parameters,
                                fields<json_field<"id", std::string>, json_field<"size", int>>>
    things{};
#else
inline constexpr loop::endpoint<verb::get, "/things", loop::no_parameters,
                                fields<json_field<"id", std::string>, json_field<"id", int>>>
    things{};
#endif
