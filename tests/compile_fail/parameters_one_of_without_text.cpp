// expect: intheloop: fields<> among the alternatives of one_of has no name
// expect-error-first
#include <intheloop/endpoint/endpoint.hpp>

#include <string>

namespace loop = intheloop;
using loop::header_parameter, loop::body_parameter, loop::fields, loop::json_field;
using loop::verb, loop::parameters, loop::path_parameter, loop::query_parameter;

#ifdef CONTROL
inline constexpr loop::endpoint<
    verb::get, "/things", parameters<>,
    loop::one_of<"$type", loop::alternative<"Mail", fields<json_field<"id", std::string>>>>>
    things{};
#else
inline constexpr loop::endpoint<verb::get, "/things", parameters<>,
                                loop::one_of<"$type", fields<json_field<"id", std::string>>>>
    things{};
#endif
