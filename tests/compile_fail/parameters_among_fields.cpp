// expect: intheloop: fields<> lists json_field
// expect-error-first
#include <intheloop/endpoint/endpoint.hpp>

#include <string>

namespace loop = intheloop;
using loop::header_parameter, loop::body_parameter, loop::fields, loop::json_field;
using loop::verb, loop::parameters, loop::path_parameter, loop::query_parameter;

#ifdef CONTROL
inline constexpr loop::endpoint<verb::get, "/things", parameters<>,
                                fields<json_field<"name", std::string>>>
    things{};
#else
inline constexpr loop::endpoint<verb::get, "/things", parameters<>,
                                fields<query_parameter<"name", std::string>>>
    things{};
#endif
